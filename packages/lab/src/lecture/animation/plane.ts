import type { FiniteSum } from "../../problems/finite-sum.ts";
import { leastSquares } from "../../problems/linear-model.ts";
import { denseRows } from "../../problems/rows.ts";
import { randomStream } from "../../random.ts";
import { samples } from "./catalog.ts";
import type { Animation } from "./format.ts";

/** The plane that the animations are set in: a least-squares problem of two unknowns, and the window that shows it. */

export const start = Float64Array.of(-2.4, 1.8);
export const frameWindow = { x: [-3, 3] as const, y: [-2.6, 2.6] as const };

export interface Lines {
  readonly problem: FiniteSum;
  /** The problem of some of the samples alone. */
  subset(indices: readonly number[]): FiniteSum;
}

/**
 * Least squares on lines a_i . x = b_i that do not meet in one point.
 *
 * @param scatter how far they miss the origin
 * @param long every fourth a_i is so many times as long: their own curvatures are the largest L_i
 */
export function linesInThePlane(scatter: number, long = 1): Lines {
  const random = randomStream(4, "lines in the plane");
  const rows = new Float64Array(2 * samples);
  const targets = new Float64Array(samples);
  for (let i = 0; i < samples; i++) {
    const angle = (Math.PI * (i + 0.7 * random.uniform())) / samples;
    const length = i % 4 === 0 ? long : 1;
    rows[2 * i] = length * 1.4 * Math.cos(angle);
    rows[2 * i + 1] = length * 0.7 * Math.sin(angle);
    targets[i] = scatter * random.normal() * length;
  }
  const of = (indices: readonly number[]) =>
    leastSquares({
      name: `least squares on ${indices.length} lines in the plane`,
      rows: denseRows(
        Float64Array.from(indices.flatMap((i) => [rows[2 * i] as number, rows[2 * i + 1] as number])),
        indices.length,
        2,
      ),
      targets: Float64Array.from(indices, (i) => targets[i] as number),
    });
  return { problem: of(Array.from({ length: samples }, (_, i) => i)), subset: of };
}

/** f(x) - f* over the window. */
export function field({ value, constants }: FiniteSum): Animation["field"] {
  const [columns, rows] = [61, 53];
  const at = ([low, high]: readonly [number, number], i: number, n: number) =>
    low + ((high - low) * i) / (n - 1);
  const values = Array.from({ length: rows * columns }, (_, k) => {
    const x = at(frameWindow.x, k % columns, columns);
    const y = at(frameWindow.y, Math.floor(k / columns), rows);
    return Number((value(Float64Array.of(x, y)) - constants.fStar).toPrecision(5));
  });
  return { columns, rows, values };
}
