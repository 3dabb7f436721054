import type { numpy as np } from "@jax-js/jax";
import type { ArrayTree } from "@steepest/compile";
import {
  adadelta,
  adafactor,
  adagrad,
  adam,
  adamax,
  adamw,
  ademamix,
  amsgrad,
  dadaptAdam,
  type GradientTransformation,
  lamb,
  lbfgs,
  lion,
  mars,
  muon,
  nadam,
  nagGs,
  normalizedSgd,
  prodigy,
  radam,
  rmsprop,
  rprop,
  sam,
  scheduleFreeAdamW,
  sgd,
  shampoo,
  signSgd,
  soap,
  sophia,
} from "steepest";
import { entryOf, type OptimizerName } from "./catalog.ts";

/** The library's functions that the catalog may name: the only update rules of this page. */
export const factories = {
  adadelta,
  adafactor,
  adagrad,
  adam,
  adamax,
  adamw,
  ademamix,
  amsgrad,
  dadaptAdam,
  lamb,
  lbfgs,
  lion,
  mars,
  muon,
  nadam,
  nagGs,
  normalizedSgd,
  prodigy,
  radam,
  rmsprop,
  rprop,
  scheduleFreeAdamW,
  sgd,
  shampoo,
  signSgd,
  soap,
  sophia,
};
export type FactoryName = keyof typeof factories;

/** The library's optimizer for a catalog entry, with its hyperparameters as scalar arrays. */
export function ruleOf(
  name: OptimizerName,
  hyperparameters: Readonly<Record<string, np.Array>>,
): GradientTransformation {
  const { factory, options, sharpnessAware } = entryOf(name);
  const { rho, ...others } = hyperparameters;
  const make = factories[factory] as (options: object) => GradientTransformation;
  return make({ ...options, ...(sharpnessAware ? others : hyperparameters) });
}

/** A gradient function, or the library's sharpness-aware one of it where the catalog entry asks for that. */
export function gradientsOf<P extends ArrayTree>(
  name: OptimizerName,
  hyperparameters: Readonly<Record<string, np.Array>>,
  gradient: (params: P) => P,
): (params: P) => P {
  const { rho } = hyperparameters;
  return entryOf(name).sharpnessAware && rho ? sam(gradient, { rho }) : gradient;
}
