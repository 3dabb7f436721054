import { openRules } from "../scoring/rules.ts";
import { scoreTable } from "../scoring/score.ts";
import { bestTrial, type Trial as ScoredTrial, timesToTarget } from "../scoring/trials.ts";
import {
  band,
  compareResults,
  compareTimes,
  median,
  rankStability,
  sensitivity,
  targetMargin,
} from "../statistics/index.ts";
import type {
  Clock,
  ReportComparison,
  ReportData,
  ReportRank,
  ReportScore,
  ReportSensitivity,
  ReportTargetRule,
  ReportTask,
  ReportTrial,
} from "./data.ts";
import { finite } from "./numbers.ts";

/** What was run, without what follows from it. */
export type Facts = Pick<ReportData, "tasks" | "optimizers" | "entries" | "trials" | "seeds">;
export type Judgement = Pick<
  ReportData,
  "scores" | "comparisons" | "sensitivities" | "ranks" | "targetRules"
>;

const clocks: readonly Clock[] = ["step", "time"];

/** Scores and statistics of a report. */
export function judge(facts: Facts): Judgement {
  return {
    scores: scores(facts),
    comparisons: comparisons(facts),
    sensitivities: facts.entries.flatMap(({ task, optimizer }) => sensitivityOf(facts, task, optimizer)),
    ranks: rankings(facts),
    targetRules: targetRules(facts),
  };
}

const results = ({ trials }: Facts, task: string, optimizer: string): ReportTrial[] =>
  trials.filter((t) => t.task === task && t.optimizer === optimizer && t.use === "result");

/** A trial as AlgoPerf sees it: the optimizer is the submission, the seed the study, each setting a trial of it. */
const asScored = (trial: ReportTrial): ScoredTrial => ({
  submission: trial.optimizer,
  workload: trial.task,
  study: `seed_${trial.seed}`,
  trial: trial.id,
  index: trial.hit?.evaluation ?? Number.POSITIVE_INFINITY,
  time: trial.hit?.seconds ?? Number.POSITIVE_INFINITY,
  step: trial.hit?.step ?? Number.POSITIVE_INFINITY,
  where: trial.id,
});

function scores({ trials, tasks }: Facts): ReportScore[] {
  const scored = trials
    .filter(({ use, status }) => use === "result" && status !== "waiting" && status !== "interrupted")
    .map(asScored);
  const workloads = tasks.filter(({ target }) => target !== null).map(({ name }) => name);
  const present = scored.filter(({ workload }) => workloads.includes(workload));
  if (present.length === 0) return [];
  const rules = openRules(workloads);
  return clocks.map((clock): ReportScore => {
    const times = timesToTarget(present, "index-min", clock);
    const board = scoreTable(times, rules);
    const byTask = (names: readonly string[], values: readonly number[]) =>
      Object.fromEntries(names.map((name, i) => [name, finite(values[i])]));
    return {
      clock,
      tau: board.tau,
      submissions: board.standings.map(({ submission, score, exact, ratios, profile }) => ({
        optimizer: submission,
        score,
        exact,
        times: byTask(times.workloads, times.times[times.submissions.indexOf(submission)] as number[]),
        ratios: byTask(board.workloads, ratios),
        profile,
      })),
    };
  });
}

/**
 * Times to target by seed: in each the setting that hit first by evaluation index, as AlgoPerf takes it. A time of zero,
 * of a target met before the first step, counts as the smallest time there is.
 */
function timesBySeed(facts: Facts, task: string, optimizer: string, clock: Clock): Map<number, number> {
  const bySeed = new Map<number, ReportTrial[]>();
  for (const trial of results(facts, task, optimizer).filter(hasEnded)) {
    bySeed.set(trial.seed, [...(bySeed.get(trial.seed) ?? []), trial]);
  }
  return new Map(
    [...bySeed].map(([seed, trials]) => {
      const time = bestTrial(trials.map(asScored), "index-min", clock)?.[clock];
      return [seed, Math.max(Number.MIN_VALUE, time ?? Number.POSITIVE_INFINITY)];
    }),
  );
}

const hasEnded = ({ status }: ReportTrial): boolean => status !== "waiting" && status !== "interrupted";

/** The chosen setting's final metric by seed, turned so that less is better; Infinity for a run that did not finish. */
function finalsBySeed(facts: Facts, { name, target }: ReportTask, optimizer: string): Map<number, number> {
  const entry = facts.entries.find((e) => e.task === name && e.optimizer === optimizer);
  const sign = target?.direction === "max" ? -1 : 1;
  const own = results(facts, name, optimizer).filter((t) => hasEnded(t) && t.setting === entry?.chosen);
  return new Map(
    own.map(({ seed, final }) => [seed, final === null ? Number.POSITIVE_INFINITY : sign * final]),
  );
}

/** The leader by the median against each other one, by task; and over all tasks together when there are several. */
function comparisons(facts: Facts): ReportComparison[] {
  const names = facts.optimizers.map(({ name }) => name);
  const tasks = facts.tasks.filter(({ target }) => target !== null);
  const measures = ["step", "time", "final"] as const;
  return measures.flatMap((measure) => {
    const valuesOf = (task: ReportTask, name: string) =>
      measure === "final" ? finalsBySeed(facts, task, name) : timesBySeed(facts, task.name, name, measure);
    const tables = tasks.map((task) => new Map(names.map((name) => [name, valuesOf(task, name)])));
    const single = tables.flatMap((table, i) => against(tasks[i] as ReportTask, measure, table));
    // Losses of different tasks have no common unit.
    if (measure === "final" || tasks.length < 2) return single;
    const pooled = new Map(
      names.map((name) => {
        const all = tables.flatMap((table, i) =>
          [...(table.get(name) ?? [])].map(([seed, time]) => [`${i} ${seed}`, time] as const),
        );
        return [name, new Map(all)];
      }),
    );
    return [...against(null, measure, pooled), ...single];
  });
}

/** Optimizers by name, their values by seed. */
type Table<K> = ReadonlyMap<string, ReadonlyMap<K, number>>;

function against<K>(
  task: ReportTask | null,
  measure: ReportComparison["measure"],
  table: Table<K>,
): ReportComparison[] {
  const a = leader(
    table,
    measure === "final" ? (value, least) => value - least : (value, least) => value / least,
  );
  if (a === undefined) return [];
  const own = table.get(a) as ReadonlyMap<K, number>;
  return [...table].flatMap(([b, others]): ReportComparison[] => {
    const common = [...own.keys()].filter((key) => others.has(key));
    if (a === b || common.length === 0) return [];
    const side = (name: string, values: ReadonlyMap<K, number>) => ({
      name,
      values: common.map((key) => values.get(key) as number),
    });
    const compare = measure === "final" ? compareResults : compareTimes;
    const { estimate, winner, ...rest } = compare(side(a, own), side(b, others));
    const { value, low, high, confidence } = estimate;
    // Finals were turned so that less is better: the report gives them as they are.
    const turned = measure === "final" && task?.target?.direction === "max";
    const [v, l, h] = (turned ? [-value, -high, -low] : [value, low, high]).map((x) => finite(x || 0));
    return [
      {
        task: task?.name ?? null,
        measure,
        a,
        b,
        value: v ?? null,
        low: l ?? null,
        high: h ?? null,
        confidence,
        winner: winner ?? null,
        ...rest,
      },
    ];
  });
}

/**
 * Who leads: the smallest median over seeds of what a value is relative to the best of its seed; of equals the smaller
 * mean. Undefined when nobody has a finite one.
 */
function leader<K>(table: Table<K>, relative: (value: number, least: number) => number): string | undefined {
  const least = (key: K) => Math.min(...[...table.values()].map((values) => values.get(key) ?? Infinity));
  const standings = [...table]
    .filter(([, values]) => values.size > 0)
    .map(([name, values]) => {
      const own = [...values].map(([key, value]) =>
        value === Infinity ? value : relative(value, least(key)),
      );
      return { name, median: median(own), mean: own.reduce((sum, x) => sum + x, 0) / own.length };
    })
    .sort((a, b) => order(a.median, b.median) || order(a.mean, b.mean));
  const [first] = standings;
  return first !== undefined && first.median < Infinity ? first.name : undefined;
}

/** Ascending, for infinities too. */
const order = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/** How one optimizer depends on its learning rate on one task, over everything that was run; none below two rates. */
function sensitivityOf(facts: Facts, task: string, optimizer: string): ReportSensitivity[] {
  const trials = facts.trials.filter((t) => t.task === task && t.optimizer === optimizer && hasEnded(t));
  const byRate = new Map<number, ReportTrial[]>();
  for (const trial of trials) {
    const rate = trial.hyperparameters.learningRate;
    if (rate !== undefined && rate > 0) byRate.set(rate, [...(byRate.get(rate) ?? []), trial]);
  }
  if (byRate.size < 2) return [];
  const steps = (runs: readonly ReportTrial[]) =>
    runs.map(({ hit }) => (hit === null ? Infinity : Math.max(1, hit.step)));
  const found = sensitivity(
    [...byRate].map(([learningRate, runs]) => ({ learningRate, results: steps(runs) })),
  );
  const curve = found.curve.map(({ learningRate, median: toTarget }) => {
    const runs = byRate.get(learningRate) as ReportTrial[];
    const finals = runs.flatMap(({ final }) => final ?? []);
    const range = finals.length > 0 ? band(finals, 1) : undefined;
    return {
      learningRate,
      runs: runs.length,
      diverged: runs.filter(({ status }) => status === "diverged").length,
      low: finite(range?.low),
      median: finite(range?.median),
      high: finite(range?.high),
      steps: finite(toTarget),
    };
  });
  const { best, tunedForFree, decades } = found;
  return [{ task, optimizer, curve, best: best ?? null, tunedForFree, decades }];
}

/** How sure the ranking over all tasks and seeds is. */
function rankings(facts: Facts): ReportRank[] {
  const names = facts.optimizers.map(({ name }) => name);
  if (names.length < 2) return [];
  return clocks.flatMap((clock): ReportRank[] => {
    const rows = names.map((): number[] => []);
    for (const task of facts.tasks) {
      const own = names.map((name) => timesBySeed(facts, task.name, name, clock));
      for (const seed of facts.seeds) {
        const times = own.map((values) => values.get(seed));
        // Relative to the fastest: tasks have no common unit. What nobody reached ranks nobody.
        const least = Math.min(...times.map((time) => time ?? Infinity));
        if (times.includes(undefined) || least === Infinity) continue;
        for (const [i, time] of times.entries()) rows[i]?.push((time as number) / least);
      }
    }
    if (rows[0]?.length === 0) return [];
    const { contenders, agreement } = rankStability(rows);
    return [
      {
        clock,
        agreement: finite(agreement),
        optimizers: contenders.map((contender, i) => ({ optimizer: names[i] as string, ...contender })),
      },
    ];
  });
}

/** One-sided 1 % point of the standard normal distribution. */
const z = 2.326;

/**
 * Whether runs show that the target is met on average. The rule's constant c is z s at the 1 % level, with s the standard
 * deviation between seeds, pooled over the optimizers of a task.
 */
function targetRules(facts: Facts): ReportTargetRule[] {
  return facts.tasks.flatMap((task) => {
    if (task.target === null) return [];
    const sign = task.target.direction === "max" ? -1 : 1;
    const goal = sign * task.target.value;
    const groups = facts.optimizers
      .map(({ name }) => ({ name, finals: [...finalsBySeed(facts, task, name).values()] }))
      .filter(({ finals }) => finals.length > 0);
    let [squares, freedom] = [0, 0];
    for (const { finals } of groups) {
      const sound = finals.filter(Number.isFinite);
      squares += sound.reduce((sum, x) => sum + (x - mean(sound)) ** 2, 0);
      freedom += Math.max(0, sound.length - 1);
    }
    const c = freedom > 0 ? z * Math.sqrt(squares / freedom) : null;
    return groups.map(({ name, finals }): ReportTargetRule => {
      const average = mean(finals);
      const margin = targetMargin(average, finals.length, goal);
      return {
        task: task.name,
        optimizer: name,
        runs: finals.length,
        mean: finite(sign * average),
        margin: finite(margin),
        c,
        met: c !== null && margin >= c,
      };
    });
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
