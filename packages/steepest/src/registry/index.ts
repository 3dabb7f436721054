import { adaptive } from "./adaptive.ts";
import { descent } from "./descent.ts";
import type { RegisteredOptimizer } from "./entry.ts";
import { matrices } from "./matrices.ts";

export type { Context, Hyperparameter, RegisteredOptimizer } from "./entry.ts";

/**
 * Every optimizer of the library by name, with what tables, forms and searches must know of it. Import it from
 * "steepest/registry": it pulls in all optimizers, which "steepest" alone does not.
 */
export const registry: ReadonlyMap<string, RegisteredOptimizer> = new Map(
  [...descent, ...adaptive, ...matrices].map((optimizer) => [optimizer.name, optimizer]),
);

/** The values from which a search of an optimizer's hyperparameters starts, by name. */
export const startingValues = ({
  hyperparameters,
}: Pick<RegisteredOptimizer, "hyperparameters">): Record<string, number> =>
  Object.fromEntries(Object.entries(hyperparameters).map(([name, h]) => [name, h.default]));
