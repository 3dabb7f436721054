import { nagGs, sgd } from "steepest";
import { breastCancer, type FiniteSum, quadratic } from "../../problems/index.ts";
import { nagGsAsPolyak, nagGsBestAlpha } from "../bounds/index.ts";
import { type Item, type Point, seeds } from "../item.ts";
import type { Rule } from "../run/method.ts";
import { recordAt } from "../run/records.ts";
import { type Measured, runSeeds } from "../run/seeds.ts";
import { type Check, checkInterval, type Mean, meanOf, ratioOf, show } from "../verdict.ts";
import { contenders, type Part, spectrum, withNoise, withoutNoise } from "./acceleration.ts";
import { smooth } from "./problems.ts";

export const nagGsItem: Item = {
  id: "nag-gs",
  title: "NAG-GS: acceleration, and what noise leaves of it",
  line: "NAG-GS is the heavy ball: fastest without noise, a higher plateau with it, no gain where noise rules",
  claim: String.raw`\begin{gathered}\text{NAG-GS}:\quad x_{k+1}=x_k+\beta\,(x_k-x_{k-1})-a\,g_k,\quad \beta=\frac{\gamma}{(1+\alpha)(\alpha\mu+\gamma)},\ a=\frac{\alpha^2}{(1+\alpha)(\alpha\mu+\gamma)};\\ \alpha=\frac{2}{\sqrt{L/\mu}-1},\ \gamma=\mu:\quad f(x_k)-f^*\sim\Big(\frac{\sqrt L-\sqrt\mu}{\sqrt L+\sqrt\mu}\Big)^{2k}\end{gathered}`,
  about:
    "Four statements. (1) With constant $\\gamma$ NAG-GS takes the steps of Polyak's heavy ball; both are run on the same samples. (2) Without noise, on a quadratic with $L/\\mu=100$, each method has the rate of its spectral radius. (3) With noise each ends at the level that the stationary covariance of its linear recursion gives, and NAG-GS, the fastest, ends highest. (4) On ridge-logistic regression, each method with its momentum from theory and the best of eight steps, the same for all: NAG-GS beats SGD when every step sees all samples, and not with one sample a step.",
  source:
    "Leplat, Merkulov, Katrutsa, Bershatsky, Tsymboi and Oseledets (2022), theorem 1; Polyak (1964); Nesterov (2004), section 2.2",
  async run({ quick, progress }) {
    const checks: Check[] = [];
    const data = await breastCancer(0.001);
    progress?.("NAG-GS as the heavy ball");
    checks.push(await sameSteps(data));
    const [quiet, noisy] = [0, 1e-6].map((variance) => quadratic(spectrum, { samples: 500, variance })) as [
      FiniteSum,
      FiniteSum,
    ];
    progress?.("without noise");
    const without = await withoutNoise(quiet);
    progress?.("with noise");
    const levels = await withNoise(noisy, quick ? 2000 : 6000);
    const tunings = [];
    for (const batch of [1, 32, data.samples]) {
      progress?.(`equal tuning, batch ${batch}`);
      tunings.push(await tuned(data, batch, quick ? 300 : 1000));
    }
    const best = nagGsBestAlpha(1, quiet.constants.mu);
    return {
      assumptions: [
        smooth(quiet),
        ...[quiet, data].map(({ name, constants: { mu } }) => ({
          text: "$f$ is $\\mu$-strongly convex, and NAG-GS is told $\\mu$",
          problem: name,
          satisfied: mu > 0,
          why: `μ = ${show(mu)}`,
        })),
        {
          text: "the rates are those of quadratics",
          problem: data.name,
          satisfied: false,
          why: "its Hessian changes; only the comparison at equal budgets is made here",
        },
      ],
      checks: [...checks, ...without.checks, ...levels.checks, ...tunings.flatMap((t) => t.checks)],
      panels: [without.panel, levels.panel, ...tunings.map((t) => t.panel)],
      notes: [
        `On the quadratic α = ${show(best)}: step ${show(nagGsAsPolyak(best, 0.01, 0.01).a)} and momentum ${show(nagGsAsPolyak(best, 0.01, 0.01).beta)} of the heavy ball.`,
        "The paper's experiments choose $\\gamma$ apart from $\\mu$. Since $\\alpha$, $\\mu$ and $\\gamma$ together reach every step and momentum of the heavy ball, NAG-GS tuned in full is the heavy ball tuned in full.",
      ],
    };
  },
};

/** NAG-GS and the heavy ball on the same single samples, and how far their points ever part. */
async function sameSteps(problem: FiniteSum): Promise<Check> {
  const [alpha, mu, gamma] = [0.05, problem.constants.mu, 1];
  const { a, beta } = nagGsAsPolyak(alpha, mu, gamma);
  const rules: Rule[] = [
    () => nagGs({ alpha, mu, gamma, constantGamma: true }),
    (learningRate) => sgd({ learningRate, momentum: beta }),
  ];
  const runs = [];
  for (const rule of rules) {
    const start = new Float64Array(problem.dimension);
    const record = recordAt(1000);
    runs.push(await runSeeds({ problem, rule, start, rate: () => a, seeds, purpose: "same steps", record }));
  }
  const [one, two] = runs as [(typeof runs)[number], (typeof runs)[number]];
  let apart = 0;
  one.last.forEach(({ x }, i) => {
    const other = (two.last[i] as Measured).x;
    x.forEach((v, j) => {
      apart = Math.max(apart, Math.abs(v - (other[j] as number)));
    });
  });
  return {
    claim: `NAG-GS (α = ${alpha}, γ = ${gamma}) and the heavy ball (a = ${show(a)}, β = ${show(beta)}) take the same steps on ${problem.name}`,
    verdict: apart < 1e-9 ? "holds" : "does not hold",
    detail: `the largest difference of any coordinate in 1000 steps of ${seeds} seeds is ${show(apart)}`,
  };
}

/** The error after so many steps, for eight step sizes; the same for all methods. */
async function tuned(problem: FiniteSum, batch: number, steps: number): Promise<Part> {
  const rates = [1e-5, 5e-5, 2e-4, 1e-3, 5e-3, 0.02, 0.1, 0.5];
  const all = batch === problem.samples;
  const swept = new Map<string, { best: Mean; points: Point[] }>();
  for (const rate of rates) {
    for (const [name, { rule }] of Object.entries(contenders(rate, problem.constants.mu))) {
      const { last } = await runSeeds({
        problem,
        rule,
        start: new Float64Array(problem.dimension),
        rate: () => rate,
        batch,
        sampling: all ? "all" : "replacement",
        seeds: all ? 1 : seeds,
        purpose: `nag-gs ${batch}`,
        record: [steps],
      });
      const mean = meanOf((last[0] as Measured).gap);
      const { best, points } = swept.get(name) ?? { best: mean, points: [] };
      const { low, high } = mean;
      const point = { x: rate, mean: mean.mean, ...(all ? {} : { low, high }) };
      swept.set(name, { best: mean.mean < best.mean ? mean : best, points: [...points, point] });
    }
  }
  const bestOf = (name: string) => (swept.get(name) as { best: Mean }).best;
  const title = all ? "all samples a step" : batch === 1 ? "1 sample a step" : `${batch} samples a step`;
  const against = (name: string) =>
    checkInterval(
      `${title}, ${steps} steps: NAG-GS's error over ${name}'s, both tuned`,
      ratioOf(bestOf("NAG-GS"), bestOf(name)),
      all ? [0, 1] : [1, Infinity],
    );
  return {
    // In between neither noise nor curvature rules, and nothing is claimed.
    checks: all || batch === 1 ? [against("SGD")] : [],
    panel: {
      title: `Breast cancer, ridge 0.001, ${title}`,
      x: { label: "step size", log: true },
      y: { label: `f(x) − f* after ${steps} steps`, log: true },
      series: [...swept].map(([name, { best, points }]) => ({
        name: `${name}, best ${show(best.mean)}`,
        kind: "measured",
        group: name,
        points,
      })),
    },
  };
}
