/** The Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998) with the draws that NumPy's legacy RandomState makes. */
export interface MersenneTwister {
  /** Uniform on [0, 1) with 53 bits: two words, as `random_sample`. */
  uniform(): number;
  /** Uniform on 0..max by masked rejection of words, as `random_interval`. */
  upTo(max: number): number;
}

const size = 624;
const shift = 397;

/** @param seed an integer in [0, 2^32), as `RandomState(seed)` takes it */
export function mersenneTwister(seed: number): MersenneTwister {
  const state = new Uint32Array(size);
  state[0] = seed;
  for (let i = 1; i < size; i++) {
    const last = state[i - 1] as number;
    state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
  }
  let used = size;

  const refill = () => {
    for (let i = 0; i < size; i++) {
      const joined = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % size] as number) & 0x7fffffff);
      state[i] = (state[(i + shift) % size] as number) ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
    }
    used = 0;
  };
  const word = (): number => {
    if (used === size) refill();
    let x = state[used++] as number;
    x ^= x >>> 11;
    x ^= (x << 7) & 0x9d2c5680;
    x ^= (x << 15) & 0xefc60000;
    return (x ^ (x >>> 18)) >>> 0;
  };
  return {
    uniform: () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53,
    upTo(max) {
      if (max === 0) return 0;
      const mask = 2 ** (32 - Math.clz32(max)) - 1;
      let value: number;
      do value = (word() & mask) >>> 0;
      while (value > max);
      return value;
    },
  };
}
