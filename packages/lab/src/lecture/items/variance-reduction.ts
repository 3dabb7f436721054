import { breastCancerUnitRows } from "../../problems/index.ts";
import { type FiniteSumConstants, plStep, sag, saga, svrgFactor } from "../bounds/index.ts";
import { type Item, type Panel, type Series, seeds } from "../item.ts";
import { sagaMethod, sagMethod, svrgMethod } from "../run/method.ts";
import { merge, recordAt } from "../run/records.ts";
import { type Measured, runSeeds, type SeedsOptions, type SeedsResult } from "../run/seeds.ts";
import {
  type BoundCheck,
  type Check,
  checkBound,
  checkInterval,
  type Mean,
  meanOf,
  ratioOf,
  show,
} from "../verdict.ts";
import { pointsOf, type Setting, smooth, startDistance2, startGap } from "./problems.ts";

const n = 100;

/** Batches of 1, 2, 4 ... 64 samples, each size for as many steps. */
const doublings = 7;

type Run = Omit<SeedsOptions, "problem" | "start" | "seeds" | "purpose" | "record">;

/** A method, how many steps it can take, and the sample gradients that it has used after k of them. */
interface Contender extends Run {
  readonly steps: number;
  cost(k: number): number;
}

export const varianceReductionItem: Item = {
  id: "variance-reduction",
  title: "What removes the plateau: decreasing steps, averaging, growing batches, SVRG, SAGA, SAG",
  line: "SVRG, SAGA and SAG converge linearly at a constant step; SGD needs smaller steps, averages or larger batches",
  claim: String.raw`\text{SAGA},\ \alpha=\tfrac1{3L_{\max}}:\quad \mathbb E\|x_k-x^*\|^2\le\Big(1-\min\big(\tfrac1{4n},\tfrac{\mu}{3L_{\max}}\big)\Big)^k\Big(\|x_0-x^*\|^2+\tfrac{2n}{3L_{\max}}(f(x_0)-f^*)\Big)`,
  about:
    "Ridge-logistic regression; every method gets the same number of sample gradients. SGD with a constant step stays on its plateau. Steps that fall like 1/k, the average of the second half, and batches that double leave it slowly; SVRG, SAGA and SAG, which remember gradients, converge linearly to $f^*$ at a constant step. The gradients that fill SAGA's table and SVRG's anchors count. The theorems on SAGA, SAG and SVRG are checked as they stand, each with its own step.",
  source:
    "Defazio, Bach and Lacoste-Julien (2014), theorem 1; Schmidt, Le Roux and Bach (2017), theorem 1; Johnson and Zhang (2013), theorem 1",
  async run({ quick, progress }) {
    const problem = await breastCancerUnitRows(0.02, n);
    const setting = { problem, start: new Float64Array(problem.dimension) };
    const { Lmax, mu } = problem.constants;
    const budget = quick ? 6000 : 20000;
    const run = async (name: string, options: Run, record: readonly number[]) => {
      progress?.(name);
      return runSeeds({ ...setting, seeds, purpose: `variance ${name}`, record, ...options });
    };
    const a = 1 / (3 * Lmax);
    const one = { rate: () => a, steps: budget, cost: (k: number) => k };
    const phase = Math.floor(budget / (2 ** doublings - 1));
    const batch = (k: number) => 2 ** Math.min(doublings - 1, Math.floor(k / phase));
    const every = 2 * n;
    const contenders: Record<string, Contender> = {
      "SGD, constant step": one,
      "SGD, steps ~ 1/k": { ...one, rate: (k) => Math.min(a, plStep(mu, k)) },
      "SGD, average of the second half": { ...one, weight: (k) => (k >= budget / 2 ? 1 : 0) },
      [`SGD, batches of 1 to ${2 ** (doublings - 1)}`]: {
        ...one,
        batch: 2 ** (doublings - 1),
        distinct: batch,
        steps: doublings * phase,
        cost: (k) => sumTo(k, batch),
      },
      SVRG: {
        ...one,
        method: svrgMethod(problem, setting.start, every),
        steps: every * Math.floor((budget - n) / (2 * every + n)),
        cost: (k) => n + 2 * k + n * Math.floor(k / every),
      },
      SAGA: {
        ...one,
        method: await sagaMethod(problem, setting.start),
        steps: budget - n,
        cost: (k) => n + k,
      },
      SAG: { ...one, method: await sagMethod(problem) },
    };
    const finals = new Map<string, Mean>();
    const results = new Map<string, SeedsResult>();
    const series: Series[] = [];
    for (const [name, { steps, cost, ...options }] of Object.entries(contenders)) {
      const even = Array.from({ length: 21 }, (_, i) => Math.round((steps * (20 + i)) / 40));
      const result = await run(name, options, merge(recordAt(steps), even));
      results.set(name, result);
      const { at, last, average } = result;
      const shown = average.length > 0 ? average : last;
      const points = pointsOf(
        at.slice(at.length - shown.length).map((k) => cost(k) / n),
        shown.map((m) => m.gap),
      );
      series.push({ name, kind: "measured", points });
      finals.set(name, meanOf((shown.at(-1) as Measured).gap));
    }
    const [[, plateau], ...others] = [...finals] as [[string, Mean], ...[string, Mean][]];
    const checks: Check[] = others.map(([name, error]) =>
      checkInterval(
        `${name}: the error after ${budget} sample gradients over the constant step's`,
        ratioOf(error, plateau),
        [-Infinity, 1],
      ),
    );
    const theorems = await theoremsOf(setting, results.get("SAGA") as SeedsResult, run, budget);
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

const sumTo = (k: number, term: (j: number) => number): number => {
  let sum = 0;
  for (let j = 0; j < k; j++) sum += term(j);
  return sum;
};

interface Theorem {
  readonly title: string;
  readonly label: string;
  readonly check: BoundCheck;
}

/** The three theorems against runs with the step sizes that they ask for; for SAGA that is the one above. */
async function theoremsOf(
  setting: Setting,
  first: SeedsResult,
  run: (name: string, options: Run, record: readonly number[]) => Promise<SeedsResult>,
  steps: number,
): Promise<Theorem[]> {
  const { problem, start } = setting;
  const { Lmax, mu, varianceAtSolution } = problem.constants;
  const constants: FiniteSumConstants = { n, Lmax, mu };
  const [R2, D0] = [startDistance2(setting), startGap(setting)];
  const even = Array.from({ length: 31 }, (_, i) => Math.round((steps * i) / 30));

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
        first.at,
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
