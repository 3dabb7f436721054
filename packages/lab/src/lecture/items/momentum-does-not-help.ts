import { sgd } from "steepest";
import { fitExponent } from "../fit.ts";
import { type Item, seeds } from "../item.ts";
import { recordAt } from "../run/records.ts";
import { type Rule, runSeeds, type SeedsResult } from "../run/seeds.ts";
import { type Check, checkInterval, meanOf, show } from "../verdict.ts";
import { cancer } from "./problems.ts";

const beta = 0.9;

/** Polyak's and Nesterov's momentum with the learning rate (1 - beta) a: the same path length as plain SGD with a. */
const rules: Record<string, { rule: Rule; scale: number }> = {
  "plain SGD": { rule: (learningRate) => sgd({ learningRate }), scale: 1 },
  "Polyak momentum 0.9": { rule: (learningRate) => sgd({ learningRate, momentum: beta }), scale: 1 - beta },
  "Nesterov momentum 0.9": {
    rule: (learningRate) => sgd({ learningRate, momentum: beta, nesterov: true }),
    scale: 1 - beta,
  },
};

export const momentumItem: Item = {
  id: "momentum-does-not-help",
  title: "Momentum does not change the stochastic rate",
  claim: String.raw`\text{with }\alpha(1-\beta)\text{ for }\alpha:\quad \text{plateau}\propto\alpha\ \text{ and }\ \mathbb E\,f(x_k)-f^*\sim c/k\ \text{ with momentum as without}`,
  about:
    "Ridge-logistic regression with SGD, Polyak's and Nesterov's momentum at the same effective step. With a constant step momentum should end on the same plateau (its ratio to plain SGD's, within a fifth of 1); with steps proportional to 1/k it should keep the exponent -1.",
  source: "Kidambi, Netrapalli, Jain and Kakade (2018); Yuan, Ying and Sayed (2016)",
  async run({ quick, progress }) {
    const { problem, start } = await cancer();
    const { mu } = problem.constants;
    const a = 0.02;
    const steps = quick ? 4000 : 20000;
    const late = Array.from({ length: 12 }, (_, i) => Math.round((steps * (i + 13)) / 24));
    const record = [...new Set([...recordAt(Math.floor(steps / 2)), ...late])].sort((p, q) => p - q);
    const constant: [string, SeedsResult][] = [];
    const decreasing: [string, SeedsResult][] = [];
    for (const [name, { rule, scale }] of Object.entries(rules)) {
      progress?.(name);
      const common = { problem, start, rule, seeds, record };
      constant.push([
        name,
        await runSeeds({ ...common, rate: () => a * scale, purpose: `${name} constant` }),
      ]);
      // 2/(mu (k + k0)): the 1/k schedule without its first, enormous steps.
      const rate = (k: number) => (scale * 2) / (mu * (k + 2 / (mu * 0.05)));
      decreasing.push([name, await runSeeds({ ...common, rate, purpose: `${name} decreasing` })]);
    }
    const level = ([, result]: [string, SeedsResult]) => {
      const tail = result.last.slice(-12);
      return Float64Array.from({ length: seeds }, (_, s) =>
        tail.reduce((t, m) => t + (m.gap[s] as number) / 12, 0),
      );
    };
    const plain = meanOf(level(constant[0] as [string, SeedsResult]));
    const checks: Check[] = [];
    for (const run of constant.slice(1)) {
      const own = meanOf(level(run));
      const ratio = own.mean / plain.mean;
      // The delta method for a ratio of independent means.
      const half = 1.97 * ratio * Math.hypot(own.error / own.mean, plain.error / plain.mean);
      checks.push(
        checkInterval(
          `${run[0]}: its plateau over plain SGD's`,
          { mean: ratio, low: ratio - half, high: ratio + half },
          [0.8, 1.25],
        ),
      );
    }
    for (const [name, result] of decreasing) {
      const from = result.at.findIndex((k) => k >= steps / 20);
      const exponent = fitExponent(
        result.at.slice(from),
        result.last.slice(from).map((m) => m.gap),
      );
      checks.push(checkInterval(`${name}, steps ~ 1/k: the exponent of k`, exponent, [-1.3, -0.7]));
    }
    const panel = (title: string, runs: [string, SeedsResult][]) => ({
      title,
      x: { label: "step k", log: true },
      y: { label: "f(x) - f*", log: true },
      series: runs.map(([name, { at, last }]) => ({
        name,
        kind: "measured" as const,
        points: at.map((x, i) => {
          const { mean, low, high } = meanOf((last[i] as { gap: Float64Array }).gap);
          return { x, mean, low, high };
        }),
      })),
    });
    return {
      assumptions: [
        {
          text: "the same effective step: a with plain SGD, (1 - beta) a with momentum",
          problem: problem.name,
          satisfied: true,
          why: `a = ${a}, beta = ${beta}; mu = ${show(mu)}`,
        },
      ],
      checks,
      panels: [panel(`Constant step ${a}`, constant), panel("Steps proportional to 1/k", decreasing)],
    };
  },
};
