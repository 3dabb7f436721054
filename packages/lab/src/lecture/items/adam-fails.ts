import { numpy as np } from "@jax-js/jax";
import { adam, amsgrad, sgd } from "steepest";
import { rareLargeGradients } from "../../problems/index.ts";
import { sqrtStep } from "../bounds/index.ts";
import { type Item, type Series, seeds } from "../item.ts";
import type { Rule } from "../run/method.ts";
import { recordAt } from "../run/records.ts";
import { runSeeds } from "../run/seeds.ts";
import { type Check, checkInterval, meanOf, show } from "../verdict.ts";

const C = 10;
const b2 = 1 / (1 + C * C);

/** Name, rule, first step size, and the side on which it is expected to end. */
const contenders: [string, Rule, number, -1 | 1][] = [
  [`Adam, b1 = 0, b2 = ${show(b2)}`, (learningRate) => adam({ learningRate, b1: 0, b2 }), 0.5, 1],
  [`AMSGrad, b1 = 0, b2 = ${show(b2)}`, (learningRate) => amsgrad({ learningRate, b1: 0, b2 }), 2, -1],
  ["Adam, b1 = 0.9, b2 = 0.999", (learningRate) => adam({ learningRate, b1: 0.9, b2: 0.999 }), 0.5, -1],
  ["SGD", (learningRate) => sgd({ learningRate }), 0.2, -1],
];

export const adamFailsItem: Item = {
  id: "adam-fails",
  title: "Where Adam does not converge",
  line: "with a short memory of squares Adam ends at the worst point of a convex problem",
  claim: String.raw`f_i(x)=Cx\ \text{with probability}\ p,\ \text{else}\ -x,\quad x\in[-1,1]:\qquad \text{Adam with}\ \beta_1=0,\ \beta_2=\tfrac1{1+C^2}\ \text{goes to the worst point}\ x=1`,
  about:
    "The mean slope is positive, so $x^*=-1$. With a short memory of squares Adam divides the rare, large gradients by their own size and follows the frequent, small ones to $x=1$, however small its steps. AMSGrad, whose second moment never falls, and SGD go to $-1$. So does Adam with its default memory here: the failure needs $\\beta_2$ small for the data, which is why it is rare in practice.",
  source: "Reddi, Kale and Kumar (2018), theorems 2 and 3",
  async run({ quick, progress }) {
    const problem = rareLargeGradients(C, 10, 100);
    const steps = quick ? 10000 : 50000;
    const checks: Check[] = [];
    const series: Series[] = [];
    for (const [name, rule, first, side] of contenders) {
      progress?.(name);
      const { at, last } = await runSeeds({
        problem,
        rule,
        start: Float64Array.of(0),
        rate: (k) => sqrtStep(first, k),
        project: (x) => np.clip(x, -1, 1),
        seeds,
        purpose: `adam fails ${name}`,
        record: recordAt(steps),
      });
      // f is linear: x = f / slope.
      const slope = -problem.constants.fStar;
      const xs = last.map((m) => meanOf(m.gap.map((gap) => gap / slope - 1)));
      const end = xs.at(-1) as (typeof xs)[number];
      checks.push(
        checkInterval(
          `${name}: from x = 0 it went towards ${side === 1 ? "the worst point 1" : "the minimizer −1"}`,
          end,
          side === 1 ? [0, Infinity] : [-Infinity, 0],
        ),
      );
      series.push({
        name,
        kind: "measured",
        points: at.map((x, i) => {
          const { mean, low, high } = xs[i] as (typeof xs)[number];
          return { x, mean, low, high };
        }),
      });
    }
    return {
      assumptions: [
        {
          text: "convex, bounded gradients, a bounded set, steps ~ 1/sqrt(k)",
          problem: problem.name,
          satisfied: true,
          why: "linear losses on [-1, 1]: everything that Adam's original proof asked for",
        },
      ],
      checks,
      panels: [
        {
          title: problem.name,
          x: { label: "step k", log: true },
          y: { label: "x; the minimizer is -1", log: false },
          series,
        },
      ],
    };
  },
};
