import { a9a } from "../../problems/index.ts";
import { bootstrapOver, type Estimate, intercept, partialSlope } from "../fit.ts";
import { type Item, type Panel, seeds } from "../item.ts";
import { levelOf, recordPlateau } from "../run/records.ts";
import { runSeeds, type SeedsResult } from "../run/seeds.ts";
import { type Check, checkValue, show, showMean } from "../verdict.ts";
import { cancer, pointsOf, type Setting, smooth } from "./problems.ts";

/** Measurements over the last half of a run, whose mean is the level of the plateau. */
const late = 8;

export const plateauItem: Item = {
  id: "plateau",
  title: "The main problem of SGD: a constant step ends on a plateau",
  line: "with a constant step the error stops falling, at a level proportional to the step",
  claim: String.raw`\lim_{k\to\infty}\mathbb E\,f(x_k)-f^* \;=\; \frac{\alpha}{4}\,\frac1n\sum_i\|\nabla f_i(x^*)\|^2\,\big(1+O(\alpha)\big)`,
  about:
    "Ridge-logistic regression with constant steps. The plateau is the mean of $f(x_k)-f^*$ over the last half of a run that is long for its step. The model $\\log\\text{plateau}=\\log c+e\\log\\alpha+d\\,\\alpha$ is fitted: $e$ is the exponent for small steps, $d$ takes up what larger ones add, and $e=1$ should lie in the interval. The constant follows from the stationary covariance $\\Sigma$ of a small step, $H\\Sigma+\\Sigma H=\\alpha C$: the level is half the trace of $H\\Sigma$, a quarter of $\\alpha$ times that of $C$, the covariance of the gradients at $x^*$. The ratio to it, extrapolated to $\\alpha=0$ from the four smallest steps, should be 1.",
  source: "Pflug (1986); Bottou, Curtis and Nocedal (2018), section 4.2",
  animation: "neighbourhood",
  async run({ quick, progress }) {
    const rates = quick ? [0.0025, 0.005, 0.01, 0.02, 0.04] : [0.001, 0.002, 0.005, 0.01, 0.02, 0.04];
    const sparse = await a9a(0.1, quick ? 2000 : 8000);
    const settings: [Setting, number][] = [
      [await cancer(), 1],
      [{ problem: sparse, start: new Float64Array(sparse.dimension) }, 4],
    ];
    const [checks, panels]: [Check[], Panel[]] = [[], []];
    for (const [{ problem, start }, scale] of settings) {
      const runs: { a: number; result: SeedsResult; level: Float64Array }[] = [];
      for (const a of rates.map((rate) => rate * scale)) {
        progress?.(`${problem.name}, step ${show(a)}`);
        // 1/(a mu) steps forget a factor e of the start.
        const steps = Math.round(12 / (a * problem.constants.mu));
        const record = recordPlateau(steps, late);
        const purpose = `plateau ${a}`;
        const result = await runSeeds({ problem, start, rate: () => a, seeds, purpose, record });
        const level = levelOf(
          result.last.map((m) => m.gap),
          late,
        );
        runs.push({ a, result, level });
      }
      const steps = runs.map((r) => r.a);
      const exponent = bootstrapOver(seeds, (mean) =>
        partialSlope(
          steps.map(Math.log),
          steps,
          runs.map((r) => Math.log(mean(r.level))),
        ),
      );
      checks.push(checkValue(`${problem.name}: the exponent of the step for small steps`, exponent, 1, 0.1));
      const theory = problem.constants.varianceAtSolution / 4;
      const small = runs.slice(0, 4);
      const ratio = bootstrapOver(seeds, (mean) =>
        intercept(
          small.map((r) => r.a),
          small.map((r) => mean(r.level) / (theory * r.a)),
        ),
      );
      checks.push(
        checkValue(`${problem.name}: the level over ${show(theory)} α, as the step goes to 0`, ratio, 1, 0.1),
      );
      panels.push(
        {
          title: problem.name,
          x: { label: "step k", log: true },
          y: { label: "f(x) − f*", log: true },
          series: runs.map(({ a, result }) => ({
            name: `step size ${show(a)}`,
            kind: "measured",
            points: pointsOf(
              result.at,
              result.last.map((m) => m.gap),
            ),
          })),
        },
        levels(runs, exponent, theory),
      );
    }
    return {
      assumptions: settings.flatMap(([{ problem }]) => [
        smooth(problem),
        {
          text: "$f$ is $\\mu$-strongly convex, so that there is a stationary law",
          problem: problem.name,
          satisfied: problem.constants.mu > 0,
          why: `μ = ${show(problem.constants.mu)}`,
        },
      ]),
      checks,
      panels,
    };
  },
};

function levels(
  runs: readonly { a: number; level: Float64Array }[],
  exponent: Estimate,
  theory: number,
): Panel {
  return {
    title: "Level of the plateau",
    x: { label: "step size", log: true },
    y: { label: "f(x) − f*", log: true },
    series: [
      {
        name: `plateau; exponent for small steps ${showMean(exponent)}`,
        kind: "dots",
        points: pointsOf(
          runs.map((r) => r.a),
          runs.map((r) => r.level),
        ),
      },
      {
        name: `theory for small steps: ${show(theory)} α`,
        kind: "bound",
        points: runs.map(({ a }) => ({ x: a, mean: theory * a })),
      },
    ],
  };
}
