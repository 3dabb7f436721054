import { californiaHousing } from "../../problems/index.ts";
import { sgdPlConstant, sgdStronglyConvex } from "../bounds/index.ts";
import { type Assumption, type Item, type Panel, seeds } from "../item.ts";
import { recordAt, visitedSecondMoment } from "../run/records.ts";
import { runSeeds } from "../run/seeds.ts";
import { type BoundCheck, checkBound, show } from "../verdict.ts";
import {
  boundedMoment,
  cancer,
  ifPresent,
  polyakLojasiewicz,
  type Setting,
  sine,
  smooth,
  startDistance2,
  startGap,
  tight,
} from "./problems.ts";

export const sgdPlConstantItem: Item = {
  id: "sgd-pl-constant",
  title: "SGD with a constant step under the PL inequality",
  line: "PL, constant step: linear convergence to a neighbourhood proportional to the step",
  claim: String.raw`\mathbb E\,f(x_k)-f^* \;\le\; (1-2\alpha\mu)^k\,(f(x_0)-f^*) + \frac{L\sigma^2\alpha}{4\mu}`,
  about:
    "SGD with a constant step converges linearly to a neighbourhood whose size is proportional to the step. The mean of $f(x_k)-f^*$ over the seeds is compared with the bound at every recorded $k$, with $L$, $\\mu$ and $f^*$ computed from the data and $\\sigma^2$ taken over the region that the runs visited. Where $f$ is convex and the step at most $1/(2L_{\\max})$, the distance to $x^*$ is also compared with a bound that needs the variance at $x^*$ only (Gower et al., 2019).",
  source: "Karimi, Nutini and Schmidt (2016), theorem 4",
  animation: "divergence",
  async run({ quick, progress }) {
    const steps = quick ? 2000 : 20000;
    const housing = await ifPresent("california-housing", () => californiaHousing(0.1));
    const cases: [Setting, number[]][] = [
      [tight(), [0.02, 0.2]],
      [await cancer(), [0.002, 0.02]],
      [sine(), [0.003, 0.03]],
      ...housing.problems.map((problem): [Setting, number[]] => [
        { problem, start: new Float64Array(problem.dimension) },
        [0.001, 0.01],
      ]),
    ];
    const [panels, checks, assumptions]: [Panel[], BoundCheck[], Assumption[]] = [[], [], []];
    for (const [setting, rates] of cases) {
      const { problem, start } = setting;
      const { L, pl: mu } = problem.constants;
      assumptions.push(smooth(problem), polyakLojasiewicz(problem));
      const series: Panel["series"][number][] = [];
      for (const a of rates) {
        progress?.(`${problem.name}, step ${a}`);
        const result = await runSeeds({
          problem,
          start,
          rate: () => a,
          seeds,
          purpose: `constant step ${a}`,
          record: recordAt(steps),
        });
        const sigma2 = await visitedSecondMoment(problem, result);
        const check = checkBound(
          `${problem.name}, step ${a}`,
          result.at,
          result.last.map((m) => m.gap),
          (k) => sgdPlConstant({ L, mu, sigma2 }, a, startGap(setting), k),
        );
        checks.push(check);
        const { Lmax, mu: strong, varianceAtSolution } = problem.constants;
        if (problem.convex && a * Lmax <= 0.5) {
          checks.push(
            checkBound(
              `${problem.name}, step ${a}: ‖x_k − x*‖² by the variance at x* alone`,
              result.at,
              result.last.map((m) => m.distance2),
              (k) =>
                sgdStronglyConvex({ Lmax, mu: strong, varianceAtSolution }, a, startDistance2(setting), k),
            ),
          );
        }
        assumptions.push(boundedMoment(problem, sigma2, result), {
          text: "the step is at most $1/(2\\mu)$",
          problem: problem.name,
          satisfied: a <= 0.5 / mu,
          why: `${a} against ${show(0.5 / mu)}; beyond it the formula is wrong (counter-example in the bound's tests)`,
        });
        series.push(
          {
            name: `step ${a}: mean of ${seeds} seeds`,
            kind: "measured",
            group: String(a),
            points: check.measured,
          },
          { name: `step ${a}: bound`, kind: "bound", group: String(a), points: check.bound },
        );
      }
      panels.push({
        title: problem.name,
        x: { label: "step k", log: true },
        y: { label: "f(x) − f*", log: true },
        series,
      });
    }
    return { assumptions, checks, panels, notes: housing.notes };
  },
};
