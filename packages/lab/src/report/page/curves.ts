import { type Curve, curvesPlot, domainOf } from "../../figures/curves.ts";
import type { ReportTask, ReportTrial } from "../data.ts";
import { formatNumber } from "../numbers.ts";
import { chosenTrials } from "../results.ts";
import { type By, bandText, curvesOf, directionOf, lookOf, measuresOf, trialCurve } from "../series.ts";
import { box, fillFigure, select } from "./figure.ts";
import { data, hidden } from "./state.ts";

const axes: Record<By, string> = {
  step: "training step",
  seconds: "seconds of training",
  samples: "samples seen",
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

interface Options {
  readonly task: ReportTask;
  readonly file: string;
  readonly legend?: readonly string[];
  readonly note?: string;
  /** The curves of a measure along an axis. */
  series(measure: ReturnType<typeof measuresOf>[number], by: By, each: boolean): Curve[];
  /** Whether single seeds can be shown. */
  readonly seeds?: boolean;
}

/** Curves with a choice of the measure, the x axis and logarithmic axes. */
function curvesFigure(host: HTMLElement, { task, file, legend, note, series, seeds }: Options): void {
  const measures = measuresOf(data, task);
  const bys = (Object.keys(axes) as By[]).filter((by) => by !== "samples" || task.batchSize > 0);
  let caption = "";
  fillFigure(host, {
    caption: () => caption,
    file,
    ...(legend && { legend }),
    ...(note !== undefined && { note }),
    controls: [
      select(
        "measure",
        "",
        measures.map(({ title }, i) => [String(i), title]),
      ),
      select(
        "by",
        "by",
        bys.map((by) => [by, axes[by]]),
      ),
      box("logX", "log x"),
      box("logY", "log y"),
      ...(seeds ? [box("each", "each seed")] : []),
    ] as never,
    draw(width, read) {
      const measure = measures[Number(read("measure"))] as (typeof measures)[number];
      const by = read("by") as By;
      const [logX, logY] = [read("logX") === "true", read("logY") === "true"];
      const curves = series(measure, by, seeds === true && read("each") === "true");
      caption = `${capital(measure.title)} by ${axes[by]}`;
      const { target } = task;
      const isTarget = measure.measure.kind === "validation" && measure.measure.metric === target?.metric;
      const goal = isTarget ? target?.value : undefined;
      const domain = domainOf(curves, directionOf(task, measure.measure), goal);
      const least = Math.min(
        ...curves.flatMap(({ points }) => points.map(({ median }) => median)).filter((v) => v > 0),
      );
      return curvesPlot({
        curves,
        x: axes[by],
        y: measure.title,
        target: goal,
        domain: domain && logY ? [domain[0] > 0 ? domain[0] : least, domain[1]] : domain,
        logX,
        logY,
        width,
        height: Math.round(Math.min(340, Math.max(240, 0.6 * width))),
        tip: (name, { x, low, median, high }) =>
          `${name}\n${axes[by]} ${formatNumber(x)}\n${measure.title} ${formatNumber(median)}${
            low === high ? "" : ` (${formatNumber(low)} to ${formatNumber(high)})`
          }`,
      });
    },
  });
}

/** The learning curves of a task. */
export function taskCurves(host: HTMLElement, task: ReportTask): void {
  const seeds = data.seeds.length;
  curvesFigure(host, {
    task,
    file: `${task.name}-curves`,
    legend: data.optimizers.map(({ name }) => name),
    note: `Median over ${seeds} seed${seeds === 1 ? "" : "s"} at the setting that stands for each optimizer. ${bandText(seeds)}`,
    seeds: seeds > 1,
    series({ measure }, by, each) {
      const shown = data.optimizers.filter(({ name }) => !hidden.has(name));
      if (!each) return curvesOf(data, task, measure, by).filter(({ name }) => !hidden.has(name));
      return shown.flatMap(({ name }) =>
        chosenTrials(data, task.name, name).map((trial) => ({
          name: `${name}, seed ${trial.seed}`,
          ...lookOf(data, name),
          points: trialCurve(trial, task, measure, by),
        })),
      );
    },
  });
}

/** One trial's curves. */
export function trialCurves(host: HTMLElement, task: ReportTask, trial: ReportTrial): void {
  curvesFigure(host, {
    task,
    file: `trial-${trial.id}`,
    series: ({ measure }, by) => [
      {
        name: trial.optimizer,
        ...lookOf(data, trial.optimizer),
        points: trialCurve(trial, task, measure, by),
      },
    ],
  });
}
