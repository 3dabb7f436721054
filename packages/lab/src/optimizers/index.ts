import { registry } from "steepest/registry";
import { lookUp } from "../suggest.ts";
import { type OptimizerEntry, type RacedOptimizer, raced } from "./optimizer.ts";

/** What a training step of the lab has for an optimizer besides the gradients. */
const given: ReadonlySet<string> = new Set(["value"]);

/** Every registered optimizer that can be raced: those that need no more than gradients and the loss. */
const usable = new Map(
  [...registry.values()]
    .filter(({ needs }) => needs.every((need) => given.has(need)))
    .map((optimizer) => [optimizer.name, raced(optimizer)]),
);

export const optimizers: ReadonlyMap<string, OptimizerEntry> = usable;

/** Adds an optimizer for the rest of this process. */
export const addOptimizer = (optimizer: RacedOptimizer): unknown =>
  usable.set(optimizer.name, raced(optimizer));

/** The optimizer of this name. Throws a RangeError that suggests the nearest one, or says why it cannot be raced. */
export function findOptimizer(name: string): OptimizerEntry {
  const missing = registry.get(name)?.needs.filter((need) => !given.has(need)) ?? [];
  if (missing.length > 0) {
    throw new RangeError(
      `optimizer "${name}" cannot be raced: it needs extra.${missing.join(" and extra.")} at every step, which minibatch ` +
        "training does not have; `steepest lecture` runs it on finite sums",
    );
  }
  return lookUp("optimizer", name, optimizers);
}

export {
  defaultsOf,
  defineOptimizer,
  type Hyperparameter,
  type OptimizerContext,
  type OptimizerEntry,
  type RacedOptimizer,
} from "./optimizer.ts";
