import { Listr } from "listr2";
import { formatNumber, formatSeconds } from "../report/numbers.ts";
import { finalValue } from "./final-value.ts";
import type { Entry, Job, RaceEvent } from "./race.ts";

/** Runs the jobs of a race and tells the user how far it is. */

export type Present = (jobs: readonly Job[]) => Promise<Entry[]>;

/** What became of a trial: "loss 0.3274 after 1000 steps, 0.4 s". */
function outcome(job: Job, { trial, kind }: RaceEvent): string {
  const end = trial?.end;
  if (trial === undefined || end === undefined) return "";
  const { metric } = job.task.target;
  const value = finalValue(trial, metric);
  const result = value === undefined ? "diverged" : `${metric} ${formatNumber(value)}`;
  const again = kind === "reused" ? " (already there)" : "";
  return `${result} after ${end.step} steps, ${formatSeconds(end.seconds)}${again}`;
}

/** One line for every finished trial: for files, pipes and continuous integration. */
export const presentLines =
  (print: (line: string) => void): Present =>
  async (jobs) => {
    const entries: Entry[] = [];
    for (const job of jobs) {
      const name = `${job.task.name} ${job.optimizer.name}`;
      entries.push(
        await job.run((event) => {
          if (event.trial !== undefined) print(`${name}: ${event.label}: ${outcome(job, event)}`);
        }),
      );
    }
    return entries;
  };

/** A list that redraws itself: for terminals. */
export const presentList: Present = async (jobs) => {
  const entries: Entry[] = [];
  const list = new Listr(
    jobs.map((job) => {
      const title = `${job.task.name} · ${job.optimizer.name}`;
      return {
        title,
        task: async (_: unknown, view: { title: string; output: string }) => {
          const entry = await job.run((event) => {
            if (event.kind === "compiling") view.output = `${event.label}: compiling`;
            else if (event.kind === "progress")
              view.output = `${event.label}: step ${event.step}/${event.steps}`;
            else view.output = `${event.label}: ${outcome(job, event)}`;
          });
          const last = entry.trials.at(-1);
          const value = last && finalValue(last, job.task.target.metric);
          const result =
            value === undefined ? "diverged" : `${job.task.target.metric} ${formatNumber(value)}`;
          view.title = `${title} · learning rate ${entry.learningRate} · ${result}`;
          entries.push(entry);
        },
      };
    }),
    // Interruption is the command's business: it says what is kept.
    { concurrent: false, exitOnError: true, registerSignalListeners: false },
  );
  await list.run();
  return entries;
};
