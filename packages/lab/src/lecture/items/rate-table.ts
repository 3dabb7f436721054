import { bootstrapOver, type Estimate, fitExponent, slope } from "../fit.ts";
import { type Item, type Panel, type Series, seeds } from "../item.ts";
import { recordAt, visitedSecondMoment } from "../run/records.ts";
import type { SeedsResult } from "../run/seeds.ts";
import {
  type BoundCheck,
  type Check,
  checkBound,
  checkInterval,
  meanOf,
  show,
  showMean,
} from "../verdict.ts";
import { type FunctionClass, functionClasses, progressOf, runGd, runSgd, type Start } from "./classes.ts";
import { convex, polyakLojasiewicz, smooth } from "./problems.ts";

/** Samples of every problem: gradient descent pays so many gradients a step. */
const n = 1000;

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
    const [checks, panels, table]: [Check[], Panel[], string[][]] = [[], [], []];
    const all = functionClasses(n);
    for (const row of all) {
      const { name, problem } = row;
      progress?.(`${name}: gradient descent`);
      const gd = await runGd(row, recordAt(1000, 30));
      progress?.(`${name}: SGD`);
      const sgd = await runSgd(row, recordAt(steps));
      const first = gd.last[0] as SeedsResult["last"][number];
      const at0: Start = { D0: meanOf(first.gap).mean, R2: meanOf(first.distance2).mean };
      const sigma2 = await visitedSecondMoment(problem, sgd);
      const judged = {
        GD: await judge(`${name}, GD`, row, gd, (k) => row.gd.bound(at0, k)),
        SGD: await judge(`${name}, SGD`, row, sgd, (k) => row.sgd.bound(at0, sigma2, k)),
      };
      for (const [method, { check, values, at }] of Object.entries(judged)) {
        const { theory, exponent } = method === "GD" ? row.gd : row.sgd;
        const fitted = exponent === undefined ? factor(at, values) : exponentOf(at, values);
        const slowest = 1 - problem.constants.pl / problem.constants.L;
        checks.push(
          check,
          exponent === undefined
            ? checkInterval(`${name}, ${method}: the fitted factor a step is at most 1 − μ/L`, fitted, [
                0,
                slowest,
              ])
            : checkInterval(`${name}, ${method}: the fitted exponent is within 0.1 of ${theory}`, fitted, [
                exponent - 0.1,
                exponent + 0.1,
              ]),
        );
        table.push([
          name,
          method,
          exponent === undefined ? `factor ${show(slowest)} a step` : theory,
          `${showMean(fitted)}`,
          bySampleGradients(method, fitted, exponent === undefined),
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
            "fitted, by iterations",
            "by sample gradients",
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
  row: FunctionClass,
  run: SeedsResult,
  bound: (k: number) => number,
): Promise<Judged> {
  const at = run.at.slice(1);
  const values = await progressOf(row, run);
  return { at, values, check: checkBound(`${name}: the theorem's bound`, at, values, bound) };
}

/** The same fit when k is replaced by the sample gradients that k steps cost. */
function bySampleGradients(method: string, { mean, low, high }: Estimate, linear: boolean): string {
  if (method === "SGD") return "the same";
  if (!linear) return `the same, ${show(n ** -mean)} times the constant`;
  const [a, b, c] = [mean, low, high].map((v) => (v ** (1 / n)).toPrecision(7));
  return `${a} [${b}, ${c}]`;
}

/** Over the last two decades of k. */
function exponentOf(at: readonly number[], values: readonly Float64Array[]): Estimate {
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
function panelsOf(
  { name, problem, measure }: FunctionClass,
  judged: Readonly<Record<string, Judged>>,
): Panel[] {
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
