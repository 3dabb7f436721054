import { breastCancerConvex, digitsLeastSquares } from "../../problems/index.ts";
import { sgdConvexConstant, sgdConvexOptimalStep } from "../bounds/index.ts";
import { type Item, type Panel, type Point, seeds } from "../item.ts";
import { recordAt, visitedSecondMoment } from "../run/records.ts";
import { runSeeds } from "../run/seeds.ts";
import { type BoundCheck, checkBound, meanOf, show } from "../verdict.ts";
import { boundedMoment, convex, type Setting, startDistance2 } from "./problems.ts";

export const sgdConvexConstantItem: Item = {
  id: "sgd-convex-constant",
  title: "SGD with a constant step on convex functions, averaged",
  line: "convex, constant step: the averaged iterate is within R²/(2αk) + ασ²/2",
  claim: String.raw`\mathbb E\,f\Big(\frac1k\sum_{j<k}x_j\Big)-f^* \;\le\; \frac{\|x_0-x^*\|^2}{2\alpha k}+\frac{\alpha\sigma^2}{2},\qquad \alpha^*=\frac{\|x_0-x^*\|}{\sigma\sqrt k}`,
  about:
    "The average of the points at which gradients were taken, $x_0$ to $x_{k-1}$, against the bound; then the error after a fixed number of steps for steps around the one that minimizes the bound. Averaging $x_1$ to $x_k$ instead breaks the statement for steps above $1/L$ (counter-example in the bound's tests).",
  source: "Nemirovski, Juditsky, Lan and Shapiro (2009), section 2",
  async run({ quick, progress }) {
    const steps = quick ? 2000 : 20000;
    const logistic = await breastCancerConvex();
    const squares = await digitsLeastSquares();
    const settings: [Setting, number][] = [
      [{ problem: logistic, start: new Float64Array(logistic.dimension) }, 0.03],
      [{ problem: squares, start: new Float64Array(squares.dimension) }, 0.01],
    ];
    const [checks, panels, assumptions]: [BoundCheck[], Panel[], ReturnType<typeof convex>[]] = [[], [], []];
    const notes: string[] = [];
    for (const [setting, a] of settings) {
      const { problem, start } = setting;
      const R2 = startDistance2(setting);
      const run = (rate: number, record: number[]) => {
        progress?.(`${problem.name}, step ${show(rate)}`);
        return runSeeds({
          problem,
          start,
          rate: () => rate,
          weight: () => 1,
          seeds,
          purpose: `convex ${rate}`,
          record,
        });
      };
      const result = await run(a, recordAt(steps));
      const sigma2 = await visitedSecondMoment(problem, result);
      const check = checkBound(
        `${problem.name}, step ${a}`,
        result.at.slice(1),
        result.average.map((m) => m.gap),
        (k) => sgdConvexConstant(sigma2, a, R2, k),
      );
      checks.push(check);
      assumptions.push(convex(problem), boundedMoment(problem, sigma2, result));
      panels.push({
        title: `${problem.name}, step ${a}`,
        x: { label: "step k", log: true },
        y: { label: "f(average) − f*", log: true },
        series: [
          { name: `mean of ${seeds} seeds`, kind: "measured", group: "run", points: check.measured },
          { name: "bound", kind: "bound", group: "run", points: check.bound },
        ],
      });
      if (problem !== logistic) continue;
      const best = sgdConvexOptimalStep(sigma2, R2, steps);
      const swept: Point[] = [];
      const bound: Point[] = [];
      for (const factor of [1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8]) {
        const rate = best * factor;
        const swing = await run(rate, [0, Math.round(steps / 10), steps]);
        const gap = (swing.average.at(-1) as { gap: Float64Array }).gap;
        const own = Math.max(sigma2, await visitedSecondMoment(problem, swing));
        const at = checkBound(`${problem.name}, ${show(factor)} times the optimal step`, [steps], [gap], () =>
          sgdConvexConstant(own, rate, R2, steps),
        );
        checks.push(at);
        const { mean, low, high } = meanOf(gap);
        swept.push({ x: rate, mean, low, high });
        bound.push({ x: rate, mean: sgdConvexConstant(sigma2, rate, R2, steps) });
      }
      panels.push({
        title: `${problem.name}, after ${steps} steps`,
        x: { label: "step size", log: true },
        y: { label: "f(average) − f*", log: true },
        series: [
          { name: `mean of ${seeds} seeds`, kind: "measured", group: "run", points: swept },
          { name: `bound, least at ${show(best)}`, kind: "bound", group: "run", points: bound },
        ],
      });
      const lowest = swept.reduce((p, q) => (q.mean < p.mean ? q : p));
      notes.push(
        `The step that minimizes the bound is ${show(best)}; of the steps tried, ${show(lowest.x)} did best. The bound guards against the worst convex function, so the best step of a kind one is larger.`,
      );
    }
    return { assumptions, checks, panels, notes };
  },
};
