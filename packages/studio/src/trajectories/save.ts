import { type Pen, svgPen } from "@steepest/lab/drawing";
import { entryOf } from "../engine/catalog.ts";
import type { Run } from "../engine/protocol.ts";
import { csvRow, pngOf } from "../ui/download.ts";
import { colorOf, type Theme } from "../ui/theme.ts";
import { gradientNorms, stepLengths } from "./charts.ts";
import type { Stage } from "./stage.ts";
import { experimentOf, type TrajectoryState } from "./state.ts";

const legendRow = 18;

/** The picture with a legend below it. */
function drawWithLegend(pen: Pen, stage: Stage, state: TrajectoryState, theme: Theme): void {
  stage.draw(pen);
  const { width, height } = stage.size.value;
  // What lies outside the picture is hidden by the page; here the legend covers it.
  pen.area([0, height, width, height, width, height + 1e4, 0, height + 1e4], theme.background, 1);
  state.optimizers.forEach(({ name, hyperparameters }, i) => {
    const y = height + legendRow * (i + 1);
    const settings = Object.entries(hyperparameters).map(([key, v]) => `${key} ${Number(v.toPrecision(4))}`);
    pen.dots([12, y - 4], { color: colorOf(i), radius: 4, rim: theme.background });
    pen.text(`${entryOf(name).label}: ${settings.join(", ")}`, 22, y, { color: theme.text });
  });
}

const pictureHeight = (stage: Stage, state: TrajectoryState): number =>
  stage.size.value.height + legendRow * state.optimizers.length + 10;

export function toSvg(stage: Stage, state: TrajectoryState, theme: Theme): string {
  const pen = svgPen(stage.size.value.width, pictureHeight(stage, state), theme.background);
  drawWithLegend(pen, stage, state, theme);
  return pen.finish();
}

export const toPng = (stage: Stage, state: TrajectoryState, theme: Theme): Promise<Blob> =>
  pngOf(stage.size.value.width, pictureHeight(stage, state), theme.background, (pen) =>
    drawWithLegend(pen, stage, state, theme),
  );

/** The first run of every optimizer, one row per step: the point, the loss over the runs, gradient norm, step length. */
export function toCsv(runs: readonly Run[], state: TrajectoryState): string {
  const axes = ["x", "y"].slice(0, state.start.length);
  const rows = [
    ["optimizer", "step", ...axes, "loss_p10", "loss_median", "loss_p90", "gradient_norm", "step_length"],
  ];
  runs.forEach((run, i) => {
    const gradients = gradientNorms(run);
    const lengths = stepLengths(run);
    for (let t = 0; t <= run.steps; t++) {
      const at = t * run.seeds * run.dimensions;
      rows.push([
        state.optimizers[i]!.name,
        String(t),
        ...Array.from(run.points.subarray(at, at + run.dimensions), String),
        ...Array.from(run.losses.subarray(3 * t, 3 * t + 3), String),
        String(gradients[t] ?? ""),
        String(lengths[t] ?? ""),
      ]);
    }
  });
  return `${rows.map(csvRow).join("\n")}\n`;
}

/** Everything: the experiment, the optimizers and all runs. */
export function toJson(runs: readonly Run[], state: TrajectoryState, address: string): string {
  const plain = (values: Float32Array): (number | null)[] =>
    Array.from(values, (v) => (Number.isFinite(v) ? v : null));
  return JSON.stringify({
    format: "steepest-trajectories/1",
    address,
    experiment: experimentOf(state),
    optimizers: state.optimizers,
    runs: runs.map(({ points, losses, gradients, state: parts, ...sizes }) => ({
      ...sizes,
      points: plain(points),
      lossQuantiles: plain(losses),
      gradients: plain(gradients),
      state: Object.fromEntries(
        Object.entries(parts).map(([path, { size, values }]) => [path, { size, values: plain(values) }]),
      ),
    })),
  });
}
