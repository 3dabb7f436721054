import { inner, squaredDistance } from "../../problems/symmetric.ts";
import { randomStream } from "../../random.ts";
import { descentWithError, plWithErrors } from "../bounds/index.ts";
import { type Item, type Panel, seeds } from "../item.ts";
import { type BoundCheck, type Check, checkBound, show } from "../verdict.ts";
import { cancer, polyakLojasiewicz, type Setting, sine, smooth, startGap } from "./problems.ts";

export const descentLemmaItem: Item = {
  id: "descent-lemma",
  title: "The descent lemma with gradient error",
  line: "a step of at most 1/L with gradient error e falls by half the step times ‖∇f‖² − ‖e‖²",
  claim: String.raw`\alpha\le\tfrac1L:\;f(x_{k+1})\le f(x_k)-\tfrac\alpha2\|\nabla f(x_k)\|^2+\tfrac\alpha2\|e_k\|^2,\qquad D_k\le(1-\tfrac\mu L)^kD_0+\tfrac1{2L}\sum_{j<k}(1-\tfrac\mu L)^{k-1-j}\|e_j\|^2`,
  about:
    "Every single step of every seed is put into the first inequality with its own error $e_k$; the mean over seeds into the second. The gradient is the exact one plus normal noise of a given relative size. Above $1/L$ the inequality must fail, and the share of steps at which it does is reported.",
  source: "Friedlander and Schmidt (2012), section 2 and theorem 2.2",
  async run({ quick, progress }) {
    const steps = quick ? 30 : 100;
    const [checks, panels]: [Check[], Panel[]] = [[], []];
    const notes: string[] = [];
    const settings = [await cancer(), sine()];
    for (const setting of settings) {
      const { problem } = setting;
      const { L, pl: mu } = problem.constants;
      progress?.(problem.name);
      const series: Panel["series"][number][] = [];
      for (const noise of [0.1, 0.5]) {
        const runs = noisyDescent(setting, 1 / L, noise, steps);
        const worst = Math.max(...runs.excess.flat());
        checks.push({
          claim: `${problem.name}, error ${noise}: each of ${seeds * steps} steps obeys the inequality`,
          verdict: worst <= 1e-12 ? "holds" : "does not hold",
          detail: `the largest excess of the left side is ${show(worst)}`,
        });
        const at = Array.from({ length: steps + 1 }, (_, k) => k);
        const meanError = at.slice(1).map((k) => runs.error2[k - 1]?.reduce((a, b) => a + b / seeds, 0) ?? 0);
        const bound = plWithErrors(L, mu, startGap(setting), meanError);
        const check: BoundCheck = checkBound(
          `${problem.name}, error ${noise}: the mean over seeds obeys the sum`,
          at,
          runs.gap,
          (k) => bound[k] as number,
        );
        checks.push(check);
        series.push(
          {
            name: `error ${noise}: mean of ${seeds} seeds`,
            kind: "measured",
            group: String(noise),
            points: check.measured,
          },
          { name: `error ${noise}: bound`, kind: "bound", group: String(noise), points: check.bound },
        );
      }
      const beyond = noisyDescent(setting, 1.9 / L, 0.5, steps).excess.flat();
      notes.push(
        `${problem.name}: with step 1.9/L the inequality fails at ${show((100 * beyond.filter((e) => e > 1e-12).length) / beyond.length)} % of the steps: the lemma needs a step of at most 1/L, which its statement often leaves out.`,
      );
      panels.push({
        title: problem.name,
        x: { label: "step k", log: false },
        y: { label: "f(x) − f*", log: true },
        series,
      });
    }
    return {
      assumptions: settings.flatMap(({ problem }) => [smooth(problem), polyakLojasiewicz(problem)]),
      checks,
      panels,
      notes,
    };
  },
};

interface NoisyRuns {
  /** [steps + 1][seeds] f(x_k) - f* */
  readonly gap: number[][];
  /** [steps][seeds] ||e_k||^2 */
  readonly error2: number[][];
  /** [steps][seeds] left side minus right side of the inequality, as it stands for any step size. */
  readonly excess: number[][];
}

/** Gradient descent whose gradients carry normal errors of `noise` times the norm of the first gradient, in expectation. */
function noisyDescent({ problem, start }: Setting, a: number, noise: number, steps: number): NoisyRuns {
  const { L, fStar } = problem.constants;
  const p = problem.dimension;
  const deviation = (noise * Math.sqrt(squaredDistance(problem.gradient(start)))) / Math.sqrt(p);
  const table = (rows: number) => Array.from({ length: rows }, () => new Array<number>(seeds).fill(0));
  const runs = { gap: table(steps + 1), error2: table(steps), excess: table(steps) };
  for (let s = 0; s < seeds; s++) {
    const random = randomStream(s, `gradient error ${noise}`);
    let x = start;
    let value = problem.value(x);
    (runs.gap[0] as number[])[s] = value - fStar;
    for (let k = 0; k < steps; k++) {
      const g = problem.gradient(x);
      const e = g.map(() => deviation * random.normal());
      x = x.map((v, j) => v - a * ((g[j] as number) + (e[j] as number)));
      const next = problem.value(x);
      const error2 = inner(e, e);
      (runs.gap[k + 1] as number[])[s] = next - fStar;
      (runs.error2[k] as number[])[s] = error2;
      (runs.excess[k] as number[])[s] = next - value - statement(L, a, inner(g, g), error2);
      value = next;
    }
  }
  return runs;
}

/** The right side; above 1/L, where it is not a theorem, the same formula. */
const statement = (L: number, a: number, gradient2: number, error2: number): number =>
  a * L <= 1 + 1e-12 ? descentWithError(L, a, gradient2, error2) : (a / 2) * (error2 - gradient2);
