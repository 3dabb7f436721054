import { randomStream } from "../random.ts";
import { filterDirection, orthonormalPair, principalDirections, randomDirection } from "./directions.ts";
import type { LandscapeAxis, LandscapeMethod } from "./format.ts";
import { evenly, type Frame, project, windowAround } from "./frame.ts";
import { difference, type Layout } from "./vectors.ts";

/** A network with a name. */
export interface Network {
  readonly label: string;
  readonly vector: Float32Array;
}

/** The networks of a training run, at these steps. */
export interface TrainingPath {
  readonly steps: readonly number[];
  readonly networks: readonly Float32Array[];
}

/** Which line or plane to look at. */
export interface View {
  readonly method: LandscapeMethod;
  /** A line instead of a plane. */
  readonly line: boolean;
  /** Points along each axis. */
  readonly grid: number;
  /** Widens the picture: half its width for random directions, else a multiple of what it must show. */
  readonly range: number;
  readonly seed: number;
}

/**
 * The axes of a view. The first network is the center.
 *
 * @throws RangeError when the networks or the path that the method needs are missing or span too few dimensions
 */
export function frameFor(
  view: View,
  layout: Layout,
  networks: readonly Network[],
  path: TrainingPath | undefined,
): { frame: Frame; axes: LandscapeAxis[] } {
  const { method, line, grid, range, seed } = view;
  const [first, ...others] = networks as [Network, ...Network[]];
  const center = first.vector;
  const count = line ? 1 : 2;
  const finish = (directions: Float64Array[], labels: string[], coordinates: number[][]) => ({
    frame: { center, axes: directions },
    axes: directions.map((d, k) => ({
      label: labels[k] as string,
      coordinates: coordinates[k] as number[],
      unit: Math.sqrt(d.reduce((sum, v) => sum + v * v, 0)),
    })),
  });
  if (method === "random" || method === "filter") {
    const directions = Array.from({ length: count }, (_, k) => {
      const random = randomStream(seed, `landscape direction ${k}`);
      return method === "random" ? randomDirection(center, random) : filterDirection(center, layout, random);
    });
    const name = method === "random" ? "random direction" : "filter-normalised direction";
    const around = evenly(-range, range, grid);
    return finish(directions, [`${name} 1`, `${name} 2`], [around, around]);
  }
  if (method === "pca") {
    if (path === undefined) throw new RangeError("landscape: pca needs the path of training; expected one");
    const directions = principalDirections(path.networks, center, count);
    if (directions.length < count) {
      throw new RangeError(
        `landscape: the path spans ${directions.length} dimension(s), ${count} are needed; expected --line or a longer path`,
      );
    }
    return fitted(
      directions,
      ["principal component 1", "principal component 2"],
      [...path.networks, ...networks.map((n) => n.vector)],
    );
  }
  if (others.length !== count) {
    throw new RangeError(
      `landscape: between takes two networks for a line, three for a plane; found ${networks.length}`,
    );
  }
  const ways = others.map(({ vector }) => difference(vector, center));
  if (line) {
    if (ways[0]?.every((v) => v === 0)) throw new RangeError("landscape: the two networks are the same");
    const to = evenly(-range / 2, 1 + range / 2, grid);
    return finish(ways, [`from ${first.label} to ${others[0]?.label}`], [to]);
  }
  const pair = orthonormalPair(ways[0] as Float64Array, ways[1] as Float64Array);
  return fitted(
    pair,
    [`towards ${others[0]?.label}`, `orthogonal, towards ${others[1]?.label}`],
    networks.map((n) => n.vector),
  );

  /** A window that shows these networks. */
  function fitted(directions: Float64Array[], labels: string[], shown: Float32Array[]) {
    const frame = { center, axes: directions };
    const at = shown.map((network) => project(frame, network).at);
    const windows = directions.map((_, k) =>
      windowAround(
        at.map((a) => a[k] as number),
        range,
        grid,
      ),
    );
    return finish(directions, labels, windows);
  }
}
