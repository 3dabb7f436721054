import { inner, squaredDistance } from "../problems/symmetric.ts";
import type { LandscapePath } from "./format.ts";
import { difference } from "./vectors.ts";

/** A line or a plane in the space of parameters: center + sum of coordinates times axes. */
export interface Frame {
  readonly center: Float32Array;
  /** One or two; they need be neither orthogonal nor of length one. */
  readonly axes: readonly Float64Array[];
}

/** Writes the network at some coordinates into `out`. */
export function networkAt({ center, axes }: Frame, at: readonly number[], out: Float32Array): Float32Array {
  const [u, v] = axes as [Float64Array, Float64Array?];
  const [a, b = 0] = at as [number, number?];
  for (let i = 0; i < out.length; i++) {
    out[i] = (center[i] as number) + a * (u[i] as number) + (v === undefined ? 0 : b * (v[i] as number));
  }
  return out;
}

/** The nearest point of the line or plane: its coordinates, and the distance to it. */
export function project(
  { center, axes }: Frame,
  network: ArrayLike<number>,
): { at: number[]; residual: number } {
  const d = difference(network, center);
  const at = coordinates(axes, d);
  const rest = d.map((x, i) => axes.reduce((r, axis, k) => r - (at[k] as number) * (axis[i] as number), x));
  return { at, residual: Math.sqrt(squaredDistance(rest)) };
}

/** Least squares by the normal equations. */
function coordinates(axes: readonly Float64Array[], d: Float64Array): number[] {
  const [u, v] = axes as [Float64Array, Float64Array?];
  const uu = inner(u, u);
  const ud = inner(u, d);
  if (v === undefined) return [ud / uu];
  const [uv, vv, vd] = [inner(u, v), inner(v, v), inner(v, d)];
  const determinant = uu * vv - uv * uv;
  return [(ud * vv - vd * uv) / determinant, (vd * uu - ud * uv) / determinant];
}

/** The projection of a path, and the shares of its variance about the center that the axes explain. */
export function projectPath(
  frame: Frame,
  path: readonly Float32Array[],
): Pick<LandscapePath, "at" | "residual" | "explained"> {
  const total = path.reduce((sum, network) => sum + squaredDistance(network, frame.center), 0);
  const share = (part: Frame) => {
    const missed = path.reduce((sum, network) => sum + project(part, network).residual ** 2, 0);
    return total > 0 ? 1 - missed / total : 1;
  };
  const projections = path.map((network) => project(frame, network));
  return {
    at: projections.map((p) => p.at),
    residual: projections.map((p) => p.residual),
    explained: frame.axes.map((_, k) => share({ ...frame, axes: frame.axes.slice(0, k + 1) })),
  };
}

/** `count` coordinates from low to high. */
export const evenly = (low: number, high: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));

/** From the smallest to the largest value with a margin of a quarter on each side, widened `range` times. */
export function windowAround(values: readonly number[], range: number, count: number): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const middle = (low + high) / 2;
  const half = high > low ? 0.75 * (high - low) * range : range;
  return evenly(middle - half, middle + half, count);
}
