import type { Pen } from "@steepest/lab/drawing";
import type { Animation } from "@steepest/lab/format";
import { type ChartOptions, drawChart, type Series, stepX } from "../ui/chart.ts";
import { colorOf, type Theme } from "../ui/theme.ts";

/**
 * Median distance to the first mark over the runs of every series that is there from the first frame on. A run that left
 * the plane is not in the frames and counts as infinitely far.
 */
export function distancesOf({ series, frames, marks }: Animation): Series[] {
  const [mark] = marks;
  if (mark === undefined) return [];
  const at = frames.map(({ step }) => step);
  return series.flatMap(({ kind, color }, i): Series[] => {
    const points = frames.map((frame) => frame.points[i] ?? []);
    const runs = (points[0]?.length ?? 0) / 2;
    if (kind === "marker" || runs === 0) return [];
    const values = points.map((flat) => {
      const far = Array.from({ length: flat.length / 2 }, (_, k) =>
        Math.hypot((flat[2 * k] as number) - mark.x, (flat[2 * k + 1] as number) - mark.y),
      ).sort((a, b) => a - b);
      return far[Math.floor((runs - 1) / 2)] ?? Number.POSITIVE_INFINITY;
    });
    return [{ color: colorOf(color), values, at, width: 2 }];
  });
}

/** The distances over the steps, and where the shown frame is. */
export function drawDistances(
  pen: Pen,
  { width, height }: Pick<ChartOptions, "width" | "height">,
  theme: Theme,
  distances: readonly Series[],
  { frames }: Animation,
  frame: number,
): void {
  const options = { width, height, steps: Math.max(1, frames.at(-1)?.step ?? 1), log: true };
  drawChart(pen, distances, options, theme);
  const x = stepX(frames[frame]?.step ?? 0, options);
  pen.line([x, 8, x, height - 18], { color: theme.text, opacity: 0.6 });
}
