import type { Range } from "../ui/controls.ts";
import { type Offered, optimizers } from "./optimizers.ts";
import type { Entrant } from "./protocol.ts";

const byName: ReadonlyMap<string, Offered> = new Map(optimizers.map((offered) => [offered.name, offered]));

export const optimizerNames: readonly string[] = [...byName.keys()];

export const isOptimizer = (name: string): boolean => byName.has(name);

export const labelOf = (name: string): string => byName.get(name)?.label ?? name;

/** An optimizer with its usual hyperparameters, some of them replaced. */
export function entrantOf(name: string, values: Readonly<Record<string, number>> = {}): Entrant {
  const found = byName.get(name);
  if (found === undefined) throw new RangeError(`no optimizer "${name}"`);
  return { name, hyperparameters: { ...found.starting, ...values } };
}

/** The ranges of an optimizer's hyperparameters as sliders want them. */
export function rangesOf(name: string): Record<string, Range> {
  const entries = Object.entries(byName.get(name)?.hyperparameters ?? {});
  return Object.fromEntries(
    entries.map(([key, { min, max, scale }]) => [
      key,
      { min, max, ...(scale === "log" && { log: true }), ...(scale === "decay" && { decay: true }) },
    ]),
  );
}
