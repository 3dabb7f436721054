import { breastCancerUnitRows } from "../../problems/index.ts";
import { type FiniteSumConstants, plStep, sag, saga, svrgFactor } from "../bounds/index.ts";
import { type Item, type Panel, type Series, seeds } from "../item.ts";
import { sagaMethod, sagMethod, svrgMethod } from "../run/method.ts";
import { recordAt } from "../run/records.ts";
import { runSeeds, type SeedsOptions, type SeedsResult } from "../run/seeds.ts";
import { type BoundCheck, type Check, checkBound, checkInterval, meanOf, ratioOf, show } from "../verdict.ts";
import { pointsOf, type Setting, smooth, startDistance2, startGap } from "./problems.ts";

const n = 100;

type Run = Omit<SeedsOptions, "problem" | "start" | "seeds" | "purpose" | "record">;

export const varianceReductionItem: Item = {
  id: "variance-reduction",
  title: "What removes the plateau: decreasing steps, averaging, growing batches, SVRG, SAGA, SAG",
  line: "SVRG, SAGA and SAG converge linearly at a constant step; SGD needs smaller steps, averages or larger batches",
  claim: String.raw`\text{SAGA},\ \alpha=\tfrac1{3L_{\max}}:\quad \mathbb E\|x_k-x^*\|^2\le\Big(1-\min\big(\tfrac1{4n},\tfrac{\mu}{3L_{\max}}\big)\Big)^k\Big(\|x_0-x^*\|^2+\tfrac{2n}{3L_{\max}}(f(x_0)-f^*)\Big)`,
  about:
    "Ridge-logistic regression. SGD with a constant step stays on its plateau. Steps that fall like 1/k, the average of the second half, and batches that double leave it slowly; SVRG, SAGA and SAG, which remember gradients, converge linearly to $f^*$ at a constant step. All are drawn by the sample gradients that they take. The theorems on SAGA, SAG and SVRG are checked as they stand, each with its own step.",
  source:
    "Defazio, Bach and Lacoste-Julien (2014), theorem 1; Schmidt, Le Roux and Bach (2017), theorem 1; Johnson and Zhang (2013), theorem 1",
  async run({ quick, progress }) {
    const problem = await breastCancerUnitRows(0.02, n);
    const setting = { problem, start: new Float64Array(problem.dimension) };
    const { Lmax, mu } = problem.constants;
    const steps = quick ? 6000 : 20000;
    const run = async (name: string, options: Run, record = recordAt(steps)) => {
      progress?.(name);
      return runSeeds({ ...setting, seeds, purpose: `variance ${name}`, record, ...options });
    };
    const a = 1 / (3 * Lmax);
    const rate = () => a;
    const half = steps / 2;
    const batch = (k: number) => 2 ** Math.min(6, Math.floor((7 * k) / steps));
    const runs: Record<string, Run> = {
      "SGD, constant step": { rate },
      "SGD, steps ~ 1/k": { rate: (k) => Math.min(a, plStep(mu, k)) },
      "SGD, average of the second half": { rate, weight: (k) => (k >= half ? 1 : 0) },
      "SGD, doubling batches": { rate, batch: 64, distinct: batch },
      SVRG: { rate, method: svrgMethod(problem, setting.start, 2 * n) },
      SAGA: { rate, method: await sagaMethod(problem, setting.start) },
      SAG: { rate, method: await sagMethod(problem) },
    };
    /** Sample gradients after k steps; filling SAGA's table and SVRG's anchors count. */
    const evaluations = (name: string, k: number): number => {
      if (name === "SVRG") return n + 2 * k + n * Math.floor(k / (2 * n));
      if (name === "SAGA") return n + k;
      if (name !== "SGD, doubling batches") return k;
      let sum = 0;
      for (let j = 0; j < k; j++) sum += batch(j);
      return sum;
    };
    const results = new Map<string, SeedsResult>();
    for (const [name, options] of Object.entries(runs)) results.set(name, await run(name, options));
    const final = (name: string) => {
      const { last, average } = results.get(name) as SeedsResult;
      return meanOf(((average.length > 0 ? average : last).at(-1) as { gap: Float64Array }).gap);
    };
    const plateau = final("SGD, constant step");
    const checks: Check[] = Object.keys(runs)
      .slice(1)
      .map((name) =>
        checkInterval(
          `${name}: the error after ${steps} steps over the constant step's`,
          ratioOf(final(name), plateau),
          [-Infinity, 1],
        ),
      );
    const series: Series[] = Object.keys(runs).map((name) => {
      const { at, last, average } = results.get(name) as SeedsResult;
      const shown = average.length > 0 ? average : last;
      const x = at.slice(at.length - shown.length).map((k) => evaluations(name, k) / n);
      return {
        name,
        kind: "measured",
        points: pointsOf(
          x,
          shown.map((m) => m.gap),
        ),
      };
    });
    const theorems = await theoremsOf(setting, run, steps);
    return {
      assumptions: [
        smooth(problem),
        {
          text: "every $f_i$ is convex and $L_{\\max}$-smooth, $f$ is $\\mu$-strongly convex",
          problem: problem.name,
          satisfied: true,
          why: `Lmax = ${show(Lmax)}, μ = ${show(mu)}, n = ${n}`,
        },
      ],
      checks: [...checks, ...theorems.map((t) => t.check)],
      panels: [
        {
          title: `Constant step ${show(a)} unless said otherwise`,
          x: { label: "sample gradients / n (passes over the data)", log: true },
          y: { label: "f(x) − f*", log: true },
          series,
        },
        ...theorems.map(({ title, label, check }): Panel => {
          return {
            title,
            x: { label: "step k", log: false },
            y: { label, log: true },
            series: [
              { name: `mean of ${seeds} seeds`, kind: "measured", group: "run", points: check.measured },
              { name: "bound", kind: "bound", group: "run", points: check.bound },
            ],
          };
        }),
      ],
      notes: [
        "The theorems allow for the worst problem with these constants; on this one all three methods are faster than their bounds.",
      ],
    };
  },
};

interface Theorem {
  readonly title: string;
  readonly label: string;
  readonly check: BoundCheck;
}

/** The three theorems against runs with the step sizes that they ask for. */
async function theoremsOf(
  setting: Setting,
  run: (name: string, options: Run, record?: number[]) => Promise<SeedsResult>,
  steps: number,
): Promise<Theorem[]> {
  const { problem, start } = setting;
  const { Lmax, mu, varianceAtSolution } = problem.constants;
  const constants: FiniteSumConstants = { n, Lmax, mu };
  const [R2, D0] = [startDistance2(setting), startGap(setting)];
  const even = Array.from({ length: 31 }, (_, i) => Math.round((steps * i) / 30));

  const first = await run(
    "SAGA's theorem",
    { rate: () => 1 / (3 * Lmax), method: await sagaMethod(problem, start) },
    even,
  );
  const second = await run(
    "SAG's theorem",
    { rate: () => 1 / (16 * Lmax), method: await sagMethod(problem) },
    even,
  );
  const [a, m] = [0.1 / Lmax, 500];
  const anchors = Array.from({ length: Math.floor(steps / m) + 1 }, (_, s) => s * m);
  const third = await run(
    "SVRG's theorem",
    { rate: () => a, method: svrgMethod(problem, start, m, true) },
    anchors,
  );
  const factor = svrgFactor(constants, a, m);
  const gaps = (r: SeedsResult) => r.last.map((x) => x.gap);
  return [
    {
      title: "SAGA, step 1/(3 Lmax)",
      label: "‖x − x*‖²",
      check: checkBound(
        "SAGA's theorem, the distance to x*",
        even,
        first.last.map((x) => x.distance2),
        (k) => saga(constants, R2, D0, k),
      ),
    },
    {
      title: "SAG, step 1/(16 Lmax)",
      label: "f(x) − f*",
      check: checkBound("SAG's theorem", even, gaps(second), (k) =>
        sag(constants, varianceAtSolution, R2, D0, k),
      ),
    },
    {
      title: `SVRG, step 0.1/Lmax, an anchor every ${m} steps`,
      label: "f(anchor) − f*",
      check: checkBound(
        `SVRG's theorem, a factor of ${show(factor)} for every anchor`,
        anchors,
        gaps(third),
        (k) => factor ** (k / m) * D0,
      ),
    },
  ];
}
