import type {
  ReportComparison,
  ReportData,
  ReportSentence,
  ReportTarget,
  ReportTask,
  ReportTrial,
} from "./data.ts";
import { formatNumber, formatSeconds, listOf, orMiss, percent } from "./numbers.ts";

/** What was found, in sentences. A winner carries its interval; whoever is not beaten for sure ties. */

type Known = Omit<ReportData, "sentences">;

/** "loss ≤ 0.33" */
export const targetText = ({ metric, value, direction }: ReportTarget): string =>
  `${metric} ${direction === "min" ? "≤" : "≥"} ${formatNumber(value)}`;

export function sentences(data: Known): ReportSentence[] {
  return [
    ...(data.tasks.length > 1 ? overall(data) : []),
    ...data.tasks.flatMap((task) => ofTask(data, task)),
    ...warnings(data),
  ];
}

const measures = {
  step: { most: "Fewest steps", unit: "times the steps" },
  time: { most: "Least training time", unit: "times the time" },
} as const;

/** Who is best over all tasks, by steps and by time. */
function overall(data: Known): ReportSentence[] {
  return (["step", "time"] as const).flatMap((measure) => {
    const found = data.comparisons.filter((c) => c.task === null && c.measure === measure);
    const [first] = found;
    if (first === undefined) return [];
    const what = `${measures[measure].most} to the targets of all ${data.tasks.length} tasks`;
    return [conclusion(null, what, first.a, "", found)];
  });
}

function ofTask(data: Known, task: ReportTask): ReportSentence[] {
  const { target } = task;
  const note = (text: string): ReportSentence => ({ task: task.name, kind: "note", text });
  const trials = data.trials.filter((t) => t.task === task.name && t.use === "result");
  if (target === null) return [note("This task has no target here, so that nobody can be ranked on it.")];
  const goal = targetText(target);
  const names = data.optimizers.map(({ name }) => name);
  const about = (measure: ReportComparison["measure"], what: string, show: (name: string) => string) => {
    const found = data.comparisons.filter((c) => c.task === task.name && c.measure === measure);
    const first = found[0];
    return first === undefined ? [] : [conclusion(task.name, what, first.a, show(first.a), found)];
  };
  const timesText = (clock: "step" | "time") => (name: string) => {
    const score = data.scores.find((s) => s.clock === clock);
    const time = orMiss(score?.submissions.find((s) => s.optimizer === name)?.times[task.name] ?? null);
    return ` ${clock === "step" ? formatNumber(time) : formatSeconds(time)}`;
  };
  const reached = trials.some(({ hit }) => hit !== null);
  return [
    ...(reached ? [] : [note(`No optimizer reached ${goal} within the budget.`)]),
    ...about("step", `Fewest steps to ${goal}`, timesText("step")),
    ...about("time", `Least training time to ${goal}`, timesText("time")),
    ...about("final", `Best final ${target.metric}`, (name) => finalText(data, task, name)),
    ...(reached ? names.flatMap((name) => missedText(trials, name)).map(note) : []),
    ...names.flatMap((name) => divergedText(trials, name)).map(note),
    ...edgeText(data, task).map(note),
  ];
}

function finalText({ entries, trials }: Known, { name: task }: ReportTask, name: string): string {
  const entry = entries.find((e) => e.task === task && e.optimizer === name);
  const finals = trials
    .filter(
      (t) => t.task === task && t.optimizer === name && t.use === "result" && t.setting === entry?.chosen,
    )
    .flatMap(({ final }) => final ?? [])
    .sort((a, b) => a - b);
  const [low, high] = [finals[0], finals.at(-1)];
  if (low === undefined || high === undefined) return "";
  return low === high ? ` ${formatNumber(low)}` : ` ${formatNumber(low)}–${formatNumber(high)}`;
}

/** The leader and everyone whom it has not beaten for sure. */
function conclusion(
  task: string | null,
  what: string,
  leader: string,
  shown: string,
  found: readonly ReportComparison[],
): ReportSentence {
  const tied = found.filter(({ winner }) => winner === null);
  const evidence = listOf(found.map(evidenceText));
  if (tied.length === 0) return { task, kind: "winner", text: `${what}: ${leader}${shown}; ${evidence}.` };
  const few = tied.some(({ pairs, needed }) => pairs < needed);
  const why = few ? ` as yet (${tied[0]?.pairs} pairs of runs cannot decide, ${tied[0]?.needed} can)` : "";
  const names = listOf([leader, ...tied.map(({ b }) => b)]);
  return {
    task,
    kind: "tie",
    text: `${what}: a tie between ${names}${why}; ${leader}${shown} leads: ${evidence}.`,
  };
}

/** "0.62 times the steps of adamw (95 % interval 0.55 to 0.7, 9 pairs)" */
function evidenceText(comparison: ReportComparison): string {
  const { measure, value, low, high, b, confidence, pairs, misses } = comparison;
  const count = `${pairs} pair${pairs === 1 ? "" : "s"}`;
  const range = (lower: number | null, upper: number | null) =>
    `${percent(confidence)} interval ${bound(lower)} to ${bound(upper)}`;
  if (measure === "final") {
    const failed = misses.b > 0 ? `, of which ${b} did not finish ${misses.b}` : "";
    if (value === null) return `better than ${b}, which did not finish ${misses.b} of ${count}`;
    const side = value < 0 ? "below" : "above";
    const distance = value === 0 ? `equal to ${b}` : `${bound(Math.abs(value))} ${side} ${b}`;
    return `${distance} (${range(low, high).replace("interval", "interval of the difference")}, ${count}${failed})`;
  }
  if (misses.b === pairs) return `${b} missed it in all ${count} (${range(low, high)} of the ratio)`;
  const failed = misses.b > 0 ? `, of which ${b} missed ${misses.b}` : "";
  return `${bound(value)} ${measures[measure].unit} of ${b} (${range(low, high)}, ${count}${failed})`;
}

/** An end of an interval, to three digits. Null is infinite, which ratios are where a side missed. */
const bound = (value: number | null): string =>
  value === null ? "infinity" : formatNumber(Number(value.toPrecision(3)));

function missedText(trials: readonly ReportTrial[], name: string): string[] {
  const own = trials.filter(({ optimizer }) => optimizer === name);
  const seeds = new Set(own.map(({ seed }) => seed));
  const reached = new Set(own.filter(({ hit }) => hit !== null).map(({ seed }) => seed));
  return reached.size < seeds.size
    ? [`${name} reached the target with ${reached.size} of ${seeds.size} seeds.`]
    : [];
}

function divergedText(trials: readonly ReportTrial[], name: string): string[] {
  const own = trials.filter(({ optimizer }) => optimizer === name);
  const diverged = own.filter(({ status }) => status === "diverged").length;
  return diverged > 0 ? [`${name} diverged in ${diverged} of ${own.length} runs.`] : [];
}

/** Who might do better outside the range of learning rates that was tried. */
function edgeText({ entries, trials }: Known, { name: task }: ReportTask): string[] {
  const edges = entries
    .filter((entry) => entry.task === task && entry.chosen !== null)
    .flatMap(({ optimizer, settings, chosen }) => {
      const own = trials.filter((t) => t.task === task && t.optimizer === optimizer);
      const rates = [...new Set(own.map((t) => t.hyperparameters.learningRate ?? 0))].sort((a, b) => a - b);
      const rate = settings[chosen as number]?.learningRate;
      if (rates.length < 2 || (rate !== rates[0] && rate !== rates.at(-1))) return [];
      return [
        `${optimizer} (${formatNumber(rate as number)}, the ${rate === rates[0] ? "smallest" : "largest"})`,
      ];
    });
  return edges.length === 0
    ? []
    : [`Best at the edge of the learning rates tried: ${listOf(edges)}; a wider search may find better.`];
}

/** What a reader has to know before believing the rest. */
function warnings({ trials, seeds, code }: Known): ReportSentence[] {
  const open = trials.filter(({ status }) => status === "waiting" || status === "interrupted").length;
  const stopped = trials.filter(({ status }) => status === "stopped").length;
  const texts = [
    ...(seeds.length === 1 ? ["One seed shows no spread: read this as a hint, not as a result."] : []),
    ...(open > 0 ? [`${open} of ${trials.length} trials have not ended: this is not the final word.`] : []),
    ...(stopped > 0 ? [`${stopped} of ${trials.length} trials were stopped early.`] : []),
    ...(code.length > 1
      ? [`The trials were run by ${code.length} versions of the code, which may differ in more than speed.`]
      : []),
  ];
  return texts.map((text) => ({ task: null, kind: "note", text }));
}
