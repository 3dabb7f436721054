import { breastCancerConvex, californiaHousing, digitsLeastSquares } from "../../problems/index.ts";
import { gdConvex, gdConvexTight, gdNonconvex, gdPl } from "../bounds/index.ts";
import type { Item, Panel } from "../item.ts";
import { descend } from "../run/descend.ts";
import { evaluateAt, recordAt } from "../run/records.ts";
import { type BoundCheck, checkBound } from "../verdict.ts";
import {
  cancer,
  convex,
  ifPresent,
  polyakLojasiewicz,
  type Setting,
  sine,
  smooth,
  startDistance2,
  startGap,
  well,
} from "./problems.ts";

export const gdRatesItem: Item = {
  id: "gd-rates",
  title: "Gradient descent: linear, 1/k, and 1/k in the gradient",
  line: "gradient descent: linear under PL, 1/k when convex, 1/k in ‖∇f‖² always",
  claim: String.raw`f(x_k)-f^*\le(1-\mu/L)^k(f(x_0)-f^*),\quad f(x_k)-f^*\le\frac{L\|x_0-x^*\|^2}{2k},\quad \min_{j<k}\|\nabla f(x_j)\|^2\le\frac{2L(f(x_0)-f^*)}{k}`,
  about:
    "Gradient descent with step 1/L on PL functions, on convex ones, and on one that is neither. Nothing is random here, so each problem is one run.",
  source: "Karimi, Nutini and Schmidt (2016), theorem 1; Nesterov (2004); Drori and Teboulle (2014)",
  async run({ quick, progress }) {
    const [checks, panels]: [BoundCheck[], Panel[]] = [[], []];
    const run = ({ problem, start }: Setting, steps: number) => {
      progress?.(problem.name);
      return descend({ problem, start }, recordAt(steps));
    };
    const add = (title: string, label: string, measured: string, own: BoundCheck[]) => {
      checks.push(...own);
      panels.push({
        title,
        x: { label: "step k", log: true },
        y: { label, log: true },
        series: [
          { name: measured, kind: "measured", group: "run", points: (own[0] as BoundCheck).measured },
          ...own.map((check) => ({
            name: check.claim.split(": ")[1] ?? check.claim,
            kind: "bound" as const,
            points: check.bound,
          })),
        ],
      });
    };
    const housing = await ifPresent("california-housing", () => californiaHousing(0.01));
    const pl = [
      await cancer(),
      sine(),
      ...housing.problems.map((problem) => ({ problem, start: new Float64Array(problem.dimension) })),
    ];
    for (const setting of pl) {
      const { L, pl: mu } = setting.problem.constants;
      const result = await run(setting, quick ? 300 : 1000);
      const gaps = result.last.map((m) => m.gap);
      const check = checkBound(`${setting.problem.name}: (1 − μ/L)^k`, result.at, gaps, (k) =>
        gdPl(L, mu, startGap(setting), k),
      );
      add(setting.problem.name, "f(x) − f*", "gradient descent, step 1/L", [check]);
    }
    const flat = [await breastCancerConvex(), await digitsLeastSquares()].map((problem) => ({
      problem,
      start: new Float64Array(problem.dimension),
    }));
    for (const setting of flat) {
      const { L } = setting.problem.constants;
      const R2 = startDistance2(setting);
      const result = await run(setting, quick ? 1000 : 5000);
      const at = result.at.slice(1);
      const gaps = result.last.slice(1).map((m) => m.gap);
      add(setting.problem.name, "f(x) − f*", "gradient descent, step 1/L", [
        checkBound(`${setting.problem.name}: L R² / (2k)`, at, gaps, (k) => gdConvex(L, R2, k)),
        checkBound(`${setting.problem.name}: L R² / (4k + 2)`, at, gaps, (k) => gdConvexTight(L, R2, k)),
      ]);
    }
    const rough = well();
    const { L } = rough.problem.constants;
    const result = await run(rough, quick ? 300 : 1000);
    let least = Infinity;
    // The recorded gradients before step k: an upper estimate of the minimum over all j < k.
    const smallest = (await evaluateAt(rough.problem, result.last.slice(0, -1), "gradient2")).map(([v]) => {
      least = Math.min(least, v as number);
      return [least];
    });
    add(rough.problem.name, "least ‖∇f‖² so far", "gradient descent, step 1/L", [
      checkBound(`${rough.problem.name}: 2 L D0 / k`, result.at.slice(1), smallest, (k) =>
        gdNonconvex(L, startGap(rough), k),
      ),
    ]);
    const all = [...pl, ...flat, rough].map((s) => s.problem);
    return {
      assumptions: [
        ...all.map(smooth),
        ...pl.map((s) => polyakLojasiewicz(s.problem)),
        ...flat.map((s) => convex(s.problem)),
      ],
      checks,
      panels,
      notes: housing.notes,
    };
  },
};
