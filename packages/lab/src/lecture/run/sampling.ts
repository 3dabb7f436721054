import { Tensor } from "@steepest/compile";
import { permutation, type RandomStream, randomStream } from "../../random.ts";

/** How a batch of B of n samples is drawn at every step. */
export type Sampling =
  /** Each sample uniformly, independently. */
  | "replacement"
  /** B different samples, uniformly; at every step anew. */
  | "subset"
  /** Through a random order of all samples, a new order every epoch. */
  | "reshuffle"
  /** Through one random order of all samples, the same every epoch. */
  | "shuffle-once"
  /** Every sample at every step: gradient descent. The batch must be n. */
  | "all";

export interface SamplerOptions {
  /** n */
  readonly samples: number;
  readonly batch: number;
  readonly sampling: Sampling;
  readonly seeds: number;
  /** Separates experiments that would otherwise share their random numbers. */
  readonly purpose: string;
  /** How many samples are drawn at step k; they are repeated up to `batch`. Default: all. */
  readonly distinct?: ((k: number) => number) | undefined;
}

/** Draws sample numbers int32 [steps, seeds, batch] for steps `first`, `first` + 1, ...; every seed has its own stream. */
export function sampler({ samples, batch, sampling, seeds, purpose, distinct }: SamplerOptions) {
  const streams = Array.from({ length: seeds }, (_, s) =>
    order(samples, batch, sampling, randomStream(s, purpose)),
  );
  return (first: number, steps: number): Tensor => {
    const indices = new Int32Array(steps * seeds * batch);
    streams.forEach((next, s) => {
      for (let k = 0; k < steps; k++) {
        const at = (k * seeds + s) * batch;
        const drawn = distinct?.(first + k) ?? batch;
        next(indices.subarray(at, at + drawn));
        for (let b = drawn; b < batch; b++) indices[at + b] = indices[at + (b % drawn)] as number;
      }
    });
    return new Tensor("int32", [steps, seeds, batch], indices);
  };
}

/** Fills in the samples of the next batch. */
function order(
  n: number,
  batch: number,
  sampling: Sampling,
  random: RandomStream,
): (out: Int32Array) => void {
  if (sampling === "replacement") {
    return (out) => {
      for (let b = 0; b < out.length; b++) out[b] = random.below(n);
    };
  }
  if (sampling === "all") {
    return (out) => {
      for (let b = 0; b < batch; b++) out[b] = b;
    };
  }
  if (sampling === "subset") {
    const deck = Int32Array.from({ length: n }, (_, i) => i);
    return (out) => {
      for (let b = 0; b < batch; b++) {
        const j = b + random.below(n - b);
        [deck[b], deck[j]] = [deck[j] as number, deck[b] as number];
        out[b] = deck[b] as number;
      }
    };
  }
  let deck = permutation(n, random);
  let at = 0;
  return (out) => {
    // A batch never straddles two epochs: the remainder of an order is left out.
    if (at + batch > n) {
      if (sampling === "reshuffle") deck = permutation(n, random);
      at = 0;
    }
    out.set(deck.subarray(at, at + batch));
    at += batch;
  };
}
