import { isPresent } from "../../data/folders.ts";
import { datasets } from "../../data/registry/index.ts";
import {
  boundedWell,
  breastCancer,
  type FiniteSum,
  quadratic,
  secondMomentWithin,
  sineParabola,
} from "../../problems/index.ts";
import { inner } from "../../problems/symmetric.ts";
import { randomStream } from "../../random.ts";
import type { Assumption, Point } from "../item.ts";
import type { SeedsResult } from "../run/seeds.ts";
import { meanOf, show } from "../verdict.ts";

/** A problem and where runs on it start. */
export interface Setting {
  readonly problem: FiniteSum;
  readonly start: Float64Array;
}

/** 1/2 ||x||^2 in 20 dimensions under noise that dwarfs the gradient: here the PL bounds are nearly attained. */
export const tight = (): Setting => ({
  problem: quadratic(Array(20).fill(1), { samples: 500, variance: 1 }),
  start: new Float64Array(20).fill(0.5 / Math.sqrt(20)),
});

/** Curvatures from 0.2 to 1 under noise of variance 1. */
export const plQuadratic = (samples: number): FiniteSum =>
  quadratic([0.2, 0.4, 0.6, 0.8, 1], { samples, variance: 1 });

/** A standard normal start for every seed. */
export const normalStart =
  (dimension: number, purpose: string) =>
  (seed: number): Float64Array => {
    const random = randomStream(seed, `${purpose} start`);
    return Float64Array.from({ length: dimension }, () => random.normal());
  };

/** Ridge-logistic regression on breast cancer, from zero. */
export const cancer = async (ridge = 0.1): Promise<Setting> => {
  const problem = await breastCancer(ridge);
  return { problem, start: new Float64Array(problem.dimension) };
};

/** Not convex, but PL. */
export const sine = (): Setting => ({
  problem: sineParabola(5, { samples: 500, variance: 1 }),
  start: new Float64Array(5).fill(3),
});

/** Neither convex nor PL. */
export const well = (): Setting => ({
  problem: boundedWell(Array(5).fill(2), { samples: 500, variance: 0.1 }),
  start: new Float64Array(5).fill(1.5),
});

export const startGap = ({ problem, start }: Setting): number =>
  problem.value(start) - problem.constants.fStar;

export const startDistance2 = ({ problem, start }: Setting): number => {
  const d = start.map((v, j) => v - (problem.constants.xStar[j] as number));
  return inner(d, d);
};

export const smooth = ({ name, constants }: FiniteSum): Assumption => ({
  text: "$f$ is $L$-smooth",
  problem: name,
  satisfied: true,
  why: `L = ${show(constants.L)}, the largest eigenvalue of the Hessian over the whole space`,
});

export const polyakLojasiewicz = ({ name, constants }: FiniteSum): Assumption => ({
  text: "$f$ is Polyak-Łojasiewicz with $\\mu$",
  problem: name,
  satisfied: constants.pl > 0,
  why:
    constants.pl > 0 ? `μ = ${show(constants.pl)} on the whole space` : "no μ > 0 serves on the whole space",
});

export const convex = ({ name, convex: is }: FiniteSum): Assumption => ({
  text: "$f$ is convex",
  problem: name,
  satisfied: is,
  why: is ? "a sum of convex losses" : "its second derivative is negative in places",
});

/** sigma^2 as measured, and what it could be at most where the runs went. */
export const boundedMoment = (
  { name, constants }: FiniteSum,
  sigma2: number,
  { radius2 }: SeedsResult,
): Assumption => ({
  text: "$\\mathbb E\\|\\nabla f_i(x)\\|^2\\le\\sigma^2$ at every point visited",
  problem: name,
  satisfied: true,
  why: `σ² = ${show(sigma2)}, the largest value at any recorded point of any seed; all points visited lie within ${show(Math.sqrt(radius2))} of x*, where it is at most ${show(secondMomentWithin(constants, radius2))}; no bound exists on the whole space`,
});

/** One point for each x: the mean over seeds with its interval. */
export const pointsOf = (x: readonly number[], samples: readonly ArrayLike<number>[]): Point[] =>
  x.map((at, i) => {
    const { mean, low, high } = meanOf(samples[i] as ArrayLike<number>);
    return { x: at, mean, low, high };
  });

/** A problem whose data does not ship: present on this machine, or a note that says how to get it. */
export async function ifPresent(
  name: "w8a" | "california-housing",
  make: () => Promise<FiniteSum>,
): Promise<{ problems: FiniteSum[]; notes: string[] }> {
  if (isPresent(datasets[name])) return { problems: [await make()], notes: [] };
  return {
    problems: [],
    notes: [`Without ${name}, which is not on this machine: \`steepest data get ${name}\` adds it.`],
  };
}
