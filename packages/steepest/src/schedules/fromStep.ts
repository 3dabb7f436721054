import type { numpy as np } from "@jax-js/jax";
import { asFloat, type Schedule } from "../scalar.ts";

/** A schedule from a function of the float step number, which it consumes. */
export const fromStep =
  (rule: (t: np.Array) => np.Array): Schedule =>
  (count) =>
    rule(asFloat(count));
