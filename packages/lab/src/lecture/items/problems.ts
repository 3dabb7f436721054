import { boundedWell, breastCancer, type FiniteSum, quadratic, sineParabola } from "../../problems/index.ts";
import { inner } from "../../problems/symmetric.ts";
import type { Assumption } from "../item.ts";
import { show } from "../verdict.ts";

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
  problem: boundedWell(5, { samples: 500, variance: 0.1 }),
  start: new Float64Array(5).fill(1.5),
});

export const startGap = ({ problem, start }: Setting): number =>
  problem.value(start) - problem.constants.fStar;

export const startDistance2 = ({ problem, start }: Setting): number => {
  const d = start.map((v, j) => v - (problem.constants.xStar[j] as number));
  return inner(d, d);
};

export const smooth = ({ name, constants }: FiniteSum): Assumption => ({
  text: "f is L-smooth",
  problem: name,
  satisfied: true,
  why: `L = ${show(constants.L)}, the largest eigenvalue of the Hessian over the whole space`,
});

export const polyakLojasiewicz = ({ name, constants }: FiniteSum): Assumption => ({
  text: "f is Polyak-Łojasiewicz with mu",
  problem: name,
  satisfied: constants.pl > 0,
  why:
    constants.pl > 0
      ? `mu = ${show(constants.pl)} on the whole space`
      : "no mu > 0 serves on the whole space",
});

export const convex = ({ name, convex: is }: FiniteSum): Assumption => ({
  text: "f is convex",
  problem: name,
  satisfied: is,
  why: is ? "a sum of convex losses" : "its second derivative is negative in places",
});

export const boundedMoment = ({ name }: FiniteSum, sigma2: number): Assumption => ({
  text: "E||grad f_i(x)||^2 <= sigma^2 at every point visited",
  problem: name,
  satisfied: true,
  why: `sigma^2 = ${show(sigma2)} is the largest value at any recorded point of any seed; no bound exists on the whole space`,
});
