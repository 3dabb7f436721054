import { squaredDistance } from "../../problems/symmetric.ts";
import { randomStream } from "../../random.ts";
import { batchError } from "../bounds/index.ts";
import { fitExponent } from "../fit.ts";
import { type Item, type Point, seeds } from "../item.ts";
import { sampleGradients } from "../run/sample-gradients.ts";
import { runSeeds } from "../run/seeds.ts";
import { type Check, checkInterval, checkValue, meanOf, show } from "../verdict.ts";
import { cancer } from "./problems.ts";

const batches = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

export const batchSizeItem: Item = {
  id: "batch-size",
  title: "Batch size: the error of the gradient, and the steps it saves",
  line: "the squared error of a batch gradient falls like 1/B; larger batches save steps until the step reaches 1/L",
  claim: String.raw`\mathbb E\|e\|^2=\frac VB\ \text{(with replacement)},\qquad \frac VB\,\frac{n-B}{n-1}\ \text{(without)},\qquad V=\tfrac1n\sum_i\|\nabla f_i-\nabla f\|^2`,
  about:
    "The squared error of a batch gradient at a fixed point, 200 batches each, against the two formulas; then the steps and the sample gradients until $f(x)-f^*$ is at most 0.01, with the step size raised with the batch up to $1/L$.",
  source: "Bottou, Curtis and Nocedal (2018), section 3.4; Cochran (1977) for sampling without replacement",
  animation: "batch-minimizers",
  async run({ quick, progress }) {
    const { problem, start } = await cancer();
    const n = problem.samples;
    progress?.("gradient errors");
    const gradients = await sampleGradients(problem, start);
    const full = problem.gradient(start);
    let V = 0;
    for (const g of gradients) V += squaredDistance(g, full) / n;
    const checks: Check[] = [];
    const errors: Record<string, Float64Array[]> = {};
    for (const replacement of [true, false]) {
      const name = replacement ? "with replacement" : "without replacement";
      errors[name] = batches.map((B) => batchErrors(gradients, full, B, replacement));
      // One test of all batch sizes at once: the mean of the ratios to the formula.
      const ratios = Float64Array.from({ length: seeds }, (_, s) =>
        batches.reduce((t, B, i) => {
          const e = (errors[name]?.[i]?.[s] as number) / batchError(V, n, B, replacement);
          return t + e / batches.length;
        }, 0),
      );
      checks.push(
        checkValue(`${name}: squared error over the formula, all batch sizes`, meanOf(ratios), 1, 0.1),
      );
    }
    const withReplacement = errors["with replacement"] as Float64Array[];
    checks.push(
      checkValue("with replacement: the exponent of B", fitExponent(batches, withReplacement), -1, 0.1),
    );

    const target = 0.01;
    const { L } = problem.constants;
    const limit = quick ? 2000 : 5000;
    const steps: Point[] = [];
    const reachedBy = new Map<number, Float64Array>();
    for (const B of quick ? [1, 4, 16, 64, 256] : batches) {
      progress?.(`time to accuracy, batch ${B}`);
      const a = Math.min(0.01 * B, 1 / L);
      // Nothing needs more than about ten times the steps of gradient descent at this rate.
      const record = Array.from({ length: 80 }, (_, i) =>
        Math.round((Math.min(limit, 30 / a) * (i + 1)) / 80),
      );
      const run = await runSeeds({
        problem,
        start,
        batch: B,
        rate: () => a,
        seeds,
        purpose: `batch ${B}`,
        record,
      });
      const needed = Float64Array.from({ length: seeds }, (_, s) => {
        const i = run.last.findIndex((m) => (m.gap[s] as number) <= target);
        return i < 0 ? Number.NaN : (run.at[i] as number);
      });
      const reached = needed.filter((k) => !Number.isNaN(k));
      if (reached.length < seeds) continue;
      reachedBy.set(B, reached);
      const { mean, low, high } = meanOf(reached);
      steps.push({ x: B, mean, low, high });
    }
    /** Up to here the step grows with the batch, from here on it is 1/L. */
    const largest = 1 / (0.01 * L);
    const growing = [...reachedBy].filter(([B]) => B <= largest);
    const capped = [...reachedBy].filter(([B]) => B > largest);
    for (const [part, expected, name] of [
      [growing, -1, "while the step grows with it"],
      [capped, 0, "once the step is 1/L"],
    ] as const) {
      const fitted = fitExponent(
        part.map(([B]) => B),
        part.map(([, values]) => values),
      );
      checks.push(
        checkInterval(`steps to accuracy ~ B^e, ${name}: e is within 0.1 of ${expected}`, fitted, [
          expected - 0.1,
          expected + 0.1,
        ]),
      );
    }
    const times = (p: Point): Point => ({
      x: p.x,
      mean: p.mean * p.x,
      low: (p.low ?? 0) * p.x,
      high: (p.high ?? 0) * p.x,
    });
    const points = (values: Float64Array[]) =>
      batches.map((x, i) => {
        const { mean, low, high } = meanOf(values[i] as Float64Array);
        return { x, mean, low, high };
      });
    const formula = (replacement: boolean) =>
      batches.map((x) => ({ x, mean: batchError(V, n, x, replacement) }));
    return {
      assumptions: [
        {
          text: "the point is fixed before the batch is drawn",
          problem: problem.name,
          satisfied: true,
          why: `x = 0; V = ${show(V)}, n = ${n}`,
        },
      ],
      checks,
      panels: [
        {
          title: `Error of a batch gradient, ${problem.name}`,
          x: { label: "batch size B", log: true },
          y: { label: "‖e‖²", log: true },
          series: [
            { name: "with replacement", kind: "dots", group: "with", points: points(withReplacement) },
            { name: "V / B", kind: "bound", group: "with", points: formula(true) },
            {
              name: "without replacement",
              kind: "dots",
              group: "without",
              points: points(errors["without replacement"] as Float64Array[]),
            },
            { name: "V / B · (n − B) / (n − 1)", kind: "bound", group: "without", points: formula(false) },
          ],
        },
        {
          title: `Until f(x) − f* ≤ ${target}`,
          x: { label: "batch size B", log: true },
          y: { label: "count", log: true },
          series: [
            { name: "steps", kind: "measured", points: steps },
            { name: "sample gradients", kind: "measured", points: steps.map(times) },
          ],
        },
      ],
      notes: [
        "Larger batches save steps only until the step size reaches $1/L$; from there on they only cost more gradients.",
      ],
    };
  },
};

function batchErrors(
  gradients: readonly Float64Array[],
  full: Float64Array,
  B: number,
  replacement: boolean,
): Float64Array {
  const n = gradients.length;
  return Float64Array.from({ length: seeds }, (_, s) => {
    const random = randomStream(s, `batch error ${B} ${replacement}`);
    const deck = Int32Array.from({ length: n }, (_, i) => i);
    const sum = new Float64Array(full.length);
    for (let b = 0; b < B; b++) {
      const j = replacement ? random.below(n) : b + random.below(n - b);
      const i = deck[j] as number;
      if (!replacement) [deck[j], deck[b]] = [deck[b] as number, i];
      const g = gradients[i] as Float64Array;
      for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] as number) + (g[k] as number) / B;
    }
    return squaredDistance(sum, full);
  });
}
