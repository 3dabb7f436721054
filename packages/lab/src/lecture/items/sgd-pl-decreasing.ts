import { plStep, sgdPlDecreasing } from "../bounds/index.ts";
import { type Item, seeds } from "../item.ts";
import { recordAt, visitedSecondMoment } from "../run/records.ts";
import { runSeeds } from "../run/seeds.ts";
import { checkBound, show } from "../verdict.ts";
import { boundedMoment, cancer, polyakLojasiewicz, sine, smooth, tight } from "./problems.ts";

export const sgdPlDecreasingItem: Item = {
  id: "sgd-pl-decreasing",
  title: "SGD with decreasing steps under the PL inequality",
  line: "PL, steps ~ 1/k: the error is at most Lσ²/(2μ²k)",
  claim: String.raw`\alpha_k=\frac{2k+1}{2\mu(k+1)^2}\;\Rightarrow\;\mathbb E\,f(x_k)-f^* \;\le\; \frac{L\sigma^2}{2\mu^2 k}`,
  about:
    "With steps that fall like $1/k$ SGD converges at the rate $1/k$. The start does not enter: the first step, $1/(2\\mu)$, forgets it. That step can be far above $1/L$; what it costs shows in $\\sigma^2$, taken over the region that the runs visited.",
  source: "Karimi, Nutini and Schmidt (2016), theorem 4",
  async run({ quick, progress }) {
    const outcomes = [];
    for (const { problem, start } of [tight(), await cancer(), sine()]) {
      progress?.(problem.name);
      const { L, pl: mu } = problem.constants;
      const record = recordAt(quick ? 5000 : 50000);
      const result = await runSeeds({
        problem,
        start,
        rate: (k) => plStep(mu, k),
        seeds,
        purpose: "decreasing step",
        record,
      });
      const sigma2 = await visitedSecondMoment(problem, result);
      // The bound speaks of k >= 1.
      const check = checkBound(
        problem.name,
        result.at.slice(1),
        result.last.slice(1).map((m) => m.gap),
        (k) => sgdPlDecreasing({ L, mu, sigma2 }, k),
      );
      outcomes.push({
        check,
        assumptions: [smooth(problem), polyakLojasiewicz(problem), boundedMoment(problem, sigma2, result)],
        panel: {
          title: problem.name,
          x: { label: "step k", log: true },
          y: { label: "f(x) − f*", log: true },
          series: [
            { name: `mean of ${seeds} seeds`, kind: "measured", group: "run", points: check.measured },
            {
              name: `L σ² / (2 μ² k), σ² = ${show(sigma2)}`,
              kind: "bound",
              group: "run",
              points: check.bound,
            },
          ],
        } as const,
      });
    }
    return {
      assumptions: outcomes.flatMap((o) => o.assumptions),
      checks: outcomes.map((o) => o.check),
      panels: outcomes.map((o) => o.panel),
    };
  },
};
