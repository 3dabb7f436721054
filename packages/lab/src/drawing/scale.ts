import type { Ink } from "./ink.ts";
import type { Box, Pen } from "./pen.ts";
import { shortNumber } from "./short-number.ts";

/** Maps values to the part of an axis that they lie at. */
export interface Scale {
  readonly log: boolean;
  /** Ends of the axis: values, or their decimal logarithms when `log`. */
  readonly low: number;
  readonly high: number;
}

/** What a scale counts with: the value or its decimal logarithm; NaN where there is none. */
export const scaled = (value: number, log: boolean): number =>
  log ? (value > 0 ? Math.log10(value) : Number.NaN) : value;

/** Where a value lies, 0 at the low end and 1 at the high one. */
export const partOf = (value: number, { log, low, high }: Scale): number =>
  (scaled(value, log) - low) / (high - low);

/** About `count` round places, as values or logarithms. */
export function ticksOf({ low, high, log }: Scale, count = 4): number[] {
  const rough = (high - low) / count;
  const size = 10 ** Math.floor(Math.log10(rough));
  const round = ([1, 2, 5, 10].find((m) => m * size >= rough) as number) * size;
  const step = log ? Math.max(1, Math.round(rough)) : round;
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) ticks.push(k * step);
  // Less than a decade or two has too few powers of ten.
  if (log && ticks.length < 3) {
    for (let k = Math.floor(low); k <= Math.floor(high); k++) {
      for (const m of ticks.length < 2 ? [1, 2, 3, 5] : [1, 3]) {
        const at = k + Math.log10(m);
        if (at >= low && at <= high && !ticks.includes(at)) ticks.push(at);
      }
    }
  }
  return ticks;
}

export const tickText = (tick: number, log: boolean): string =>
  log && Number.isInteger(tick) && Math.abs(tick) > 2 ? `1e${tick}` : shortNumber(log ? 10 ** tick : tick);

/** A scale around all finite values, with a little room. Without any it goes from 0 to 1. */
export function scaleAround(values: Iterable<number>, log: boolean, room = 0.04): Scale {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    const s = scaled(value, log);
    if (!Number.isFinite(s)) continue;
    low = Math.min(low, s);
    high = Math.max(high, s);
  }
  if (low > high) return { log, low: 0, high: 1 };
  const pad = high > low ? room * (high - low) : log ? 0.5 : Math.abs(low) / 2 || 1;
  return { log, low: low - pad, high: high + pad };
}

/** The inside of a plot. */
export const plotBox = (width: number, height: number): Box => ({
  left: 54,
  right: width - 14,
  top: 18,
  bottom: height - 40,
});

/** Grid, tick labels and names of both axes; returns how values map to pixels. */
export function drawAxes(
  pen: Pen,
  box: Box,
  x: Scale,
  y: Scale,
  names: { readonly x: string; readonly y: string },
  ink: Ink,
): { toX(value: number): number; toY(value: number): number } {
  const { left, right, top, bottom } = box;
  const placeX = (part: number) => left + part * (right - left);
  const placeY = (part: number) => bottom - part * (bottom - top);
  for (const tick of ticksOf(y, Math.max(2, Math.round((bottom - top) / 60)))) {
    const py = placeY((tick - y.low) / (y.high - y.low));
    pen.line([left, py, right, py], { color: ink.line });
    pen.text(tickText(tick, y.log), left - 7, py + 4, { color: ink.muted, size: 11, anchor: "end" });
  }
  for (const tick of ticksOf(x, Math.max(2, Math.round((right - left) / 90)))) {
    const px = placeX((tick - x.low) / (x.high - x.low));
    pen.line([px, top, px, bottom], { color: ink.line });
    pen.text(tickText(tick, x.log), px, bottom + 16, { color: ink.muted, size: 11, anchor: "middle" });
  }
  pen.text(names.x, (left + right) / 2, bottom + 33, { color: ink.muted, size: 12, anchor: "middle" });
  pen.text(names.y, left - 46, top - 5, { color: ink.muted, size: 12 });
  return { toX: (value) => placeX(partOf(value, x)), toY: (value) => placeY(partOf(value, y)) };
}
