import type * as Plot from "@observablehq/plot";
import { type Axis, type ParallelLine, parallelPlot, valueOn } from "../../figures/parallel.ts";
import type { ReportTask, ReportTrial } from "../data.ts";
import { formatNumber } from "../numbers.ts";
import { entryOf, varied } from "../results.ts";
import { fillFigure, select } from "./figure.ts";
import { brush, brushed, data } from "./state.ts";

/** Parallel coordinates of an optimizer's trials on a task; what is brushed on the axes filters the list of trials. */
export function parallelFigure(host: HTMLElement, task: ReportTask): void {
  const own = data.entries.filter((entry) => entry.task === task.name && varied(entry).length > 0);
  const metric = `final ${task.target?.metric ?? "value"}`;
  const ranges = new Map<string, [number, number]>();
  let [optimizer, axes, lines]: [string, Axis[], ParallelLine[]] = ["", [], []];
  const within = ({ values }: ParallelLine): boolean =>
    [...ranges].every(([name, [low, high]]) => {
      const value = values[name];
      const axis = axes.find((a) => a.name === name) as Axis;
      if (typeof value !== "number") return false;
      return value >= valueOn(axis, low) - 1e-12 && value <= valueOn(axis, high) + 1e-12;
    });
  const apply = () => {
    const ids = lines.filter(within).map(({ id }) => id);
    brush(ranges.size === 0 ? undefined : new Set(ids));
  };
  fillFigure(host, {
    caption: "Hyperparameters and what they led to",
    file: `${task.name}-hyperparameters`,
    controls: select(
      "optimizer",
      "",
      own.map((entry) => [entry.optimizer, entry.optimizer]),
    ),
    note: () => {
      const count = lines.filter(within).length;
      const chosen =
        ranges.size === 0
          ? ""
          : ` ${count} of ${lines.length} trials are inside; the list of trials shows them.`;
      return (
        "Blue is best; dashed trials have no final value. Drag on an axis to keep a part of it, click to let go. By keys: " +
        `Tab to an axis, arrows move its range, Shift with arrows resizes it, Escape lets go.${chosen}`
      );
    },
    draw(width, read) {
      if (read("optimizer") !== optimizer) {
        optimizer = read("optimizer");
        const trials = data.trials.filter((t) => t.task === task.name && t.optimizer === optimizer);
        axes = axesOf(task, optimizer, trials, metric);
        lines = linesOf(task, trials, metric);
        if (ranges.size > 0) {
          ranges.clear();
          queueMicrotask(() => brush(undefined));
        }
      }
      // Another figure's brush takes this one's place.
      if (ranges.size > 0 && brushed() === undefined) ranges.clear();
      return parallelPlot({
        axes,
        lines: lines.map((line) => ({ ...line, selected: within(line) })),
        format: formatNumber,
        width,
        height: 280,
      });
    },
    drawn: (svg, redraw) => addBrushes(svg, axes, ranges, apply, redraw),
  });
}

function axesOf(task: ReportTask, optimizer: string, trials: readonly ReportTrial[], metric: string): Axis[] {
  const entry = entryOf(data, task.name, optimizer);
  const facts = data.optimizers.find(({ name }) => name === optimizer)?.hyperparameters ?? [];
  const range = (values: readonly number[]) => ({ min: Math.min(...values), max: Math.max(...values) });
  const parameters = entry === undefined ? [] : varied(entry);
  const finals = trials.flatMap(({ final }) => final ?? []);
  return [
    ...parameters.map((name): Axis => {
      const { min, max } = range(trials.map(({ hyperparameters }) => hyperparameters[name] as number));
      const log = min > 0 && facts.find((h) => h.name === name)?.scale === "log";
      return { name, log, min, max };
    }),
    ...(finals.length > 0 ? [{ name: metric, log: false, ...range(finals) }] : []),
  ];
}

function linesOf(task: ReportTask, trials: readonly ReportTrial[], metric: string): ParallelLine[] {
  const sign = task.target?.direction === "max" ? -1 : 1;
  // By rank: a few bad trials would else take the whole scale.
  const order = trials.flatMap(({ final }) => final ?? []).sort((a, b) => sign * (a - b));
  return trials.map(({ id, hyperparameters, final }) => ({
    id,
    values: { ...hyperparameters, [metric]: final },
    quality: final === null ? null : order.indexOf(final) / Math.max(1, order.length - 1),
    selected: true,
  }));
}

const namespace = "http://www.w3.org/2000/svg";

/** An area over every axis on which a range can be dragged, or moved by keys. */
function addBrushes(
  svg: SVGSVGElement,
  axes: readonly Axis[],
  ranges: Map<string, [number, number]>,
  apply: () => void,
  redraw: () => void,
): void {
  const scales = svg as unknown as Plot.Plot;
  const [x, y] = [scales.scale("x"), scales.scale("y")] as [Plot.Scale, Plot.Scale];
  const [bottom, top] = [y.apply(0), y.apply(1)] as [number, number];
  const rectangle = (name: string, from: number, height: number, middle: number, width: number) => {
    const rect = document.createElementNS(namespace, "rect");
    for (const [key, value] of Object.entries({ x: middle - width / 2, y: from, width, height })) {
      rect.setAttribute(key, String(value));
    }
    rect.setAttribute("class", name);
    return rect;
  };
  for (const axis of axes) {
    const middle = (x.apply(axis.name) as number) + (x.bandwidth ?? 0) / 2;
    const group = document.createElementNS(namespace, "g");
    const range = ranges.get(axis.name);
    const [low, high] = range ?? [0, 1];
    group.setAttribute("class", "axis");
    group.setAttribute("tabindex", "0");
    group.setAttribute("role", "slider");
    group.setAttribute("aria-label", `Range of ${axis.name}`);
    group.setAttribute("aria-valuemin", "0");
    group.setAttribute("aria-valuemax", "1");
    group.setAttribute("aria-valuenow", String(low));
    const shown = [low, high].map((place) => formatNumber(valueOn(axis, place))).join(" to ");
    group.setAttribute("aria-valuetext", range === undefined ? "everything" : shown);
    group.append(rectangle("reach", top - 8, bottom - top + 16, middle, 36));
    if (range !== undefined) {
      group.append(rectangle("brush", y.apply(high), y.apply(low) - y.apply(high), middle, 18));
    }
    const set = (next: [number, number] | undefined) => {
      if (next === undefined) ranges.delete(axis.name);
      else ranges.set(axis.name, next);
    };
    const placeAt = (event: PointerEvent) => {
      const box = svg.getBoundingClientRect();
      const at = ((event.clientY - box.top) * svg.viewBox.baseVal.height) / box.height;
      return Math.min(1, Math.max(0, (bottom - at) / (bottom - top)));
    };
    group.addEventListener("pointerdown", (event) => {
      const from = placeAt(event);
      event.preventDefault();
      const mark = rectangle("brush", 0, 0, middle, 18);
      const move = (moved: PointerEvent) => {
        const at = placeAt(moved);
        const [a, b] = [Math.min(from, at), Math.max(from, at)];
        mark.setAttribute("y", String(y.apply(b)));
        mark.setAttribute("height", String(y.apply(a) - y.apply(b)));
        group.querySelector(".brush")?.remove();
        group.append(mark);
        set(b - a > 0.02 ? [a, b] : undefined);
      };
      const stop = (ended: PointerEvent) => {
        move(ended);
        removeEventListener("pointermove", move);
        removeEventListener("pointerup", stop);
        apply();
      };
      addEventListener("pointermove", move);
      addEventListener("pointerup", stop);
    });
    group.addEventListener("keydown", (event) => {
      const by = event.key === "ArrowUp" ? 0.05 : event.key === "ArrowDown" ? -0.05 : 0;
      if (event.key === "Escape") set(undefined);
      else if (by === 0) return;
      else if (event.shiftKey) set([low, Math.min(1, Math.max(low + 0.05, high + by))]);
      else {
        const width = range === undefined ? 0.5 : high - low;
        const from = range === undefined ? (by > 0 ? 0.5 : 0) : Math.min(1 - width, Math.max(0, low + by));
        set([from, from + width]);
      }
      event.preventDefault();
      const { parentNode } = svg;
      apply();
      redraw();
      // The drawing is new: the focus goes to the same axis of it.
      for (const other of parentNode?.querySelectorAll<SVGGElement>(".axis") ?? []) {
        if (other.getAttribute("aria-label") === group.getAttribute("aria-label")) other.focus();
      }
    });
    svg.append(group);
  }
}
