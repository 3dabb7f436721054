import type { numpy as np } from "@jax-js/jax";
import {
  adagrad,
  adam,
  adamax,
  adamw,
  ademamix,
  amsgrad,
  type GradientTransformation,
  lion,
  mars,
  muon,
  nadam,
  nagGs,
  normalizedSgd,
  prodigy,
  rmsprop,
  rprop,
  scheduleFreeAdamW,
  sgd,
  shampoo,
  signSgd,
  soap,
} from "steepest";
import { entryOf, type OptimizerName } from "./catalog.ts";

/** The library's functions that the catalog may name: the only update rules of this page. */
export const factories = {
  adagrad,
  adam,
  adamax,
  adamw,
  ademamix,
  amsgrad,
  lion,
  mars,
  muon,
  nadam,
  nagGs,
  normalizedSgd,
  prodigy,
  rmsprop,
  rprop,
  scheduleFreeAdamW,
  sgd,
  shampoo,
  signSgd,
  soap,
};
export type FactoryName = keyof typeof factories;

/** The library's optimizer for a catalog entry, with its hyperparameters as scalar arrays. */
export function ruleOf(
  name: OptimizerName,
  hyperparameters: Readonly<Record<string, np.Array>>,
): GradientTransformation {
  const { factory, options } = entryOf(name);
  const make = factories[factory] as (options: object) => GradientTransformation;
  return make({ ...options, ...hyperparameters });
}
