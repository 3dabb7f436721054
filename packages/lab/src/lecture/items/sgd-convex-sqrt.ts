import { breastCancerConvex, digitsLeastSquares } from "../../problems/index.ts";
import { sgdConvexBoundedSet, sgdConvexSqrt, sqrtStep } from "../bounds/index.ts";
import { type Item, seeds } from "../item.ts";
import { recordAt, visitedSecondMoment } from "../run/records.ts";
import { runSeeds } from "../run/seeds.ts";
import { checkBound, show } from "../verdict.ts";
import { boundedMoment, convex, startDistance2 } from "./problems.ts";

export const sgdConvexSqrtItem: Item = {
  id: "sgd-convex-sqrt",
  title: "SGD with steps a0 / sqrt(k+1) on convex functions",
  line: "convex, steps a0/√(k+1): the averaged iterate converges like log k/√k",
  claim: String.raw`\mathbb E\,f(\bar x_k)-f^* \;\le\; \frac{\|x_0-x^*\|^2+\alpha_0^2\sigma^2(1+\log k)}{4\alpha_0(\sqrt{k+1}-1)},\qquad \bar x_k=\frac{\sum_{j<k}\alpha_jx_j}{\sum_{j<k}\alpha_j}`,
  about:
    "The average weighted by the steps needs no bounded set. The plain average does: its bound, $(D^2/(2\\alpha_0)+\\alpha_0\\sigma^2)/\\sqrt k$, uses the largest distance $D$ to $x^*$ that occurred. Both are checked. The 1 in $1+\\log k$ is needed: $\\log k$ is below the harmonic sum.",
  source: "Nemirovski, Juditsky, Lan and Shapiro (2009), section 2; Zinkevich (2003), theorem 1",
  async run({ quick, progress }) {
    const outcomes = [];
    const cases = [
      [await breastCancerConvex(), 0.5],
      [await digitsLeastSquares(), 0.05],
    ] as const;
    for (const [problem, a0] of cases) {
      progress?.(problem.name);
      const start = new Float64Array(problem.dimension);
      const run = (weight: (k: number) => number) =>
        runSeeds({
          problem,
          start,
          rate: (k) => sqrtStep(a0, k),
          weight,
          seeds,
          purpose: "sqrt step",
          record: recordAt(quick ? 3000 : 30000),
        });
      const weighted = await run((k) => sqrtStep(a0, k));
      const plain = await run(() => 1);
      const sigma2 = await visitedSecondMoment(problem, weighted);
      const D2 = plain.radius2;
      const R2 = startDistance2({ problem, start });
      const at = weighted.at.slice(1);
      const gaps = (r: typeof plain) => r.average.map((m) => m.gap);
      const first = checkBound(`${problem.name}, weighted average`, at, gaps(weighted), (k) =>
        sgdConvexSqrt(sigma2, a0, R2, k),
      );
      const second = checkBound(`${problem.name}, plain average`, at, gaps(plain), (k) =>
        sgdConvexBoundedSet(sigma2, a0, D2, k),
      );
      outcomes.push({
        checks: [first, second],
        assumptions: [
          convex(problem),
          boundedMoment(problem, sigma2, weighted),
          {
            text: "plain average: $\\|x_k-x^*\\|\\le D$",
            problem: problem.name,
            satisfied: true,
            why: `D² = ${show(D2)} was the largest that occurred`,
          },
        ],
        panel: {
          title: `${problem.name}, a0 = ${a0}`,
          x: { label: "step k", log: true },
          y: { label: "f(average) − f*", log: true },
          series: [
            { name: "weighted by the steps", kind: "measured", group: "weighted", points: first.measured },
            { name: "its bound", kind: "bound", group: "weighted", points: first.bound },
            { name: "plain average", kind: "measured", group: "plain", points: second.measured },
            { name: "its bound, on a bounded set", kind: "bound", group: "plain", points: second.bound },
          ],
        } as const,
      });
    }
    return {
      assumptions: outcomes.flatMap((o) => o.assumptions),
      checks: outcomes.flatMap((o) => o.checks),
      panels: outcomes.map((o) => o.panel),
    };
  },
};
