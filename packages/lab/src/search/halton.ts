import { mersenneTwister } from "./mt19937.ts";

/** AlgoPerf throws away this many points at the start. */
const defaultSkip = 100;

/**
 * Quasi-random points in the unit cube as AlgoPerf draws them: a scrambled, shifted Halton sequence (Halton, 1960;
 * Bousquet et al., 2017), bit for bit. Dimension d has a prime base p; the digits 1..p-1 are permuted by a Mersenne
 * Twister seeded with p, whose next draw is the shift, so there is no seed: equal arguments give equal points. Points
 * come in the sequence's order; AlgoPerf shuffles them afterwards without a seed, which `drawPoints` does with one.
 *
 * @param samples number of points
 * @param dims number of coordinates
 * @returns `samples` points of `dims` coordinates in [0, 1)
 * @throws RangeError if a number is not a count
 */
export function haltonPoints(samples: number, dims: number, { skip = defaultSkip } = {}): number[][] {
  for (const [name, value] of Object.entries({ samples, dims, skip })) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`haltonPoints: ${name} is ${value}; expected a count`);
    }
  }
  const columns = haltonBases(dims).map((base) => vanDerCorput(base, samples, skip));
  return Array.from({ length: samples }, (_, i) => columns.map((column) => column[i] as number));
}

/**
 * The bases of a sequence of `dims` dimensions: the largest odd primes below 1000 but for the very largest, ascending
 * (977, 983, 991 for three); below 2000, 3000, ... once there are too few.
 */
export function haltonBases(dims: number): number[] {
  let primes: number[] = [];
  for (let limit = 1000; primes.length < dims + 1; limit += 1000) primes = oddPrimesBelow(limit);
  return primes.slice(primes.length - 1 - dims, -1);
}

/** The scrambled radical inverses of skip+1..skip+samples in a prime base, shifted modulo 1. */
function vanDerCorput(base: number, samples: number, skip: number): number[] {
  const random = mersenneTwister(base);
  const digits = Array.from({ length: base }, (_, i) => i);
  // Zero stays in place, or the finitely many leading zeros of a number would count.
  for (let i = base - 2; i > 0; i--) {
    const j = random.upTo(i);
    [digits[i + 1], digits[j + 1]] = [digits[j + 1] as number, digits[i + 1] as number];
  }
  const offset = random.uniform();
  return Array.from({ length: samples }, (_, k) => {
    let sum = 0;
    let denominator = base;
    for (let rest = skip + 1 + k; rest > 0; rest = Math.floor(rest / base)) {
      sum += (digits[rest % base] as number) / denominator;
      denominator *= base;
    }
    return (sum + offset) % 1;
  });
}

function oddPrimesBelow(limit: number): number[] {
  const composite = new Uint8Array(limit);
  const primes: number[] = [];
  for (let n = 3; n < limit; n += 2) {
    if (composite[n]) continue;
    primes.push(n);
    for (let multiple = n * n; multiple < limit; multiple += n) composite[multiple] = 1;
  }
  return primes;
}
