import type { RuleSet } from "./rules.ts";
import { columnOf, type TimeTable } from "./times.ts";
import { groupTrials, type Trial } from "./trials.ts";

/**
 * What the rules ask for and a table of times lacks, one sentence each. A strict reader refuses such data, a lenient
 * one scores a missing result as a miss.
 */
export function missingTimes(table: TimeTable, rules: RuleSet): string[] {
  const wanted = [...rules.base, ...rules.heldOut.map(({ workload }) => workload)];
  return wanted.flatMap((workload) => {
    if (!table.workloads.includes(workload)) return [`no submission has ${workload}`];
    const column = columnOf(table, workload);
    return table.submissions.flatMap((name, i) =>
      Number.isNaN(column[i]) ? [`${name} has no ${workload}`] : [],
    );
  });
}

/** What the rules ask for and a set of trials lacks, or has too much of: workloads, studies, trials a study. */
export function missingTrials(trials: Trial[], rules: RuleSet, selfTuning: boolean): string[] {
  const perStudy = selfTuning ? 1 : rules.trials;
  const wanted = [...rules.base, ...rules.heldOut.map(({ workload }) => workload)];
  const found: string[] = [];
  for (const [submission, workloads] of groupTrials(trials)) {
    for (const workload of wanted) {
      const studies = workloads.get(workload);
      if (!studies) {
        found.push(`${submission} has no ${workload}`);
        continue;
      }
      if (rules.studies !== undefined && studies.size !== rules.studies) {
        found.push(`${submission}, ${workload}: ${studies.size} of ${rules.studies} studies`);
      }
      for (const [study, runs] of studies) {
        if (perStudy !== undefined && runs.length !== perStudy) {
          found.push(`${submission}, ${workload}, ${study}: ${runs.length} of ${perStudy} trials`);
        }
      }
    }
  }
  return found;
}
