import type { Tensor } from "@steepest/compile";
import { adagrad, sgd } from "steepest";
import { a9a, agaricus, type FiniteSum, leastSquares, sparseRows, w8a } from "../../problems/index.ts";
import { randomStream } from "../../random.ts";
import { type Item, type Panel, type Point, type Series, seeds } from "../item.ts";
import type { Rule } from "../run/method.ts";
import { recordAt } from "../run/records.ts";
import { runSeeds, type SeedsResult } from "../run/seeds.ts";
import { type Check, checkInterval, meanOf, ratioOf, show } from "../verdict.ts";
import { ifPresent, pointsOf } from "./problems.ts";

const rules: Record<string, { rule: Rule; rates: number[] }> = {
  SGD: { rule: (learningRate) => sgd({ learningRate }), rates: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5] },
  AdaGrad: { rule: (learningRate) => adagrad({ learningRate }), rates: [0.05, 0.1, 0.2, 0.5, 1, 2] },
};

export const sparseAdagradItem: Item = {
  id: "sparse-adagrad",
  title: "AdaGrad on sparse problems",
  line: "rare features: tuned AdaGrad beats tuned SGD",
  claim: String.raw`x_{k+1,j}=x_{k,j}-\frac{\alpha\,g_{k,j}}{\sqrt{\sum_{i\le k}g_{i,j}^2}}:\ \text{rare features keep large steps, so AdaGrad needs fewer samples than SGD}`,
  about:
    "Each method with a constant learning rate, the best of six (equal tuning for both), judged by $f(x)-f^*$ after as many samples as the data has rows. A synthetic least squares problem whose features occur with probability 1 down to 0.003; a9a and agaricus, and w8a when it is on this machine, whose 123, 126 and 300 binary features range from common to nearly absent; agaricus has the fewest rare ones.",
  source: "Duchi, Hazan and Singer (2011)",
  async run({ quick, progress }) {
    const [checks, panels]: [Check[], Panel[]] = [[], []];
    const count = quick ? 2000 : 8000;
    const web = await ifPresent("w8a", () => w8a(1e-3, count));
    const problems = [rareFeatures(2000, 60), await a9a(1e-3, count), await agaricus(1e-3), ...web.problems];
    for (const problem of problems) {
      const steps = problem.samples;
      const best = new Map<string, { rate: number; result: SeedsResult }>();
      const tuning: Series[] = [];
      for (const [name, { rule, rates }] of Object.entries(rules)) {
        const run = (rate: number, record: readonly number[]) => {
          progress?.(`${problem.name}: ${name} ${rate}`);
          const start = new Float64Array(problem.dimension);
          const purpose = `${name} ${rate}`;
          return runSeeds({ problem, rule, start, rate: () => rate, seeds, purpose, record });
        };
        const points: Point[] = [];
        for (const rate of rates) {
          const { mean, low, high } = meanOf(lastGap(await run(rate, [steps])));
          points.push({ x: rate, mean, low, high });
        }
        const rate = points.reduce((p, q) => (q.mean < p.mean ? q : p)).x;
        // A rate that ends above the start would only stretch the axis.
        const start = problem.value(new Float64Array(problem.dimension)) - problem.constants.fStar;
        const shown = points.filter((p) => p.mean <= start);
        const lost = points.filter((p) => !shown.includes(p)).map((p) => p.x);
        const label = lost.length > 0 ? `${name}; ${lost.join(", ")}: worse than the start` : name;
        best.set(name, { rate, result: await run(rate, recordAt(steps, 20)) });
        tuning.push({ name: label, kind: "measured", group: name, points: shown });
      }
      const [s, g] = ["SGD", "AdaGrad"].map(
        (name) => best.get(name) as { rate: number; result: SeedsResult },
      );
      const [slow, fast] = [
        meanOf(lastGap((s as { result: SeedsResult }).result)),
        meanOf(lastGap((g as { result: SeedsResult }).result)),
      ];
      checks.push(
        checkInterval(
          `${problem.name}: AdaGrad's error over SGD's after ${steps} samples, both tuned`,
          ratioOf(fast, slow),
          [-Infinity, 1],
        ),
      );
      panels.push(
        {
          title: problem.name,
          x: { label: "samples", log: true },
          y: { label: "f(x) − f*", log: true },
          series: [...best].map(([name, { rate, result }]) => ({
            name: `${name}, learning rate ${rate}`,
            kind: "measured",
            points: pointsOf(
              result.at,
              result.last.map((m) => m.gap),
            ),
          })),
        },
        {
          title: "Tuning on the same problem, equally for both",
          x: { label: "learning rate", log: true },
          y: { label: `f(x) − f* after ${steps} samples`, log: true },
          series: tuning,
        },
      );
    }
    return {
      assumptions: problems.map((problem) => {
        const rare = shareOfRare(problem);
        return {
          text: "rare features: a tenth or more of them occur in less than 1 % of the rows",
          problem: problem.name,
          satisfied: rare >= 0.1,
          why: `${show(100 * rare)} % do`,
        };
      }),
      checks,
      panels,
      notes: web.notes,
    };
  },
};

/** The share of features that occur in less than 1 % of the rows, of those that occur. */
function shareOfRare(problem: FiniteSum): number {
  const { features } = problem.all() as { features: Tensor };
  const [n, p] = features.shape as [number, number];
  const counts = new Float64Array(p);
  features.data.forEach((v, at) => {
    if (v !== 0) counts[at % p] = (counts[at % p] as number) + 1;
  });
  const present = counts.filter((c) => c > 0);
  return present.filter((c) => c < 0.01 * n).length / present.length;
}

const lastGap = (result: SeedsResult): Float64Array => (result.last.at(-1) as { gap: Float64Array }).gap;

/** Sparse least squares: feature j is +1 or -1 with a probability that falls from 1 to 10^-2.5, else absent; targets have noise 0.1. */
function rareFeatures(n: number, p: number): FiniteSum {
  const random = randomStream(0, "rare features");
  const truth = Float64Array.from({ length: p }, () => random.normal());
  const [starts, indices, values, targets]: [number[], number[], number[], number[]] = [[0], [], [], []];
  for (let i = 0; i < n; i++) {
    let target = 0.1 * random.normal();
    for (let j = 0; j < p; j++) {
      if (random.uniform() >= 10 ** ((-2.5 * j) / p)) continue;
      const value = random.uniform() < 0.5 ? -1 : 1;
      indices.push(j);
      values.push(value);
      target += value * (truth[j] as number);
    }
    starts.push(indices.length);
    targets.push(target);
  }
  const rows = sparseRows({
    columns: p,
    starts: Uint32Array.from(starts),
    indices: Uint32Array.from(indices),
    values: Float64Array.from(values),
  });
  return leastSquares({
    name: `sparse least squares, frequencies 1 to 0.003 (n = ${n}, p = ${p})`,
    rows,
    targets,
  });
}
