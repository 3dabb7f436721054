/** Uniform numbers in [0, 1): a mulberry32 generator. The same seed gives the same numbers. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal numbers by the Box-Muller transform. */
export function normals(count: number, seed: number): Float32Array<ArrayBuffer> {
  const next = uniform(seed);
  const result = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - next()));
    const angle = 2 * Math.PI * next();
    result[i] = radius * Math.cos(angle);
    if (i + 1 < count) result[i + 1] = radius * Math.sin(angle);
  }
  return result;
}

/**
 * Noise [steps, seeds, dimensions]: every seed has a stream of its own, so that a run is the same however many others there
 * are.
 */
export function noiseOf(
  steps: number,
  seeds: number,
  dimensions: number,
  seed: number,
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(steps * seeds * dimensions);
  for (let run = 0; run < seeds; run++) {
    const own = normals(steps * dimensions, seed + 7919 * run);
    for (let t = 0; t < steps; t++) {
      for (let d = 0; d < dimensions; d++) {
        result[(t * seeds + run) * dimensions + d] = own[t * dimensions + d] as number;
      }
    }
  }
  return result;
}

/**
 * Weights of mini-batches [steps, seeds, examples]: 1 / size at `size` examples drawn without replacement and 0 elsewhere;
 * a stream for every seed.
 */
export function batches(
  steps: number,
  seeds: number,
  examples: number,
  size: number,
  seed: number,
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(steps * seeds * examples);
  for (let run = 0; run < seeds; run++) {
    const next = uniform(seed + 7919 * run);
    const order = Array.from({ length: examples }, (_, i) => i);
    for (let t = 0; t < steps; t++) {
      for (let i = 0; i < size; i++) {
        const j = i + Math.floor(next() * (examples - i));
        const chosen = order[j] as number;
        order[j] = order[i] as number;
        order[i] = chosen;
        result[(t * seeds + run) * examples + chosen] = 1 / size;
      }
    }
  }
  return result;
}
