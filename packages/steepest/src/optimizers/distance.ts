import { numpy as np } from "@jax-js/jax";
import { num, type Scalar, type ScalarOrSchedule } from "../scalar.ts";

/** What the optimizers take that estimate the distance to the solution, and from it the learning rate. */
export type DistanceOptions = {
  /** A factor on the estimated rate. Default 1. */
  learningRate?: ScalarOrSchedule;
  /** Default 0.9. */
  b1?: Scalar;
  /** Default 0.999. */
  b2?: Scalar;
  /** Default 1e-8. */
  eps?: Scalar;
  /** First estimate of the distance to the solution. Default 1e-6. */
  d0?: number;
  /** Decoupled, scaled by the estimate times learningRate. Default 0. */
  weightDecay?: Scalar;
};

export const distanceDefaults = { learningRate: 1, b1: 0.9, b2: 0.999, eps: 1e-8, d0: 1e-6, weightDecay: 0 };

/** max(d, numerator / length), or d where there has been no gradient yet to estimate from. Borrows d, consumes the rest. */
export function grownDistance(d: np.Array, numerator: np.Array, length: np.Array): np.Array {
  const empty = np.equal(length.ref, 0);
  const estimate = numerator.div(np.where(empty.ref, num(1, d), length));
  return np.maximum(d.ref, np.where(empty, d.ref, estimate));
}
