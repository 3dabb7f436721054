import { breastCancerUnitRows } from "../../problems/index.ts";
import { plStep, saga } from "../bounds/index.ts";
import { type Item, type Series, seeds } from "../item.ts";
import { recordAt } from "../run/records.ts";
import { runSeeds, type SeedsOptions, type SeedsResult } from "../run/seeds.ts";
import { sagaMethod, sagMethod, svrgMethod } from "../run/variance-reduced.ts";
import { type Check, checkBound, checkInterval, meanOf, show } from "../verdict.ts";
import { smooth, startDistance2, startGap } from "./problems.ts";

export const varianceReductionItem: Item = {
  id: "variance-reduction",
  title: "What removes the plateau: decreasing steps, averaging, growing batches, SVRG, SAGA, SAG",
  claim: String.raw`\text{SAGA},\ \alpha=\tfrac1{3L_{\max}}:\quad \mathbb E\|x_k-x^*\|^2\le\Big(1-\min\big(\tfrac1{4n},\tfrac{\mu}{3L_{\max}}\big)\Big)^k\Big(\|x_0-x^*\|^2+\tfrac{2n}{3L_{\max}}(f(x_0)-f^*)\Big)`,
  about:
    "Ridge-logistic regression. SGD with a constant step stays on its plateau. Steps that fall like 1/k, the average of the second half, and batches that double leave it slowly; SVRG, SAGA and SAG, which remember gradients, converge linearly to f* at a constant step. SAGA's theorem is checked as it stands.",
  source:
    "Defazio, Bach and Lacoste-Julien (2014); Johnson and Zhang (2013); Schmidt, Le Roux and Bach (2017)",
  async run({ quick, progress }) {
    const n = 100;
    const problem = await breastCancerUnitRows(0.02, n);
    const start = new Float64Array(problem.dimension);
    const { Lmax, mu } = problem.constants;
    const steps = quick ? 8000 : 20000;
    const a = 1 / (3 * Lmax);
    const record = recordAt(steps);
    const half = steps / 2;
    const constant = () => a;
    const runs: [string, Omit<SeedsOptions, "problem" | "start" | "seeds" | "purpose" | "record">][] = [
      ["SGD, constant step", { rate: constant }],
      ["SGD, steps ~ 1/k", { rate: (k) => Math.min(a, plStep(mu, k)) }],
      ["SGD, average of the second half", { rate: constant, weight: (k) => (k >= half ? 1 : 0) }],
      [
        "SGD, doubling batches",
        { rate: constant, batch: 64, distinct: (k) => 2 ** Math.min(6, Math.floor((7 * k) / steps)) },
      ],
      ["SVRG", { rate: constant, method: svrgMethod(problem, start, 2 * n) }],
      ["SAGA", { rate: constant, method: await sagaMethod(problem, start) }],
      ["SAG", { rate: constant, method: await sagMethod(problem, start) }],
    ];
    const results = new Map<string, SeedsResult>();
    for (const [name, options] of runs) {
      progress?.(name);
      results.set(
        name,
        await runSeeds({ problem, start, seeds, purpose: `variance ${name}`, record, ...options }),
      );
    }
    const final = (name: string) => {
      const { last, average } = results.get(name) as SeedsResult;
      return ((average.length > 0 ? average : last).at(-1) as { gap: Float64Array }).gap;
    };
    const plateau = meanOf(final("SGD, constant step"));
    const checks: Check[] = runs.slice(1).map(([name]) => {
      const end = meanOf(final(name));
      const remembers = !name.startsWith("SGD");
      const limit = remembers ? 1e-6 : 0.5;
      const share = (v: number) => v / plateau.mean;
      return checkInterval(
        `${name}: the final error as a share of the constant step's plateau`,
        { mean: share(end.mean), low: share(end.low), high: share(end.high) },
        [-Infinity, limit],
      );
    });
    const sagaRun = results.get("SAGA") as SeedsResult;
    const bound = checkBound(
      "SAGA's theorem, the distance to x*",
      sagaRun.at,
      sagaRun.last.map((m) => m.distance2),
      (k) => saga({ n, Lmax, mu }, startDistance2({ problem, start }), startGap({ problem, start }), k),
    );
    checks.push(bound);
    const series: Series[] = runs.map(([name]) => {
      const { at, last, average } = results.get(name) as SeedsResult;
      const shown = average.length > 0 ? average : last;
      const from = at.length - shown.length;
      return {
        name,
        kind: "measured",
        points: shown.map((m, i) => {
          const { mean, low, high } = meanOf(m.gap);
          return { x: at[from + i] as number, mean, low, high };
        }),
      };
    });
    return {
      assumptions: [
        smooth(problem),
        {
          text: "every f_i is convex and Lmax-smooth, f is mu-strongly convex",
          problem: problem.name,
          satisfied: true,
          why: `Lmax = ${show(Lmax)}, mu = ${show(mu)}, n = ${n}`,
        },
      ],
      checks,
      panels: [
        {
          title: `Constant step ${show(a)} unless said otherwise`,
          x: { label: "step k", log: false },
          y: { label: "f(x) - f*", log: true },
          series,
        },
        {
          title: "SAGA's theorem",
          x: { label: "step k", log: false },
          y: { label: "||x - x*||^2", log: true },
          series: [
            { name: `mean of ${seeds} seeds`, kind: "measured", group: "saga", points: bound.measured },
            { name: "bound", kind: "bound", group: "saga", points: bound.bound },
          ],
        },
      ],
    };
  },
};
