import { plStep } from "../bounds/index.ts";
import { bootstrapOver, slope } from "../fit.ts";
import { type Item, type Point, seeds } from "../item.ts";
import { recordAt } from "../run/records.ts";
import { runSeeds, type SeedsResult } from "../run/seeds.ts";
import { checkInterval, show } from "../verdict.ts";
import { normalStart, plQuadratic, polyakLojasiewicz, smooth } from "./problems.ts";

export const crossingItem: Item = {
  id: "gd-or-sgd",
  title: "Where gradient descent overtakes SGD",
  line: "SGD leads for a number of sample gradients that grows like n log n",
  claim: String.raw`\text{GD: }\rho^{\,N/n}\quad\text{SGD: }\frac cN\qquad\Rightarrow\qquad N_{\text{cross}}\approx\frac{n\log n}{\log(1/\rho)}\quad(N\text{ sample gradients})`,
  about:
    "One quadratic, the same noise, more and more samples. SGD's error after $N$ sample gradients does not depend on $n$; a step of gradient descent costs $n$ of them. So the crossing, counted in sample gradients, must grow at least like $n$ (a little faster: gradient descent needs $\\log n$ steps to reach SGD's smaller error). Counted in iterations, whatever they cost, gradient descent is ahead from the first step.",
  source: "Bottou and Bousquet (2008)",
  async run({ quick, progress }) {
    const sizes = quick ? [30, 100, 300, 1000, 3000] : [30, 100, 300, 1000, 3000, 10000];
    const start = normalStart(5, "crossing");
    // Gradient descent sees no noise, which sums to zero: two samples do.
    const descent = plQuadratic(2);
    const gd = await runSeeds({
      problem: descent,
      start,
      rate: () => 1 / descent.constants.L,
      batch: descent.samples,
      sampling: "all",
      seeds,
      purpose: "crossing",
      record: Array.from({ length: 61 }, (_, k) => k),
    });
    const runs: SeedsResult[] = [];
    for (const samples of sizes) {
      progress?.(`n = ${samples}`);
      const problem = plQuadratic(samples);
      const record = recordAt(30 * samples, 150);
      runs.push(
        await runSeeds({ problem, start, rate: (k) => plStep(0.2, k), seeds, purpose: "crossing", record }),
      );
    }
    type Mean = (values: ArrayLike<number>) => number;
    /** In sample gradients when a step of gradient descent costs `cost` of them. */
    const crossing = (run: SeedsResult, cost: number, mean: Mean) =>
      cross(curve(gd, cost, mean), curve(run, 1, mean));
    const at = runs.map((run, i): Point => {
      const { mean, low, high } = bootstrapOver(seeds, (m) => crossing(run, sizes[i] as number, m), 100);
      return { x: sizes[i] as number, mean, low, high };
    });
    const growth = bootstrapOver(seeds, (mean) =>
      slope(
        sizes.map(Math.log),
        runs.map((run, i) => Math.log(crossing(run, sizes[i] as number, mean))),
      ),
    );
    const passes = ({ x, mean, low, high }: Point): Point => ({
      x,
      mean: mean / x,
      ...(low !== undefined && high !== undefined && { low: low / x, high: high / x }),
    });
    return {
      assumptions: [smooth(descent), polyakLojasiewicz(descent)],
      checks: [checkInterval("by sample gradients: the exponent of n is at least 1", growth, [1, Infinity])],
      panels: [
        {
          title: "The crossing, in sample gradients",
          x: { label: "samples n", log: true },
          y: { label: "sample gradients", log: true },
          series: [
            {
              name: `crossing; exponent of n ${show(growth.mean)} [${show(growth.low)}, ${show(growth.high)}]`,
              kind: "dots",
              points: at,
            },
            {
              name: "n: one step of gradient descent",
              kind: "bound",
              points: sizes.map((x) => ({ x, mean: x })),
            },
          ],
        },
        {
          title: "The crossing, in steps of gradient descent (passes)",
          x: { label: "samples n", log: true },
          y: { label: "passes over the data", log: false },
          series: [{ name: "crossing: grows with log n", kind: "dots", points: at.map(passes) }],
        },
      ],
    };
  },
};

interface Curve {
  readonly x: readonly number[];
  /** log of f(x) − f* */
  readonly y: readonly number[];
}

function curve({ at, last }: SeedsResult, cost: number, mean: (values: ArrayLike<number>) => number): Curve {
  const kept = at.flatMap((k, i) => (k > 0 ? [i] : []));
  return {
    x: kept.map((i) => (at[i] as number) * cost),
    y: kept.map((i) => Math.log(mean((last[i] as { gap: Float64Array }).gap))),
  };
}

/** Where the first curve falls below the second for good, on a line between neighbouring points of it. */
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
