import { boundedWell, type FiniteSum, quadratic } from "../../problems/index.ts";
import * as bounds from "../bounds/index.ts";
import { seeds } from "../item.ts";
import { evaluateAt } from "../run/records.ts";
import { runSeeds, type SeedsResult } from "../run/seeds.ts";
import { normalStart, plQuadratic } from "./problems.ts";

/** Curvatures from 1 down to 1e-5, evenly on a log scale: far longer than the runs, the slowest are not done. */
const wide = Array.from({ length: 40 }, (_, j) => 10 ** ((-5 * j) / 39));

export interface FunctionClass {
  readonly name: string;
  readonly problem: FiniteSum;
  /** The same f for gradient descent, which sees no noise: it sums to zero, so two samples do. */
  readonly quiet: FiniteSum;
  readonly start: (seed: number) => Float64Array;
  /** What the rate is about: f(x) − f* or the least ‖∇f‖² so far. */
  readonly measure: "gap" | "gradient2";
  readonly gd: Rate & { bound(start: Start, k: number): number };
  readonly sgd: Rate & {
    rate(k: number): number;
    /** Judges the average weighted by the steps instead of the last iterate. */
    readonly average: boolean;
    bound(start: Start, sigma2: number, k: number): number;
  };
}

/** A rate, and its exponent of k if it is a power. */
interface Rate {
  readonly theory: string;
  readonly exponent?: number;
}

/** Means over the start points. */
export interface Start {
  readonly D0: number;
  readonly R2: number;
}

/** PL, convex and not convex: a problem of each with n samples, of which gradient descent pays n a step and SGD one. */
export function functionClasses(n: number): FunctionClass[] {
  const strong = plQuadratic(n);
  const flat = (samples: number) => quadratic(wide, { samples, variance: 1 });
  const rough = (samples: number) => boundedWell(wide, { samples, variance: 0.1 });
  const { L, pl: mu } = strong.constants;
  const stepsUntil = (a0: number, k: number) => Array.from({ length: k }, (_, j) => bounds.sqrtStep(a0, j));
  return [
    {
      name: "PL",
      problem: strong,
      quiet: plQuadratic(2),
      start: normalStart(strong.dimension, "rates"),
      measure: "gap",
      gd: { theory: "(1 − μ/L)^k", bound: ({ D0 }, k) => bounds.gdPl(L, mu, D0, k) },
      sgd: {
        theory: "−1",
        exponent: -1,
        rate: (k) => bounds.plStep(mu, k),
        average: false,
        bound: (_, sigma2, k) => bounds.sgdPlDecreasing({ L, mu, sigma2 }, k),
      },
    },
    {
      name: "convex",
      problem: flat(n),
      quiet: flat(2),
      start: normalStart(wide.length, "rates"),
      measure: "gap",
      gd: { theory: "−1", exponent: -1, bound: ({ R2 }, k) => bounds.gdConvexTight(1, R2, k) },
      sgd: {
        theory: "−1/2",
        exponent: -1 / 2,
        rate: (k) => bounds.sqrtStep(0.5, k),
        average: true,
        bound: ({ R2 }, sigma2, k) => bounds.sgdConvexWeighted(sigma2, stepsUntil(0.5, k), R2),
      },
    },
    {
      name: "nonconvex, ‖∇f‖²",
      problem: rough(n),
      quiet: rough(2),
      // q x^2 = 2.25 in every coordinate: where the second derivative is negative.
      start: () => Float64Array.from(wide, (curvature) => 1.5 * Math.sqrt(2 / curvature)),
      measure: "gradient2",
      gd: { theory: "−1", exponent: -1, bound: ({ D0 }, k) => bounds.gdNonconvex(1, D0, k) },
      sgd: {
        theory: "−1/2",
        exponent: -1 / 2,
        rate: (k) => bounds.sqrtStep(0.5, k),
        average: false,
        bound: ({ D0 }, sigma2, k) => bounds.sgdNonconvexWeighted(1, sigma2, stepsUntil(0.5, k), D0),
      },
    },
  ];
}

/** Gradient descent from the class's starts, step 1/L. */
export const runGd = ({ problem, quiet, start }: FunctionClass, record: readonly number[]) =>
  runSeeds({
    problem: quiet,
    start,
    rate: () => 1 / problem.constants.L,
    batch: quiet.samples,
    sampling: "all",
    seeds,
    purpose: "rates",
    record,
  });

/** SGD with the class's steps, one sample each. */
export const runSgd = ({ problem, start, sgd }: FunctionClass, record: readonly number[]) =>
  runSeeds({
    problem,
    start,
    rate: sgd.rate,
    ...(sgd.average && { weight: sgd.rate }),
    seeds,
    purpose: "rates",
    record,
  });

/** What the class's rate speaks of, for each seed at every record but the one at k = 0. */
export async function progressOf(
  { measure, problem }: FunctionClass,
  { last, average }: SeedsResult,
): Promise<readonly Float64Array[]> {
  if (measure === "gradient2") return runningMinimum(await evaluateAt(problem, last, "gradient2"));
  return average.length > 0 ? average.map((m) => m.gap) : last.slice(1).map((m) => m.gap);
}

/** The smallest value of each seed before every recorded step but the first. */
function runningMinimum(values: readonly Float64Array[]): Float64Array[] {
  let least = (values[0] as Float64Array).slice();
  return values.slice(1).map((_, i) => {
    const current = values[i] as Float64Array;
    least = least.map((v, s) => Math.min(v, current[s] as number));
    return least;
  });
}
