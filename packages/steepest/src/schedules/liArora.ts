import type { Schedule } from "../scalar.ts";
import { exponential } from "./decays.ts";

/** What replaces weight decay. */
export interface LiArora {
  /** Growth per step: weights under decay are alpha^t times those without, and 0 < alpha <= 1. */
  readonly alpha: number;
  /** Exponentially rising: learningRate * alpha^(-2t - 1). */
  readonly schedule: Schedule;
  /** The momentum buffer must start at this multiple of the weights. */
  readonly initialBuffer: number;
}

/**
 * The exponential learning rate that makes SGD without weight decay walk through the same directions as SGD with it, on
 * functions that do not change when the weights are scaled. Li, Arora, An exponential learning rate schedule for deep
 * learning, 2020.
 *
 * @throws RangeError when learningRate * weightDecay is not below (1 - sqrt(momentum))^2: there is no such schedule.
 */
export function liArora(learningRate: number, momentum: number, weightDecay: number): LiArora {
  const product = learningRate * weightDecay;
  const bound = (1 - Math.sqrt(momentum)) ** 2;
  if (!(product < bound)) {
    throw new RangeError(
      `liArora: learningRate * weightDecay is ${product}, and must be below (1 - sqrt(momentum))^2 = ${bound}`,
    );
  }
  const b = 1 + momentum - product;
  const alpha = (b + Math.sqrt(b * b - 4 * momentum)) / 2;
  return {
    alpha,
    schedule: exponential(learningRate / alpha, alpha ** -2),
    initialBuffer: -(1 - alpha) / (learningRate * alpha),
  };
}
