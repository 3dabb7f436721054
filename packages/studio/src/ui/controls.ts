import { shortNumber } from "@steepest/lab/drawing";
import { h } from "./dom.ts";
import { type IconName, icon } from "./icons.ts";
import { effect } from "./signal.ts";

export interface Range {
  readonly min: number;
  readonly max: number;
  readonly log?: boolean;
  /** Logarithmic in 1 - value. */
  readonly decay?: boolean;
  /** Whole numbers only. */
  readonly whole?: boolean;
}

const ticks = 1000;

/** Position of a value on a slider from 0 to `ticks`. */
function toTick(value: number, { min, max, log, decay }: Range): number {
  if (decay) return toTick(1 - value, { min: 1 - max, max: 1 - min, log: true }) * -1 + ticks;
  const part = log ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
  return Math.round(Math.min(Math.max(part, 0), 1) * ticks);
}

function fromTick(tick: number, range: Range): number {
  const { min, max, log, decay, whole } = range;
  if (decay) return 1 - fromTick(ticks - tick, { min: 1 - max, max: 1 - min, log: true });
  const part = tick / ticks;
  const value = log ? min * (max / min) ** part : min + (max - min) * part;
  return whole ? Math.round(value) : Number(value.toPrecision(3));
}

let ids = 0;

/** A labelled slider with its value in a number field next to it. `read` is tracked; `write` is called with new values. */
export function slider(label: string, range: Range, read: () => number, write: (value: number) => void) {
  const id = `control-${ids++}`;
  const input = h("input", {
    id,
    type: "range",
    min: 0,
    max: ticks,
    step: 1,
    oninput: () => write(fromTick(Number(input.value), range)),
  });
  const field = h("input", {
    type: "number",
    step: "any",
    min: range.min,
    max: range.max,
    "aria-label": label,
    onchange: () => {
      const value = Number(field.value);
      if (field.value !== "" && value >= range.min && value <= range.max) write(value);
      else field.value = shortNumber(read());
    },
  });
  effect(() => {
    const value = read();
    const tick = toTick(value, range);
    if (fromTick(Number(input.value), range) !== value) input.value = String(tick);
    input.setAttribute("aria-valuetext", shortNumber(value));
    if (document.activeElement !== field) field.value = shortNumber(value);
  });
  return h("div", { class: "control" }, h("label", { for: id }, label), input, field);
}

/** A labelled drop-down list. */
export function choice<T extends string>(
  label: string,
  options: readonly (readonly [value: T, text: string])[],
  read: () => T,
  write: (value: T) => void,
) {
  const id = `control-${ids++}`;
  const select = h(
    "select",
    { id, onchange: () => write(select.value as T) },
    ...options.map(([value, text]) => h("option", { value }, text)),
  );
  effect(() => {
    select.value = read();
  });
  return h("div", { class: "control choice" }, h("label", { for: id }, label), select);
}

/** A button with a symbol and a name for those who do not see it. */
export const iconButton = (name: string, symbol: IconName, onclick: () => void): HTMLButtonElement =>
  h("button", { type: "button", class: "icon", title: name, "aria-label": name, onclick }, icon(symbol));

/** A labelled check box, with a swatch of colour where it stands for something coloured. */
export function toggle(
  label: string,
  read: () => boolean,
  write: (isOn: boolean) => void,
  color?: string,
): HTMLElement {
  const input = h("input", { type: "checkbox", onchange: () => write(input.checked) });
  effect(() => {
    input.checked = read();
  });
  const swatch = h("span", { class: "swatch" });
  swatch.style.background = color ?? "";
  return h("label", { class: "toggle" }, input, color !== undefined && swatch, label);
}
