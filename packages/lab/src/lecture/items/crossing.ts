import { bootstrapOver, type Estimate, slope } from "../fit.ts";
import { type Assumption, type Item, type Panel, type Point, type Series, seeds } from "../item.ts";
import { merge, recordAt } from "../run/records.ts";
import { type Check, checkInterval, showMean } from "../verdict.ts";
import { type FunctionClass, functionClasses, progressOf, runGd, runSgd } from "./classes.ts";
import { convex, polyakLojasiewicz, smooth } from "./problems.ts";

/** What is tried of each class: numbers of samples, SGD's steps for them, gradient descent's steps, the expected power of n. */
interface Plan {
  readonly sizes: readonly number[];
  readonly quick: readonly number[];
  steps(n: number): number;
  readonly gdSteps: number;
  readonly exponent: readonly [number, number];
  readonly claim: string;
}

const plans: readonly Plan[] = [
  {
    sizes: [30, 100, 300, 1000, 3000, 10000],
    quick: [30, 100, 300, 1000, 3000],
    steps: (n) => 30 * n,
    gdSteps: 60,
    exponent: [1, Infinity],
    claim: "at least 1",
  },
  {
    sizes: [30, 100, 300, 1000],
    quick: [30, 100, 300],
    steps: (n) => Math.round(0.5 * n * n),
    gdSteps: 1000,
    exponent: [1.8, 2.2],
    claim: "within 0.2 of 2",
  },
  {
    sizes: [30, 100, 300],
    quick: [30, 100],
    steps: (n) => 3 * n * n,
    gdSteps: 2000,
    exponent: [1.8, 2.2],
    claim: "within 0.2 of 2",
  },
];

export const crossingItem: Item = {
  id: "gd-or-sgd",
  title: "Where gradient descent overtakes SGD",
  line: "SGD leads for a number of sample gradients that grows like n log n under PL, and like n² otherwise",
  claim: String.raw`\text{PL}:\ \rho^{N/n}\ \text{against}\ \frac cN\ \Rightarrow\ N_{\text{cross}}\approx\frac{n\log n}{\log(1/\rho)};\qquad \text{convex, nonconvex}:\ \frac{c\,n}{N}\ \text{against}\ \frac{c'}{\sqrt N}\ \Rightarrow\ N_{\text{cross}}\sim n^2`,
  about:
    "The problems of the rate table with the same noise and more and more samples. SGD's error after $N$ sample gradients does not depend on $n$; a step of gradient descent costs $n$ of them. Under PL gradient descent needs about $\\log n$ steps to reach SGD's error, so the crossing, in sample gradients, grows a little faster than $n$. Where the rates are powers, 1/k against $1/\\sqrt k$, it grows like $n^2$. Counted in iterations, whatever they cost, gradient descent is ahead from the first step.",
  source: "Bottou and Bousquet (2008)",
  async run({ quick, progress }) {
    const [checks, series, assumptions]: [Check[], Series[], Assumption[]] = [[], [], []];
    let passes: Panel | undefined;
    for (const [i, plan] of plans.entries()) {
      const sizes = quick ? plan.quick : plan.sizes;
      const { problem, name } = functionClasses(2)[i] as FunctionClass;
      const { at, growth } = await crossings(i, plan, sizes, (n) => progress?.(`${name}, n = ${n}`));
      checks.push(checkInterval(`${name}: the exponent of n is ${plan.claim}`, growth, plan.exponent));
      series.push({
        name: `${name}: n^${showMean(growth)}`,
        kind: "dots",
        group: name,
        points: at,
      });
      assumptions.push(smooth(problem));
      const first = at[0] as Point;
      if (i > 0) {
        const squares = sizes.map((n) => ({ x: n, mean: first.mean * (n / first.x) ** 2 }));
        series.push({ name: "n²", kind: "bound", group: name, points: squares });
        if (i === 1) assumptions.push(convex(problem));
        continue;
      }
      // On a quadratic f shrinks by the square of 1 - mu/L in the end.
      const decay = -2 * Math.log(1 - problem.constants.pl / problem.constants.L);
      const theory = sizes.map((n) => ({ x: n, mean: (n * Math.log(n)) / decay }));
      series.push({ name: "n log n / log(1/ρ), ρ = (1 − μ/L)²", kind: "bound", group: name, points: theory });
      assumptions.push(polyakLojasiewicz(problem));
      passes = inPasses(at, theory);
    }
    return {
      assumptions,
      checks,
      panels: [
        {
          title: "The crossing, in sample gradients",
          x: { label: "samples n", log: true },
          y: { label: "sample gradients", log: true },
          series,
        },
        passes as Panel,
      ],
    };
  },
};

const inPasses = (at: readonly Point[], theory: readonly Point[]): Panel => {
  const scaled = ({ x, mean, low, high }: Point): Point => ({
    x,
    mean: mean / x,
    ...(low !== undefined && high !== undefined && { low: low / x, high: high / x }),
  });
  return {
    title: "PL, in steps of gradient descent (passes)",
    x: { label: "samples n", log: true },
    y: { label: "passes over the data", log: false },
    series: [
      { name: "crossing", kind: "dots", group: "PL", points: at.map(scaled) },
      { name: "log n / log(1/ρ)", kind: "bound", group: "PL", points: theory.map(scaled) },
    ],
  };
};

/** The crossing for every number of samples, and the power of n with which it grows. */
async function crossings(
  i: number,
  { steps, gdSteps }: Plan,
  sizes: readonly number[],
  progress: (n: number) => void,
): Promise<{ at: Point[]; growth: Estimate }> {
  const of = (n: number) => functionClasses(n)[i] as FunctionClass;
  const descent = of(2);
  const even = Array.from({ length: 61 }, (_, k) => k);
  const gd = await runGd(descent, merge(even, recordAt(gdSteps, 100)));
  const falling: Runs = { at: gd.at.slice(1), values: await progressOf(descent, gd) };
  const others: Runs[] = [];
  for (const n of sizes) {
    progress(n);
    const own = of(n);
    const run = await runSgd(own, recordAt(steps(n), 150));
    others.push({ at: run.at.slice(1), values: await progressOf(own, run) });
  }
  type Mean = (values: ArrayLike<number>) => number;
  const crossing = (s: number, mean: Mean) =>
    cross(curve(falling, sizes[s] as number, mean), curve(others[s] as Runs, 1, mean));
  const at = sizes.map((x, s): Point => {
    const { mean, low, high } = bootstrapOver(seeds, (m) => crossing(s, m), 100);
    return { x, mean, low, high };
  });
  const growth = bootstrapOver(
    seeds,
    (mean) =>
      slope(
        sizes.map(Math.log),
        sizes.map((_, s) => Math.log(crossing(s, mean))),
      ),
    200,
  );
  return { at, growth };
}

interface Runs {
  readonly at: readonly number[];
  /** One value per seed for each of `at`. */
  readonly values: readonly Float64Array[];
}

interface Curve {
  readonly x: readonly number[];
  /** log of what the rate speaks of */
  readonly y: readonly number[];
}

/** The mean over seeds when a step costs `cost` sample gradients. */
const curve = ({ at, values }: Runs, cost: number, mean: (values: ArrayLike<number>) => number): Curve => ({
  x: at.map((k) => k * cost),
  y: values.map((v) => Math.log(mean(v))),
});

/** Where the first curve falls below the second for good, on a line between neighbouring points of it; NaN if it never does. */
function cross(falling: Curve, other: Curve): number {
  const below = falling.x.map((x, i) => (falling.y[i] as number) - valueOn(other, x));
  const after = below.findLastIndex((d) => d >= 0) + 1;
  if (after === 0) return falling.x[0] as number;
  if (after === falling.x.length) return Number.NaN;
  const [d0, d1] = [below[after - 1] as number, below[after] as number];
  const share = d0 / (d0 - d1);
  return (falling.x[after - 1] as number) * (1 - share) + (falling.x[after] as number) * share;
}

/** Straight between points in log x; the last slope goes on beyond the end. */
function valueOn({ x, y }: Curve, at: number): number {
  const found = x.findIndex((v) => v >= at);
  const i = Math.max(1, found < 0 ? x.length - 1 : found);
  const [x0, x1] = [Math.log(x[i - 1] as number), Math.log(x[i] as number)];
  return (y[i - 1] as number) + (((y[i] as number) - (y[i - 1] as number)) * (Math.log(at) - x0)) / (x1 - x0);
}
