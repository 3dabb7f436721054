import { fitExponent } from "../fit.ts";
import { type Item, seeds } from "../item.ts";
import { recordAt } from "../run/records.ts";
import { runSeeds, type SeedsResult } from "../run/seeds.ts";
import { checkInterval, meanOf, show } from "../verdict.ts";
import { cancer, smooth } from "./problems.ts";

export const plateauItem: Item = {
  id: "plateau",
  title: "The main problem of SGD: a constant step ends on a plateau",
  claim: String.raw`\lim_{k\to\infty}\mathbb E\,f(x_k)-f^* \;\propto\; \alpha`,
  about:
    "Ridge-logistic regression with constant steps. The plateau is the mean of f(x_k) - f* over the last part of a run that is long for its step; its exponent as a function of the step is fitted, and should be 1 while the step is small.",
  source: "Bottou, Curtis and Nocedal (2018), section 4.2",
  async run({ quick, progress }) {
    const { problem, start } = await cancer();
    const rates = quick ? [0.005, 0.01, 0.02, 0.04] : [0.001, 0.002, 0.005, 0.01, 0.02, 0.04];
    const runs: { a: number; result: SeedsResult; level: Float64Array }[] = [];
    for (const a of rates) {
      progress?.(`step ${a}`);
      // 1/(a mu) steps forget a factor e of the start.
      const steps = Math.round(8 / (a * problem.constants.mu));
      const late = Array.from({ length: 8 }, (_, i) => Math.round((steps * (i + 9)) / 16));
      const record = [...new Set([...recordAt(Math.floor(steps / 2)), ...late])].sort((p, q) => p - q);
      const result = await runSeeds({
        problem,
        start,
        rate: () => a,
        seeds,
        purpose: `plateau ${a}`,
        record,
      });
      const tail = result.last.slice(-8);
      const level = Float64Array.from({ length: seeds }, (_, s) =>
        tail.reduce((t, m) => t + (m.gap[s] as number) / 8, 0),
      );
      runs.push({ a, result, level });
    }
    const exponent = fitExponent(
      rates,
      runs.map((r) => r.level),
    );
    const points = (gaps: readonly { gap: Float64Array }[], at: readonly number[]) =>
      at.map((x, i) => ({ x, ...pick(meanOf((gaps[i] as { gap: Float64Array }).gap)) }));
    return {
      assumptions: [smooth(problem)],
      checks: [checkInterval("the plateau grows like the step to the power 1", exponent, [0.85, 1.15])],
      panels: [
        {
          title: problem.name,
          x: { label: "step k", log: true },
          y: { label: "f(x) - f*", log: true },
          series: runs.map(({ a, result }) => ({
            name: `step ${a}`,
            kind: "measured",
            points: points(result.last, result.at),
          })),
        },
        {
          title: "Level of the plateau",
          x: { label: "step size", log: true },
          y: { label: "f(x) - f*", log: true },
          series: [
            {
              name: `plateau; exponent ${show(exponent.mean)} [${show(exponent.low)}, ${show(exponent.high)}]`,
              kind: "dots",
              group: "plateau",
              points: runs.map(({ a, level }) => ({ x: a, ...pick(meanOf(level)) })),
            },
            {
              name: "proportional to the step",
              kind: "bound",
              points: rates.map((a) => ({
                x: a,
                mean: (meanOf((runs[0] as { level: Float64Array }).level).mean * a) / (rates[0] as number),
              })),
            },
          ],
        },
      ],
    };
  },
};

const pick = ({ mean, low, high }: { mean: number; low: number; high: number }) => ({ mean, low, high });
