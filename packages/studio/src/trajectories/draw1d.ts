import type { Pen } from "@steepest/lab/drawing";
import type { Run } from "../engine/protocol.ts";
import type { Field } from "../ui/field.ts";
import { colorOf, type Theme } from "../ui/theme.ts";
import { type Frame, frameOf } from "../ui/view.ts";
import { positionAt, type Scene } from "./draw.ts";

/** Part of the height that the curve takes; the density over the steps lies below it. */
export const curveShare = 0.55;

/** The two halves of a one-dimensional picture: the function over x, and the steps (downwards) over x. */
export function halves(field: Field, width: number, height: number, steps: number): [Frame, Frame] {
  const [left, right] = field.bounds;
  const sorted = field.values.filter(Number.isFinite).sort();
  const low = sorted[0] ?? 0;
  // The highest walls would flatten what lies between them.
  const high = sorted[Math.floor(0.8 * (sorted.length - 1))] ?? 1;
  const pad = 0.08 * (high - low || 1);
  return [
    frameOf([left, right, low - pad, high + pad], width, height * curveShare),
    frameOf([left, right, -steps, 0], width, height * (1 - curveShare)),
  ];
}

/** The function and the density of the runs: what does not change while playing. */
export function drawCurve(
  pen: Pen,
  field: Field,
  runs: readonly Run[],
  [curve, below]: readonly [Frame, Frame],
  theme: Theme,
  label: string,
): void {
  const [left, right] = field.bounds;
  const points: number[] = [];
  field.values.forEach((value, i) => {
    points.push(curve.toX(left + ((right - left) * i) / (field.values.length - 1)), curve.toY(value));
  });
  pen.line(points, { color: theme.text, width: 2 });
  pen.line([0, curve.height, curve.width, curve.height], { color: theme.line });
  for (const [i, run] of runs.entries()) {
    if (run.seeds >= 20)
      pen.image(densityOf(run, below, colorOf(i)), 0, curve.height, below.width, below.height);
    else {
      for (let seed = 0; seed < run.seeds; seed++) {
        const path: number[] = [];
        for (let k = 0; k <= run.steps; k++) {
          path.push(below.toX(run.points[k * run.seeds + seed] as number), curve.height + below.toY(-k));
        }
        pen.line(path, { color: colorOf(i), width: 1.2, opacity: 0.7 });
      }
    }
  }
  pen.text(label, 8, curve.height + 16, { color: theme.muted });
}

const bins = 160;
const bands = 100;

/** How many runs lie where, after how many steps: a picture of `bins` x `bands`, each band scaled to its densest bin. */
function densityOf(run: Run, frame: Frame, color: string): HTMLCanvasElement {
  const [left, right] = frame.bounds;
  const counts = new Float32Array(bins * bands);
  for (let k = 0; k <= run.steps; k++) {
    const band = Math.min(Math.floor((k / run.steps) * bands), bands - 1);
    for (let seed = 0; seed < run.seeds; seed++) {
      const x = run.points[k * run.seeds + seed] as number;
      const bin = Math.floor(((x - left) / (right - left)) * bins);
      if (bin >= 0 && bin < bins) counts[band * bins + bin]! += 1;
    }
  }
  const canvas = document.createElement("canvas");
  canvas.width = bins;
  canvas.height = bands;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const image = context.createImageData(bins, bands);
  const rgb = [1, 3, 5].map((i) => Number.parseInt(color.slice(i, i + 2), 16));
  for (let band = 0; band < bands; band++) {
    const row = counts.subarray(band * bins, (band + 1) * bins);
    const most = Math.max(...row, 1);
    row.forEach((count, bin) => {
      const at = 4 * (band * bins + bin);
      for (let k = 0; k < 3; k++) image.data[at + k] = rgb[k] as number;
      image.data[at + 3] = 210 * Math.sqrt(count / most);
    });
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** The runs as points on the curve, the present in the lower half, and the start. */
export function drawBeads(
  pen: Pen,
  scene: Scene,
  field: Field,
  [curve, below]: readonly [Frame, Frame],
  theme: Theme,
): void {
  const [left, right] = field.bounds;
  const heightAt = (x: number): number => {
    const at = ((x - left) / (right - left)) * (field.values.length - 1);
    const k = Math.floor(at);
    const a = field.values[k] as number;
    return curve.toY(a + ((field.values[k + 1] as number) - a) * (at - k));
  };
  const dotsOf = (run: Run, seeds: number): number[] => {
    const dots: number[] = [];
    for (let seed = 0; seed < seeds; seed++) {
      const [x] = positionAt(run, scene.time, seed) as [number];
      dots.push(curve.toX(x), heightAt(x));
    }
    return dots;
  };
  const now = curve.height + below.toY(-scene.time);
  pen.line([0, now, below.width, now], { color: theme.text, opacity: 0.6, dash: [4, 4] });
  for (const [i, run] of scene.runs.entries()) {
    if (run.seeds > 1) pen.dots(dotsOf(run, run.seeds), { color: colorOf(i), radius: 2, opacity: 0.5 });
    pen.dots(dotsOf(run, 1), { color: colorOf(i), radius: 6, rim: theme.background });
  }
  const [x] = scene.start as [number];
  pen.dots([curve.toX(x), heightAt(x)], { color: theme.background, radius: 7, rim: theme.text });
}
