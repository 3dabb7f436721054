import { breastCancerConvex, quadratic } from "../../problems/index.ts";
import { plStep, sqrtStep } from "../bounds/index.ts";
import { fitExponent } from "../fit.ts";
import { type Item, type Panel, type Point, seeds } from "../item.ts";
import { descend } from "../run/descend.ts";
import { recordAt } from "../run/records.ts";
import { runSeeds, type SeedsOptions } from "../run/seeds.ts";
import { type Check, checkInterval, meanOf, show } from "../verdict.ts";
import { convex, polyakLojasiewicz, type Setting, smooth, well } from "./problems.ts";

/** Curvatures from 0.2 to 1. */
const spectrum = [0.2, 0.4, 0.6, 0.8, 1];
const pl = (samples: number): Setting => ({
  problem: quadratic(spectrum, { samples, variance: 1 }),
  start: new Float64Array(5).fill(1),
});

export const rateTableItem: Item = {
  id: "rate-table",
  title: "Rates of gradient descent and SGD, fitted",
  claim: String.raw`\begin{array}{lcc} & \text{GD} & \text{SGD}\\ \text{PL} & (1-\mu/L)^k & 1/k\\ \text{convex} & 1/k & 1/\sqrt k\\ \text{nonconvex},\ \min\|\nabla f\|^2 & 1/k & 1/\sqrt k\end{array}`,
  about:
    "Exponents fitted to the last two thirds (on a log scale) of the mean over seeds. The table gives upper bounds over all functions of a class: a run may be faster, so a rate holds when the fitted exponent is at or below it. SGD under PL is the exception: there 1/k cannot be beaten under persistent noise, and the exponent must be -1. In the second figure both methods are counted in sample gradients: SGD's are free of n, gradient descent pays n for every step, and the crossing moves to the right with n.",
  source:
    "Karimi, Nutini and Schmidt (2016); Ghadimi and Lan (2013); Agarwal et al. (2012) for the lower bound",
  async run({ quick, progress }) {
    const steps = quick ? 5000 : 50000;
    const checks: Check[] = [];
    const curves: Panel["series"][number][] = [];
    const sgd = async (
      name: string,
      options: Omit<SeedsOptions, "seeds" | "purpose" | "record">,
      limit: number,
    ) => {
      progress?.(name);
      const run = await runSeeds({ ...options, seeds, purpose: name, record: recordAt(steps) });
      const nonconvex = name.includes("nonconvex");
      const values = nonconvex
        ? runningMinimum(run.last.map((m) => m.gradient2))
        : options.weight
          ? run.average.map((m) => m.gap)
          : run.last.slice(1).map((m) => m.gap);
      const at = run.at.slice(1);
      const from = at.findIndex((k) => k >= steps ** (1 / 3));
      const exponent = fitExponent(at.slice(from), values.slice(from));
      // -1 under PL is attained; elsewhere a rate is an upper bound.
      checks.push(
        checkInterval(
          `${name}: exponent of k`,
          exponent,
          limit === -1 ? [-1.1, -0.9] : [-Infinity, limit + 0.1],
        ),
      );
      curves.push({
        name: `${name}: ${show(exponent.mean)} [${show(exponent.low)}, ${show(exponent.high)}], theory ${limit}`,
        kind: "measured",
        points: at.map((x, i) => {
          const { mean, low, high } = meanOf(values[i] as Float64Array);
          return { x, mean, low, high };
        }),
      });
    };
    const strong = pl(1000);
    await sgd("SGD, PL", { ...strong, rate: (k) => plStep(0.2, k) }, -1);
    const flat = await breastCancerConvex();
    await sgd(
      "SGD, convex",
      {
        problem: flat,
        start: new Float64Array(5),
        rate: (k) => sqrtStep(1, k),
        weight: (k) => sqrtStep(1, k),
      },
      -0.5,
    );
    const rough = well();
    await sgd("SGD, nonconvex", { ...rough, rate: (k) => sqrtStep(0.3, k) }, -0.5);

    const descent: Panel["series"][number][] = [];
    const gd = async (name: string, setting: Setting, nonconvex: boolean, linear: boolean) => {
      progress?.(name);
      const run = await descend(setting, recordAt(linear ? 60 : 300));
      const values = nonconvex
        ? runningMinimum(run.last.map((m) => m.gradient2)).map((v) => v[0] as number)
        : run.last.slice(1).map((m) => m.gap[0] as number);
      const at = run.at.slice(1);
      const { L, pl: mu } = setting.problem.constants;
      const kept = at
        .map((k, i) => [k, values[i] as number] as const)
        .filter(([k, v]) => k >= 5 && v > 1e-12);
      const [first, last] = [kept[0] ?? [5, 1], kept.at(-1) ?? [6, 1]];
      const rate = linear
        ? (last[1] / first[1]) ** (1 / Math.max(1, last[0] - first[0]))
        : Math.log(last[1] / first[1]) / Math.log(last[0] / first[0]);
      const limit = linear ? 1 - mu / L : -1;
      checks.push(
        checkInterval(
          linear ? `${name}: factor a step` : `${name}: exponent of k`,
          { mean: rate, low: rate, high: rate },
          [-Infinity, limit + 1e-9],
        ),
      );
      descent.push({
        name: `${name}: ${linear ? "factor" : "exponent"} ${show(rate)}, theory at most ${show(limit)}`,
        kind: "measured",
        points: at.map((x, i) => ({ x, mean: values[i] as number })),
      });
    };
    await gd("GD, PL", strong, false, true);
    await gd("GD, convex", { problem: flat, start: new Float64Array(5) }, false, false);
    await gd("GD, nonconvex", rough, true, false);

    const sizes = quick ? [30, 100, 300, 1000, 3000] : [30, 100, 300, 1000, 3000, 10000];
    const crossing: Point[] = [];
    for (const n of sizes) {
      progress?.(`crossing, n = ${n}`);
      const setting = pl(n);
      const slow = await runSeeds({
        ...setting,
        rate: (k) => plStep(0.2, k),
        seeds,
        purpose: "crossing",
        record: recordAt(Math.min(60 * n, quick ? 20000 : 200000), 120),
      });
      const fast = await descend({ problem: setting.problem, start: setting.start }, recordAt(60));
      crossing.push({
        x: n,
        mean: cross(
          slow.at,
          slow.last.map((m) => meanOf(m.gap).mean),
          fast.at,
          fast.last.map((m) => m.gap[0] as number),
          n,
        ),
      });
    }
    const growth = crossing.every((p, i) => i === 0 || p.mean > (crossing[i - 1] as Point).mean);
    checks.push({
      claim: "the crossing point, in sample gradients, grows with n",
      verdict: growth ? "holds" : "does not hold",
      detail: crossing.map((p) => `n = ${p.x}: ${show(p.mean)}`).join("; "),
    });
    const axis = {
      x: { label: "step k", log: true },
      y: { label: "f(x) - f*, or least ||grad f||^2", log: true },
    };
    return {
      assumptions: [
        smooth(strong.problem),
        polyakLojasiewicz(strong.problem),
        convex(flat),
        smooth(rough.problem),
      ],
      checks,
      panels: [
        { title: "SGD", ...axis, series: curves },
        { title: "Gradient descent, step 1/L", ...axis, series: descent },
        {
          title: "Where gradient descent overtakes SGD (PL)",
          x: { label: "samples n", log: true },
          y: { label: "sample gradients", log: true },
          series: [
            { name: "crossing point", kind: "dots", points: crossing },
            {
              name: "n: one step of gradient descent",
              kind: "bound",
              points: sizes.map((x) => ({ x, mean: x })),
            },
          ],
        },
      ],
    };
  },
};

/** The smallest value of each seed before every recorded step but the first. */
function runningMinimum(values: readonly Float64Array[]): Float64Array[] {
  let least = (values[0] as Float64Array).slice();
  return values.slice(1).map((_, i) => {
    const current = values[i] as Float64Array;
    least = least.map((v, s) => Math.min(v, current[s] as number));
    return least;
  });
}

/** The first number of sample gradients at which gradient descent, n a step, is below SGD; linear between records. */
function cross(
  at: readonly number[],
  sgd: readonly number[],
  steps: readonly number[],
  gd: readonly number[],
  n: number,
): number {
  const level = (evaluations: number): number => {
    const i = Math.max(
      0,
      at.findIndex((k) => k >= evaluations),
    );
    return evaluations > (at.at(-1) as number)
      ? (sgd.at(-1) as number) * ((at.at(-1) as number) / evaluations)
      : (sgd[i] as number);
  };
  const i = steps.findIndex((k, j) => k > 0 && (gd[j] as number) < level(k * n));
  return i < 0 ? Number.NaN : (steps[i] as number) * n;
}
