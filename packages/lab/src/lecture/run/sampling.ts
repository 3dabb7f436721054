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
  /**
   * How many samples are drawn at step k, a divisor of `batch`; the others repeat them, so that the mean is that of a
   * smaller batch. Only with replacement: a repeated sample is not one without. Default: all.
   */
  readonly distinct?: ((k: number) => number) | undefined;
}

/**
 * Draws sample numbers int32 [steps, seeds, batch] for steps `first`, `first` + 1, ...; every seed has its own stream.
 *
 * @throws RangeError for a batch that is no whole number of samples or cannot be drawn that way, and, at its step, for
 * a number of distinct samples that does not divide the batch.
 */
export function sampler(options: SamplerOptions) {
  check(options);
  const { samples, batch, sampling, seeds, purpose, distinct } = options;
  const streams = Array.from({ length: seeds }, (_, s) =>
    order(samples, batch, sampling, randomStream(s, purpose)),
  );
  return (first: number, steps: number): Tensor => {
    const indices = new Int32Array(steps * seeds * batch);
    for (let k = 0; k < steps; k++) {
      const drawn = distinct?.(first + k) ?? batch;
      if (!(drawn > 0 && batch % drawn === 0)) {
        throw new RangeError(`distinct is ${drawn} at step ${first + k}; it must divide the batch, ${batch}`);
      }
      streams.forEach((next, s) => {
        const at = (k * seeds + s) * batch;
        next(indices.subarray(at, at + drawn));
        for (let b = drawn; b < batch; b++) indices[at + b] = indices[at + (b % drawn)] as number;
      });
    }
    return new Tensor("int32", [steps, seeds, batch], indices);
  };
}

function check({ samples, batch, sampling, seeds, distinct }: SamplerOptions): void {
  if (!(Number.isInteger(batch) && batch > 0))
    throw new RangeError(`batch is ${batch}; expected 1 or more samples`);
  if (!(Number.isInteger(seeds) && seeds > 0)) throw new RangeError(`seeds is ${seeds}; expected 1 or more`);
  if (sampling === "all" && batch !== samples) {
    throw new RangeError(`batch is ${batch}; with every sample at every step it must be n = ${samples}`);
  }
  if (sampling !== "replacement" && batch > samples) {
    throw new RangeError(
      `batch is ${batch} of ${samples} samples without replacement; draw with replacement, or at most ${samples}`,
    );
  }
  if (sampling !== "replacement" && distinct !== undefined) {
    throw new RangeError(
      `distinct repeats samples, but sampling is "${sampling}"; use "replacement", or a smaller batch`,
    );
  }
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
