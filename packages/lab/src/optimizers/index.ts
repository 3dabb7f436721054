import { lookUp } from "../suggest.ts";
import { adamwEntry } from "./adamw.ts";
import { muonEntry } from "./muon.ts";
import type { OptimizerEntry } from "./optimizer.ts";
import { sgdEntry } from "./sgd.ts";

/** Every optimizer that can be raced. To add one: write its file and add it here. */
const all: readonly OptimizerEntry[] = [sgdEntry, adamwEntry, muonEntry];

export const optimizers: ReadonlyMap<string, OptimizerEntry> = new Map(
  all.map((entry) => [entry.name, entry]),
);

/** The optimizer of this name. Throws a RangeError that suggests the nearest one. */
export const findOptimizer = (name: string): OptimizerEntry => lookUp("optimizer", name, optimizers);

export { defaultsOf, type Hyperparameter, type OptimizerContext, type OptimizerEntry } from "./optimizer.ts";
