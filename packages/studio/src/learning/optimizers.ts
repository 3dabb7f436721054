import { type Hyperparameter, registry, startingValues } from "steepest/registry";

/** What the page must know of an optimizer to offer it. */
export interface Offered {
  readonly name: string;
  readonly label: string;
  readonly hyperparameters: Readonly<Record<string, Hyperparameter>>;
  readonly starting: Readonly<Record<string, number>>;
}

/**
 * The optimizers that a page can train with: all of the library that need no more than gradients and the loss. The build
 * puts this table in place of the file (`optimizer-table.ts`): the registry itself would bring every rule, and jax-js, to
 * the page's main thread.
 */
export const optimizers: readonly Offered[] = [...registry.values()]
  .filter(({ needs }) => needs.every((need) => need === "value"))
  .map((entry) => ({
    name: entry.name,
    label: entry.label,
    hyperparameters: entry.hyperparameters,
    starting: startingValues(entry),
  }));
