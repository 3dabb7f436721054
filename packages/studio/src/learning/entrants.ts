import { registry, startingValues } from "steepest/registry";
import type { Range } from "../ui/controls.ts";
import type { Entrant } from "./protocol.ts";

/** The optimizers that a page can train with: all of the library that need no more than gradients and the loss. */
export const optimizerNames: readonly string[] = [...registry.values()]
  .filter(({ needs }) => needs.every((need) => need === "value"))
  .map(({ name }) => name);

export const isOptimizer = (name: string): boolean => optimizerNames.includes(name);

export const labelOf = (name: string): string => registry.get(name)?.label ?? name;

/** An optimizer with its usual hyperparameters, some of them replaced. */
export function entrantOf(name: string, values: Readonly<Record<string, number>> = {}): Entrant {
  const found = registry.get(name);
  if (found === undefined) throw new RangeError(`no optimizer "${name}"`);
  return { name, hyperparameters: { ...startingValues(found), ...values } };
}

/** The ranges of an optimizer's hyperparameters as sliders want them. */
export function rangesOf(name: string): Record<string, Range> {
  const entries = Object.entries(registry.get(name)?.hyperparameters ?? {});
  return Object.fromEntries(
    entries.map(([key, { min, max, scale }]) => [
      key,
      { min, max, ...(scale === "log" && { log: true }), ...(scale === "decay" && { decay: true }) },
    ]),
  );
}
