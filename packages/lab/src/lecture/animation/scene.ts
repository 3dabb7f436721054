import type { FiniteSum } from "../../problems/finite-sum.ts";
import { runSeeds, type SeedsOptions, type SeedsResult } from "../run/seeds.ts";
import { show } from "../verdict.ts";
import type { GivenValues, SceneEntry } from "./catalog.ts";
import type { Animation, AnimationFrame, AnimationSeries } from "./format.ts";
import { field, frameWindow } from "./plane.ts";

export interface SceneOptions {
  /** Fewer frames. */
  readonly quick?: boolean;
  /** Default: the scene's own. */
  readonly values?: GivenValues;
  /** Runs what is not a step; browsers have "wasm" only. Default "native". */
  readonly executor?: SeedsOptions["executor"];
}

/** A picture that moves, computed with the lecture's own runs. */
export interface Scene extends SceneEntry {
  /** @throws RangeError for a value outside of its parameter's range. */
  make(options?: SceneOptions): Promise<Animation>;
}

/** Runs of a method side by side. */
export const seeds = 200;

/** Six decimals; no negative zero, which JSON does not keep. */
const round = (v: number): number => Math.round(v * 1e6) / 1e6 + 0;

/** The points of all seeds at a record that lie in a window somewhat larger than the picture. */
export function visible(xs: Float64Array): number[] {
  const points: number[] = [];
  for (let i = 0; i < xs.length; i += 2) {
    const [x, y] = [xs[i] as number, xs[i + 1] as number];
    if (Math.abs(x) < 6 && Math.abs(y) < 6) points.push(round(x), round(y));
  }
  return points;
}

/** The frames of a scene on a problem in the plane. */
export function animation(
  { id, title }: Scene,
  problem: FiniteSum,
  parts: Pick<Animation, "caption" | "numbers"> & {
    readonly series: readonly AnimationSeries[];
    readonly frames: readonly AnimationFrame[];
  },
): Animation {
  const [x, y] = problem.constants.xStar as unknown as [number, number];
  return {
    format: "steepest-animation",
    version: 1,
    id,
    title,
    x: { label: "x₁", range: frameWindow.x },
    y: { label: "x₂", range: frameWindow.y },
    field: field(problem),
    marks: [{ name: "x*", x: round(x), y: round(y) }],
    framesPerSecond: 15,
    ...parts,
  };
}

/** Clouds of runs from one start, one series each: by its name, how it is run. */
export async function clouds(
  scene: Scene,
  problem: FiniteSum,
  start: Float64Array,
  runs: Readonly<Record<string, Pick<SeedsOptions, "rate" | "method" | "batch" | "sampling">>>,
  record: readonly number[],
  executor: SeedsOptions["executor"],
): Promise<{ series: AnimationSeries[]; frames: AnimationFrame[] }> {
  const results: SeedsResult[] = [];
  for (const options of Object.values(runs)) {
    results.push(await runSeeds({ problem, start, seeds, purpose: scene.id, record, executor, ...options }));
  }
  const series = Object.entries(runs).map(([name, { sampling }], color): AnimationSeries => {
    return { name, kind: sampling === "all" ? "path" : "cloud", color };
  });
  const frames = record.map((step, i) => {
    const points = results.map(({ last }, r) => {
      const all = visible((last[i] as { x: Float64Array }).x);
      return series[r]?.kind === "path" ? all.slice(0, 2) : all;
    });
    return { step, points };
  });
  return { series, frames };
}

/** How a step is told in names of series. */
export const stepName = (rate: number, batch: number): string =>
  batch === 1 ? `step ${show(rate)}` : `step ${show(rate)}, batch ${batch}`;
