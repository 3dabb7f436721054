import { formatNumber, formatSeconds } from "../report/numbers.ts";
import { findWaste, removeWaste } from "../study/clean.ts";
import { type PlannedTrial, plannedTrials, readStudy } from "../study/folder.ts";
import { planTrials } from "../study/plan.ts";
import { claimStudy, runningProcess } from "../study/running.ts";
import { type StudyStatus, studyStatus, type TimeShares } from "../study/status.ts";
import { loadStudyFiles } from "../study/user-files.ts";
import { codeVersion } from "../train/code.ts";

const planOf = (folder: string): PlannedTrial[] =>
  plannedTrials(folder, planTrials(readStudy(folder), codeVersion()));

export async function showStatus(folder: string, json: boolean): Promise<void> {
  await loadStudyFiles(readStudy(folder));
  const status = studyStatus(planOf(folder));
  const running = runningProcess(folder);
  if (json) {
    console.log(JSON.stringify({ ...status, running: running ?? null }, undefined, 2));
    return;
  }
  const ended = status.finished + status.diverged + status.stopped;
  console.log(`${ended} of ${status.trials} trials have ended${countText(status)}`);
  const state = running === undefined ? "nothing runs it now" : `process ${running} runs it now`;
  if (ended < status.trials) {
    console.log(
      `${status.interrupted} begun (${status.resumable} with a checkpoint), ${status.waiting} waiting; ${state}`,
    );
  }
  console.log("");
  for (const line of groupLines(status)) console.log(line);
  if (status.time.wall > 0) {
    console.log("");
    for (const line of timeLines(status.time)) console.log(line);
  }
}

function countText({ diverged, stopped }: StudyStatus): string {
  const parts = [
    ...(diverged > 0 ? [`${diverged} diverged`] : []),
    ...(stopped > 0 ? [`${stopped} stopped early`] : []),
  ];
  return parts.length > 0 ? `; ${parts.join(", ")}` : "";
}

/** One line for each task and optimizer: how many trials have ended, and the best. */
export function groupLines({ groups }: StudyStatus): string[] {
  const width = Math.max(...groups.map(({ task, optimizer }) => `${task} ${optimizer}`.length));
  return groups.map(({ task, optimizer, trials, ended, metric, best }) => {
    const name = `${task} ${optimizer}`.padEnd(width);
    if (best === undefined) return `${name}  ${ended}/${trials}  no finished trial`;
    const { spec, trial } = best.trial.start;
    const setting = Object.entries(spec.hyperparameters).map(
      ([key, value]) => `${key} ${formatNumber(value)}`,
    );
    return `${name}  ${ended}/${trials}  best ${metric} ${formatNumber(best.value)}: ${setting.join(", ")}, seed ${spec.seed} (${trial})`;
  });
}

/** Where the time of the ended trials went. */
function timeLines({ wall, ...parts }: TimeShares): string[] {
  const rest = wall - Object.values(parts).reduce((a, b) => a + b, 0);
  const rows = Object.entries({ ...parts, "not accounted for": rest });
  return [
    `time of the ended trials: ${formatSeconds(wall)}`,
    ...rows.map(
      ([name, seconds]) =>
        `  ${name.padEnd(18)} ${percent(seconds / wall).padStart(6)}  ${formatSeconds(Math.max(0, seconds))}`,
    ),
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

export async function clean(
  folder: string,
  { all, dryRun }: { all: boolean; dryRun: boolean },
): Promise<void> {
  const plan = planOf(folder);
  const claim = await claimStudy(folder);
  try {
    const waste = findWaste(folder, plan, all);
    if (!dryRun) removeWaste(waste);
    const verb = dryRun ? "would remove" : "removed";
    console.log(`${verb} ${waste.files.length} files, ${(waste.bytes / 2 ** 20).toFixed(1)} MiB`);
  } finally {
    claim.release();
  }
}
