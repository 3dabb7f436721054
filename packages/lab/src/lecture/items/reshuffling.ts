import { agaricus, breastCancerUnitRows, type FiniteSum } from "../../problems/index.ts";
import { reshuffling, sgdStronglyConvex } from "../bounds/index.ts";
import { bootstrapOver, partialSlope } from "../fit.ts";
import { type Assumption, type Item, type Panel, type Series, seeds } from "../item.ts";
import { levelOf, merge } from "../run/records.ts";
import type { Sampling } from "../run/sampling.ts";
import { runSeeds } from "../run/seeds.ts";
import { type Check, checkBound, checkInterval, show, showMean } from "../verdict.ts";
import { pointsOf, smooth, startDistance2 } from "./problems.ts";

const n = 100;

/** How samples are drawn, and the power of the step that the theory gives the neighbourhood. */
const ways: [name: string, sampling: Sampling, exponent: number][] = [
  ["with replacement", "replacement", 1],
  ["reshuffled every epoch", "reshuffle", 2],
  ["shuffled once", "shuffle-once", 2],
];

/** Epochs of the last half of a run, whose mean is the level of the neighbourhood. */
const late = 10;

export const reshufflingItem: Item = {
  id: "reshuffling",
  title: "Random reshuffling: a smaller neighbourhood than drawing with replacement",
  line: "through the data in random order, the neighbourhood of a constant step is O(α²), not O(α)",
  claim: String.raw`\mathbb E\|x_T-x^*\|^2\le(1-\alpha\mu)^{nT}\|x_0-x^*\|^2+\frac{\alpha^2L_{\max}}{\mu}\,\max_{i<n}\frac{i(n-i)}{n-1}\,\sigma_*^2,\qquad \alpha\le\tfrac1{L_{\max}},\quad\sigma_*^2=\tfrac1n\sum_i\|\nabla f_i(x^*)\|^2`,
  about:
    "SGD that visits all samples in a random order, a new one every epoch or the same in all, against SGD that draws with replacement. After each of $T$ epochs the theorem is checked; so is the one for drawing with replacement, whose neighbourhood is $2\\alpha\\sigma_*^2/\\mu$. The exponent of the step is fitted to the level at which each ends. The paper rounds the maximum up to $n/2$; the maximum itself halves the neighbourhood.",
  source:
    "Mishchenko, Khaled and Richtárik (2020), theorem 1 and proposition 1; Gower et al. (2019), theorem 3.1, with replacement",
  async run({ quick, progress }) {
    const settings: [FiniteSum, number[]][] = [
      [await breastCancerUnitRows(0.1, n), [0.04, 0.02, 0.01, 0.005]],
      ...(quick ? [] : [[await agaricus(0.1, n), [0.02, 0.01, 0.005, 0.0025]] as [FiniteSum, number[]]]),
    ];
    const [checks, panels, assumptions]: [Check[], Panel[], Assumption[]] = [[], [], []];
    for (const [problem, rates] of settings) {
      const start = new Float64Array(problem.dimension);
      const { Lmax, mu, varianceAtSolution: v } = problem.constants;
      const R2 = startDistance2({ problem, start });
      const [largest] = rates as [number];
      const levels: Series[] = [];
      const curves: Series[] = [];
      for (const [name, sampling, expected] of ways) {
        const level: Float64Array[] = [];
        for (const a of rates) {
          progress?.(`${problem.name}: ${name}, step ${a}`);
          // The start is forgotten by a factor exp(-8) in the first half.
          const half = Math.ceil(8 / (a * mu * n));
          const early = Array.from({ length: 21 }, (_, i) => Math.round((half * i) / 20));
          const tail = Array.from({ length: late }, (_, i) => half + Math.round((half * (i + 1)) / late));
          const epochs = merge(early, tail);
          const { last } = await runSeeds({
            problem,
            start,
            sampling,
            seeds,
            rate: () => a,
            // The same for all steps: a seed's orders, and so the noise of the fit over steps, are shared.
            purpose: "reshuffling",
            record: epochs.map((t) => n * t),
          });
          const distances = last.map((m) => m.distance2);
          const check = checkBound(
            `${problem.name}, ${name}, step ${a}`,
            epochs,
            distances,
            sampling === "replacement"
              ? (t) => sgdStronglyConvex({ Lmax, mu, varianceAtSolution: v }, a, R2, n * t)
              : (t) => reshuffling({ n, Lmax, mu }, v, a, R2, t),
          );
          checks.push({ ...check, detail: check.detail.replace("k =", "epoch") });
          level.push(levelOf(distances, late));
          if (a === largest) {
            curves.push({ name, kind: "measured", group: name, points: check.measured });
            // The theorem does not tell the two ways to shuffle apart.
            if (sampling !== "shuffle-once") {
              const label = sampling === "replacement" ? `${name}: bound` : "shuffled either way: bound";
              curves.push({ name: label, kind: "bound", group: name, points: check.bound });
            }
          }
        }
        const exponent = bootstrapOver(seeds, (mean) =>
          partialSlope(
            rates.map(Math.log),
            rates,
            level.map((l) => Math.log(mean(l))),
          ),
        );
        checks.push(
          checkInterval(
            `${problem.name}, ${name}: the exponent of small steps`,
            exponent,
            sampling === "reshuffle" ? [expected - 0.1, Infinity] : [expected - 0.1, expected + 0.1],
          ),
        );
        levels.push({
          name: `${name}: ${showMean(exponent)}`,
          kind: "measured",
          group: name,
          points: pointsOf(rates, level),
        });
      }
      panels.push(
        {
          title: `${problem.name}, step ${largest}`,
          x: { label: "epoch", log: false },
          y: { label: "‖x − x*‖²", log: true },
          series: curves,
        },
        {
          title: "Where it ends, and the exponent of small steps",
          x: { label: "step size", log: true },
          y: { label: "‖x − x*‖²", log: true },
          series: levels,
        },
      );
      assumptions.push(smooth(problem), {
        text: "every $f_i$ is $\\mu$-strongly convex and $L_{\\max}$-smooth; $\\alpha\\le1/L_{\\max}$",
        problem: problem.name,
        satisfied: rates.every((a) => a * Lmax <= 1),
        why: `the ridge is in every f_i: μ = ${show(mu)}; Lmax = ${show(Lmax)}, steps up to ${largest}; σ*² = ${show(v)}`,
      });
    }
    return {
      assumptions,
      checks,
      panels,
      notes: [
        "Reshuffled every epoch, the level falls faster than the theorem's square of the step over these steps: the errors of different epochs are independent and partly cancel, down to about the third power of the step. Shuffled once, the same error comes back every epoch, and the theorem's power is the right one.",
      ],
    };
  },
};
