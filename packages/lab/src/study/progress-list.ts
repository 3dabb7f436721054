import { Listr } from "listr2";
import type { TrialSpec } from "../train/spec.ts";
import type { PlannedTrial } from "./folder.ts";
import type { PoolEvent } from "./pool.ts";
import { follow, outcomeText, type Progress, trialLabel, variedNames } from "./progress.ts";

/** A list that redraws itself, one entry for each task and optimizer: for terminals. */
export function progressList(plan: readonly PlannedTrial[], workers: number): Progress {
  const state = follow(plan, workers);
  const varied = variedNames(plan.map(({ spec }) => spec));
  const groups = new Map<string, Group>();
  const groupOf = ({ task, optimizer }: TrialSpec): Group => {
    const title = `${task} · ${optimizer}`;
    const group = groups.get(title) ?? createGroup(title);
    groups.set(title, group);
    return group;
  };
  for (const { spec, trial } of plan) {
    const group = groupOf(spec);
    group.total++;
    if (trial?.end !== undefined) group.done++;
  }
  const list = new Listr(
    [...groups.values()].map((group) => ({
      title: group.title,
      task: (_: unknown, view: View) => {
        group.view = view;
        if (group.done === group.total) group.finish();
        return group.finished;
      },
    })),
    { concurrent: true, exitOnError: false, registerSignalListeners: false },
  );
  const shown = list.run();
  return {
    event(event) {
      state.update(event);
      const { spec } = plan[event.id] as PlannedTrial;
      const group = groupOf(spec);
      const label = trialLabel(spec, varied);
      if (event.kind === "ended" || event.kind === "failed") group.done++;
      if (group.view !== undefined) {
        group.view.title = `${group.title} · ${group.done}/${group.total}`;
        group.view.output = `${label}: ${eventText(event, spec)} (${state.done()}/${plan.length}${state.left()})`;
      }
      if (group.done === group.total) group.finish();
    },
    async close() {
      for (const group of groups.values()) group.finish();
      await shown;
    },
  };
}

interface View {
  title: string;
  output: string;
}
interface Group {
  readonly title: string;
  total: number;
  done: number;
  view?: View;
  readonly finished: Promise<void>;
  finish(): void;
}

function createGroup(title: string): Group {
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { title, total: 0, done: 0, finished, finish };
}

function eventText(event: PoolEvent, { steps }: TrialSpec): string {
  if (event.kind === "ended") return outcomeText(event.trial);
  if (event.kind === "failed" || event.kind === "lost") return event.message;
  return event.kind === "progress" ? `step ${event.step}/${steps}` : event.kind;
}
