import { formatNumber, formatSecondsSpread, formatSpread, listOf } from "../report/numbers.ts";
import type { Target, Task } from "../tasks/index.ts";
import { type EntrySummary, judge, type Spread, type Verdict } from "./summary.ts";

/** The results of a race in sentences. Whoever's ranges over seeds overlap are said to tie. */

export const targetText = ({ metric, value, direction }: Target): string =>
  `${metric} ${direction === "min" ? "≤" : "≥"} ${formatNumber(value)}`;

const nameOf = (summary: EntrySummary): string => summary.entry.optimizer.name;

/** One sentence for a measure: who won, or who tied. */
function verdictText(verdict: Verdict, measure: (s: EntrySummary) => string, what: string): string {
  const [first, second] = verdict.ranking;
  if (first === undefined) return "";
  if (verdict.leaders.length > 1) {
    const parts = verdict.leaders.map((s) => `${nameOf(s)} ${measure(s)}`);
    return `${what}: a tie between ${listOf(parts)}, whose ranges over seeds overlap.`;
  }
  const next = second === undefined ? "" : `; next ${nameOf(second)} ${measure(second)}`;
  return `${what}: ${nameOf(first)} ${measure(first)}${next}.`;
}

/** Sentences about one task, most important first. */
export function taskSentences(task: Task, summaries: readonly EntrySummary[]): string[] {
  const { target } = task;
  const bySteps = judge(summaries, (s) => s.stepsToTarget, "min");
  const bySeconds = judge(summaries, (s) => s.secondsToTarget, "min");
  const byFinal = judge(summaries, (s) => s.final, target.direction);
  const seeds = summaries[0]?.entry.trials.length ?? 0;
  const late = summaries.filter((s) => s.reached < s.entry.trials.length);
  const goal = targetText(target);
  const final = (s: EntrySummary) => formatSpread(s.final as Spread);
  const sentences = [
    bySteps.ranking.length === 0
      ? `No optimizer reached ${goal} within the budget.`
      : verdictText(bySteps, (s) => formatSpread(s.stepsToTarget), `Fewest steps to ${goal}`),
    verdictText(bySeconds, (s) => formatSecondsSpread(s.secondsToTarget), `Least time to ${goal}`),
    verdictText(byFinal, final, `Best final ${target.metric}`),
    ...(bySteps.ranking.length === 0
      ? []
      : late.map((s) => `${nameOf(s)} reached the target with ${s.reached} of ${seeds} seeds.`)),
    ...summaries
      .filter((s) => s.diverged > 0)
      .map((s) => `${nameOf(s)} diverged with ${s.diverged} of ${seeds} seeds.`),
    ...edgeText(summaries),
    ...(seeds === 1 ? ["One seed shows no spread: read this as a hint, not as a result."] : []),
  ];
  return sentences.filter((sentence) => sentence !== "");
}

/** Who might do better outside the range of learning rates that was tried. */
function edgeText(summaries: readonly EntrySummary[]): string[] {
  return (["smallest", "largest"] as const).flatMap((edge) => {
    const there = summaries
      .filter((s) => s.atEdge === edge)
      .map((s) => `${nameOf(s)} (${s.entry.learningRate})`);
    if (there.length === 0) return [];
    return [`Best at the ${edge} learning rate tried: ${listOf(there)}; a larger --tune may find better.`];
  });
}
