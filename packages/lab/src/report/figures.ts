import { join, resolve } from "node:path";
import { writeOutput } from "../cli/paths.ts";
import { curvesPlot, domainOf } from "../figures/curves.ts";
import { toSvg } from "../figures/plot.ts";
import { toPng } from "../figures/png.ts";
import { profilePlot } from "../figures/profile.ts";
import { sensitivityPlot } from "../figures/sensitivity.ts";
import { makeFolder } from "../folder.ts";
import type { ReportData, ReportTask } from "./data.ts";
import { curvesOf, directionOf, measuresOf, profilesOf, rateCurves } from "./series.ts";

/** A figure as a file of its own. */
export interface Figure {
  readonly name: string;
  readonly svg: string;
}

/** The report's figures, drawn without a browser; those of one task have its name in front. */
export function reportFigures(data: ReportData): Figure[] {
  const profiles = data.scores.map(({ clock, tau }) => ({
    name: `profile-by-${clock}`,
    svg: toSvg(profilePlot({ profiles: profilesOf(data, clock), tauMax: tau.at(-1) ?? 4 })),
  }));
  return [...profiles, ...data.tasks.flatMap((task) => taskFigures(data, task))];
}

/** Writes every figure as SVG and PNG into a folder. Throws an Error that says why one cannot be written. */
export function writeFigures(data: ReportData, folder: string): void {
  makeFolder(resolve(folder));
  for (const { name, svg } of reportFigures(data)) {
    writeOutput(join(folder, `${name}.svg`), svg);
    writeOutput(join(folder, `${name}.png`), toPng(svg));
  }
}

function taskFigures(data: ReportData, task: ReportTask): Figure[] {
  const curves = measuresOf(data, task).flatMap(({ measure, title }) =>
    (["step", "seconds"] as const).map((by): Figure => {
      const series = curvesOf(data, task, measure, by);
      const isTarget = measure.kind === "validation" && measure.metric === task.target?.metric;
      const target = isTarget ? task.target?.value : undefined;
      const plot = curvesPlot({
        curves: series,
        x: by === "step" ? "training step" : "seconds of training",
        y: title,
        target,
        domain: domainOf(series, directionOf(task, measure), target),
      });
      const name = measure.kind === "train" ? "train-loss" : measure.metric;
      return { name: `${task.name}-${name}-by-${by}`, svg: toSvg(plot) };
    }),
  );
  const rates = rateCurves(data, task.name, "final");
  if (rates.length === 0) return curves;
  const y = `final ${task.target?.metric ?? "value"}`;
  return [
    ...curves,
    { name: `${task.name}-learning-rates`, svg: toSvg(sensitivityPlot({ curves: rates, y })) },
  ];
}
