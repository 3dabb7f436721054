import { boundedWell, type FiniteSum, quadratic } from "../../problems/index.ts";
import * as bounds from "../bounds/index.ts";
import { bootstrapOver, type Estimate, fitExponent, slope } from "../fit.ts";
import { type Item, type Panel, type Series, seeds } from "../item.ts";
import { evaluateAt, recordAt, visitedSecondMoment } from "../run/records.ts";
import { runSeeds, type SeedsResult } from "../run/seeds.ts";
import { type BoundCheck, checkBound, meanOf, show } from "../verdict.ts";
import { convex, normalStart, plQuadratic, polyakLojasiewicz, smooth } from "./problems.ts";

/** Samples of every problem: gradient descent pays so many gradients a step. */
const n = 1000;

/** Curvatures from 1 down to 1e-5, evenly on a log scale: far longer than the runs, the slowest are not done. */
const wide = Array.from({ length: 40 }, (_, j) => 10 ** ((-5 * j) / 39));

interface Row {
  readonly name: string;
  readonly problem: FiniteSum;
  /** The same f for gradient descent, which sees no noise: it sums to zero, so two samples do. */
  readonly quiet: FiniteSum;
  readonly start: (seed: number) => Float64Array;
  /** What the rate is about: f(x) − f* or the least ‖∇f‖² so far. */
  readonly measure: "gap" | "gradient2";
  readonly gd: { readonly theory: string; readonly linear: boolean; bound(start: Start, k: number): number };
  readonly sgd: {
    readonly theory: string;
    rate(k: number): number;
    /** Judges the average weighted by the steps instead of the last iterate. */
    readonly average: boolean;
    bound(start: Start, sigma2: number, k: number): number;
  };
}

/** Means over the start points. */
interface Start {
  readonly D0: number;
  readonly R2: number;
}

function rows(): Row[] {
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
      gd: { theory: "(1 − μ/L)^k", linear: true, bound: ({ D0 }, k) => bounds.gdPl(L, mu, D0, k) },
      sgd: {
        theory: "−1",
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
      gd: { theory: "−1", linear: false, bound: ({ R2 }, k) => bounds.gdConvexTight(1, R2, k) },
      sgd: {
        theory: "−1/2",
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
      gd: { theory: "−1", linear: false, bound: ({ D0 }, k) => bounds.gdNonconvex(1, D0, k) },
      sgd: {
        theory: "−1/2",
        rate: (k) => bounds.sqrtStep(0.5, k),
        average: false,
        bound: ({ D0 }, sigma2, k) => bounds.sgdNonconvexWeighted(1, sigma2, stepsUntil(0.5, k), D0),
      },
    },
  ];
}

export const rateTableItem: Item = {
  id: "rate-table",
  title: "Rates of gradient descent and SGD, fitted",
  line: "GD and SGD side by side: bounds checked, exponents fitted, by iterations and by sample gradients",
  claim: String.raw`\begin{array}{lcc} & \text{GD} & \text{SGD}\\ \text{PL} & (1-\mu/L)^k & 1/k\\ \text{convex} & 1/k & 1/\sqrt k\\ \text{nonconvex},\ \min\|\nabla f\|^2 & 1/k & 1/\sqrt k\end{array}`,
  about:
    "Each rate is an upper bound over all functions of a class; each is checked with its constants. Beside it stands the exponent fitted to the mean over 200 seeds between a hundredth of the run and its end, on problems chosen so that the rates show: curvatures evenly spread over five decades, so that at every $k$ some coordinates are just being solved. Gradient descent has random starts in place of random samples. In the right panels both are counted in sample gradients: a step of gradient descent costs $n$ = 1000 of them, a step of SGD one.",
  source:
    "Karimi, Nutini and Schmidt (2016); Drori and Teboulle (2014); Nemirovski et al. (2009); Ghadimi and Lan (2013); Agarwal et al. (2012) for lower bounds",
  async run({ quick, progress }) {
    const steps = quick ? 10000 : 100000;
    const [checks, panels, table]: [BoundCheck[], Panel[], string[][]] = [[], [], []];
    const all = rows();
    for (const row of all) {
      const { name, problem, quiet, start } = row;
      progress?.(`${name}: gradient descent`);
      const gd = await runSeeds({
        problem: quiet,
        start,
        rate: () => 1 / problem.constants.L,
        batch: quiet.samples,
        sampling: "all",
        seeds,
        purpose: "rates",
        record: recordAt(1000, 30),
      });
      progress?.(`${name}: SGD`);
      const { rate, average } = row.sgd;
      const sgd = await runSeeds({
        problem,
        start,
        rate,
        ...(average && { weight: rate }),
        seeds,
        purpose: "rates",
        record: recordAt(steps),
      });
      const first = gd.last[0] as SeedsResult["last"][number];
      const at0: Start = { D0: meanOf(first.gap).mean, R2: meanOf(first.distance2).mean };
      const sigma2 = await visitedSecondMoment(problem, sgd);
      const judged = {
        GD: await judge(`${name}, GD`, gd, row, false, (k) => row.gd.bound(at0, k)),
        SGD: await judge(`${name}, SGD`, sgd, row, average, (k) => row.sgd.bound(at0, sigma2, k)),
      };
      for (const [method, { check, values, at }] of Object.entries(judged)) {
        checks.push(check);
        const { theory } = method === "GD" ? row.gd : row.sgd;
        const linear = method === "GD" && row.gd.linear;
        const fitted = linear ? factor(at, values) : exponent(at, values);
        table.push([
          name,
          method,
          linear ? `factor ${show(1 - problem.constants.pl / problem.constants.L)} a step` : theory,
          `${show(fitted.mean)} [${show(fitted.low)}, ${show(fitted.high)}]`,
          valueAt(at, values, 100),
          valueAt(at, values, method === "GD" ? 1e4 / n : 1e4),
        ]);
      }
      panels.push(...panelsOf(row, judged));
    }
    return {
      assumptions: [
        ...all.map((r) => smooth(r.problem)),
        ...all.slice(0, 1).map((r) => polyakLojasiewicz(r.problem)),
        ...all.slice(1, 2).map((r) => convex(r.problem)),
      ],
      checks,
      panels,
      tables: [
        {
          title: "Rates",
          header: [
            "class",
            "method",
            "exponent of k in theory",
            "fitted",
            "after 100 iterations",
            "after 10⁴ sample gradients",
          ],
          rows: table,
        },
      ],
    };
  },
};

/** What a rate speaks of, at every recorded k of 1 or more, and its bound. */
interface Judged {
  readonly at: readonly number[];
  readonly values: readonly Float64Array[];
  readonly check: BoundCheck;
}

async function judge(
  name: string,
  { at, last, average }: SeedsResult,
  { measure, problem }: Row,
  averaged: boolean,
  bound: (k: number) => number,
): Promise<Judged> {
  const values =
    measure === "gradient2"
      ? runningMinimum(await evaluateAt(problem, last, "gradient2"))
      : averaged
        ? average.map((m) => m.gap)
        : last.slice(1).map((m) => m.gap);
  const later = at.slice(1);
  return { at: later, values, check: checkBound(`${name}: the theorem's bound`, later, values, bound) };
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

/** Over the last two decades of k. */
function exponent(at: readonly number[], values: readonly Float64Array[]): Estimate {
  const from = at.findIndex((k) => k >= (at.at(-1) as number) / 100);
  return fitExponent(at.slice(from), values.slice(from));
}

/** The factor of linear convergence, where rounding does not show yet. */
function factor(at: readonly number[], values: readonly Float64Array[]): Estimate {
  const shown = values.flatMap((v, i) => (meanOf(v).mean > 1e-12 ? [i] : []));
  return bootstrapOver(seeds, (mean) => {
    const logs = shown.map((i) => Math.log(mean(values[i] as Float64Array)));
    return Math.exp(
      slope(
        shown.map((i) => at[i] as number),
        logs,
      ),
    );
  });
}

const valueAt = (at: readonly number[], values: readonly Float64Array[], k: number): string => {
  const i = at.indexOf(k);
  return i < 0 ? "" : meanOf(values[i] as Float64Array).mean.toPrecision(3);
};

/** One panel by iterations, one by sample gradients. */
function panelsOf({ name, problem, measure }: Row, judged: Readonly<Record<string, Judged>>): Panel[] {
  const series = (cost: (method: string) => number): Series[] =>
    Object.entries(judged).flatMap(([method, { check }]): Series[] => {
      const scaled = (points: BoundCheck["measured"]) => points.map((p) => ({ ...p, x: p.x * cost(method) }));
      return [
        { name: method, kind: "measured", group: method, points: scaled(check.measured) },
        { name: `${method}, bound`, kind: "bound", group: method, points: scaled(check.bound) },
      ];
    });
  const y = { label: measure === "gap" ? "f(x) − f*" : "least ‖∇f‖² so far", log: true };
  const title = `${name.split(",")[0]}: ${problem.name}`;
  return [
    { title, x: { label: "iterations", log: true }, y, series: series(() => 1) },
    {
      title: `${name.split(",")[0]}, by sample gradients (n = ${n})`,
      x: { label: "sample gradients", log: true },
      y,
      series: series((method) => (method === "GD" ? n : 1)),
    },
  ];
}
