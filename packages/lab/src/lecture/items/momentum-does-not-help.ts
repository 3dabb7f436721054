import { sgd } from "steepest";
import { bootstrapOver, intercept, slope } from "../fit.ts";
import { type Item, type Panel, seeds } from "../item.ts";
import type { Rule } from "../run/method.ts";
import { levelOf, recordPlateau } from "../run/records.ts";
import { runSeeds, type SeedsResult } from "../run/seeds.ts";
import { type Check, checkValue, show, showMean } from "../verdict.ts";
import { cancer, pointsOf } from "./problems.ts";

const beta = 0.9;
const late = 12;

/** Polyak's and Nesterov's momentum with the learning rate (1 - beta) a: the same path length as plain SGD with a. */
const rules: Record<string, { rule: Rule; scale: number }> = {
  "plain SGD": { rule: (learningRate) => sgd({ learningRate }), scale: 1 },
  "Polyak momentum 0.9": { rule: (learningRate) => sgd({ learningRate, momentum: beta }), scale: 1 - beta },
  "Nesterov momentum 0.9": {
    rule: (learningRate) => sgd({ learningRate, momentum: beta, nesterov: true }),
    scale: 1 - beta,
  },
};

type Runs = Record<string, SeedsResult>;

export const momentumItem: Item = {
  id: "momentum-does-not-help",
  title: "Momentum does not change the stochastic rate",
  line: "Polyak's and Nesterov's momentum keep SGD's plateau and its rate 1/k",
  claim: String.raw`\alpha(1-\beta)\text{ in place of }\alpha:\qquad \frac{\text{plateau with momentum}}{\text{plateau without}}\to1\ (\alpha\to0),\qquad \mathbb E\,f(x_k)-f^*\sim c\,k^{-e}\text{ with the same }e`,
  about:
    "Ridge-logistic regression with SGD, Polyak's and Nesterov's momentum at the same effective step, all on the same samples. With constant steps the ratio of the plateaus is fitted as a line in the step size: its value at zero should be 1. With steps proportional to $1/k$ the exponent of $k$ should be that of plain SGD: the interval of the difference should contain 0.",
  source: "Kidambi, Netrapalli, Jain and Kakade (2018); Yuan, Ying and Sayed (2016)",
  async run({ quick, progress }) {
    const { problem, start } = await cancer();
    const { mu } = problem.constants;
    const all = async (purpose: string, rate: (k: number) => number, steps: number): Promise<Runs> => {
      const record = recordPlateau(steps, late);
      const runs: Runs = {};
      for (const [name, { rule, scale }] of Object.entries(rules)) {
        progress?.(`${purpose}, ${name}`);
        const scaled = (k: number) => rate(k) * scale;
        // The same purpose for all: the same samples, so that the comparison is paired.
        runs[name] = await runSeeds({ problem, start, rule, seeds, record, rate: scaled, purpose });
      }
      return runs;
    };
    const rates = [0.005, 0.01, 0.02];
    const constant: Runs[] = [];
    for (const a of rates)
      constant.push(await all(`step ${a}`, () => a, Math.round((quick ? 8 : 24) / (a * mu))));
    // 2/(mu (k + k0)): the 1/k schedule without its first, enormous steps.
    const decreasing = await all("steps ~ 1/k", (k) => 2 / (mu * (k + 40 / mu)), quick ? 20000 : 100000);

    const level = (run: SeedsResult | undefined) =>
      levelOf(
        (run as SeedsResult).last.map((m) => m.gap),
        late,
      );
    const exponentOf = (run: SeedsResult | undefined, mean: (values: ArrayLike<number>) => number) => {
      const { at, last } = run as SeedsResult;
      const from = at.findIndex((k) => k >= (at.at(-1) as number) / 10);
      const gaps = last.slice(from).map((m) => Math.log(mean(m.gap)));
      return slope(at.slice(from).map(Math.log), gaps);
    };
    const checks: Check[] = [];
    const [plain = "", ...others] = Object.keys(rules);
    for (const name of others) {
      const levels = constant.map((runs) => [level(runs[name]), level(runs[plain])] as const);
      const ratio = bootstrapOver(seeds, (mean) =>
        intercept(
          rates,
          levels.map(([own, base]) => mean(own) / mean(base)),
        ),
      );
      checks.push(checkValue(`${name}: its plateau over plain SGD's, as the step goes to 0`, ratio, 1, 0.1));
    }
    for (const name of others) {
      const difference = bootstrapOver(
        seeds,
        (mean) => exponentOf(decreasing[name], mean) - exponentOf(decreasing[plain], mean),
      );
      checks.push(checkValue(`${name}, steps ~ 1/k: its exponent minus plain SGD's`, difference, 0, 0.05));
    }
    const own = bootstrapOver(seeds, (mean) => exponentOf(decreasing[plain], mean));
    const panel = (title: string, runs: Runs): Panel => ({
      title,
      x: { label: "step k", log: true },
      y: { label: "f(x) − f*", log: true },
      series: Object.entries(runs).map(([name, { at, last }]) => {
        return {
          name,
          kind: "measured",
          points: pointsOf(
            at,
            last.map((m) => m.gap),
          ),
        };
      }),
    });
    return {
      assumptions: [
        {
          text: "the same effective step: $\\alpha$ with plain SGD, $(1-\\beta)\\alpha$ with momentum",
          problem: problem.name,
          satisfied: true,
          why: `steps ${rates.join(", ")}, β = ${beta}; μ = ${show(mu)}`,
        },
      ],
      checks,
      panels: [
        ...constant.map((runs, i) => panel(`Constant step ${rates[i]}`, runs)),
        panel("Steps proportional to 1/k", decreasing),
      ],
      notes: [
        `Plain SGD's own exponent over the last tenth to the end is ${showMean(own)}; it tends to −1 as the offset of the schedule fades.`,
      ],
    };
  },
};
