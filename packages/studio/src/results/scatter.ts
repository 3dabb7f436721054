import { drawAxes, type Pen, plotBox, scaleAround } from "@steepest/lab/drawing";
import type { ReportData, ReportTrial } from "@steepest/lab/format";
import { colorOf, type Theme } from "../ui/theme.ts";
import { drawLegend } from "./curves.ts";
import { knobsOf, taskOf, trialsOf } from "./select.ts";
import type { ResultsState } from "./state.ts";

/** The hyperparameter of the horizontal axis; undefined when none varies. */
export function knobOf(report: ReportData, state: Pick<ResultsState, "task" | "knob">): string | undefined {
  const known = [...knobsOf(trialsOf(report, state)).keys()];
  return known.includes(state.knob) ? state.knob : known.includes("learningRate") ? "learningRate" : known[0];
}

/** What came out of a trial; null when it never did. */
export const outcomeOf = (trial: ReportTrial, outcome: ResultsState["outcome"]): number | null =>
  outcome === "final" ? trial.final : ((outcome === "steps" ? trial.hit?.step : trial.hit?.seconds) ?? null);

export interface Dot {
  readonly trial: ReportTrial;
  readonly x: number;
  readonly y: number;
}

/** Where the dots lie in pixels, and those at the upper edge that never got there. */
export interface Placed {
  readonly dots: readonly Dot[];
  readonly missed: readonly Dot[];
}

/** Draws outcome against hyperparameter. Trials without the outcome are crosses at the upper edge. */
export function drawScatter(
  pen: Pen,
  { width, height }: { readonly width: number; readonly height: number },
  theme: Theme,
  report: ReportData,
  state: ResultsState,
  shown: readonly ReportTrial[],
  names: { readonly x: string; readonly y: string },
): Placed {
  const knob = knobOf(report, state);
  if (knob === undefined) return { dots: [], missed: [] };
  const box = plotBox(width, height);
  const known = shown.filter(({ hyperparameters }) => hyperparameters[knob] !== undefined);
  const at = ({ hyperparameters }: ReportTrial) => hyperparameters[knob] as number;
  const xs = known.map(at);
  const logX = xs.every((value) => value > 0) && Math.max(...xs) > 5 * Math.min(...xs);
  const values = known.flatMap((trial) => outcomeOf(trial, state.outcome) ?? []);
  const { target } = taskOf(report, state);
  const goal = state.outcome === "final" && target ? [target.value] : [];
  const y = scaleAround([...values, ...goal], state.logY, 0.08);
  const { toX, toY } = drawAxes(pen, box, scaleAround(xs, logX), y, names, theme);
  for (const value of goal) {
    pen.line([box.left, toY(value), box.right, toY(value)], {
      color: theme.text,
      dash: [2, 4],
      opacity: 0.7,
    });
  }
  const place = (trial: ReportTrial): Dot => {
    const value = outcomeOf(trial, state.outcome);
    return { trial, x: toX(at(trial)), y: value === null ? box.top + 6 : toY(value) };
  };
  const placed = known.map(place);
  const dots = placed.filter(({ trial }) => outcomeOf(trial, state.outcome) !== null);
  const missed = placed.filter(({ trial }) => outcomeOf(trial, state.outcome) === null);
  drawLegend(pen, box, theme, report, new Set(known.map(({ optimizer }) => optimizer)));
  const selected = new Set(state.selected);
  for (const [i, { name }] of report.optimizers.entries()) {
    const own = (list: readonly Dot[], front: boolean) =>
      list
        .filter(
          ({ trial }) =>
            trial.optimizer === name && (selected.size === 0 || selected.has(trial.id) === front),
        )
        .flatMap((dot) => [dot.x, dot.y]);
    const color = colorOf(i);
    if (selected.size > 0) pen.dots(own(dots, false), { color, radius: 4, opacity: 0.25 });
    pen.dots(own(dots, true), { color, radius: 5, rim: theme.background, opacity: 0.9 });
    const crosses = [...own(missed, true), ...own(missed, false)];
    for (let k = 0; k < crosses.length; k += 2) {
      const [px, py] = [crosses[k] as number, crosses[k + 1] as number];
      const cross = [px - 4, py - 4, px + 4, py + 4, Number.NaN, Number.NaN, px - 4, py + 4, px + 4, py - 4];
      pen.line(cross, { color, width: 1.6 });
    }
  }
  return { dots, missed };
}
