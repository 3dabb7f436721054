/** A deterministic stream of random numbers: the same seed and purpose give the same numbers on every machine. */
export interface RandomStream {
  /** Uniform on [0, 1) with 32 random bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform on 0..n-1. */
  below(n: number): number;
}

/**
 * An sfc32 generator (Doty-Humphrey's small fast counting generator, 128 bits of state).
 *
 * @param seed any integer
 * @param purpose separates streams of one seed: "init" and "batches" never share numbers.
 */
export function randomStream(seed: number, purpose: string): RandomStream {
  let [a, b, c, counter] = [...hash(purpose), seed | 0, 1] as [number, number, number, number];
  const bits = (): number => {
    const out = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + out) | 0;
    return out >>> 0;
  };
  for (let i = 0; i < 20; i++) bits();
  const uniform = () => bits() / 2 ** 32;
  let spare: number | undefined;
  return {
    uniform,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      // Box and Muller (1958); 1 - u is never zero.
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    below: (n) => Math.floor(uniform() * n),
  };
}

/** FNV-1a, twice with different offsets. */
function hash(text: string): [number, number] {
  let [x, y] = [0x811c9dc5, 0x1234567];
  for (let i = 0; i < text.length; i++) {
    x = Math.imul(x ^ text.charCodeAt(i), 0x01000193);
    y = Math.imul(y ^ text.charCodeAt(i), 0x01000193) + 1;
  }
  return [x, y];
}

/** The numbers 0..n-1 in random order (Fisher and Yates). */
export function permutation(n: number, random: RandomStream): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}
