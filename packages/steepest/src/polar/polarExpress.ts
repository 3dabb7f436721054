import { type NewtonSchulzOptions, newtonSchulz, type Polar } from "./newtonSchulz.ts";
import { bestOdd, evaluate, type OddPolynomial } from "./remez.ts";

export type ExpressOptions = {
  /** Smallest singular value, relative to the Frobenius norm, that must arrive near 1. Default 1e-3. */
  lower?: number;
  /** Degree of each polynomial: 3 or 5. Default 5. */
  degree?: number;
  /** How many are composed. Default 8. */
  steps?: number;
  /**
   * The polynomials but the last are stretched by this factor, so that rounding cannot push a singular value out of
   * their interval. Default 1.01.
   */
  safety?: number;
  /** A step never aims below `cushion` times its upper bound, which keeps the coefficients small. Default 0.02407327424182761. */
  cushion?: number;
};

/**
 * The composition of odd polynomials that is best, step by step, at moving singular values in [lower, 1] to 1. The
 * defaults are those from which the published list follows.
 * Amsel, Persson, Musco, Gower, The Polar Express, 2025.
 */
export function expressPolynomials({
  lower = 1e-3,
  degree = 5,
  steps = 8,
  safety = 1.01,
  cushion = 0.02407327424182761,
}: ExpressOptions = {}): OddPolynomial[] {
  let [l, u] = [lower, 1];
  const polynomials = Array.from({ length: steps }, () => {
    const p = bestOdd(Math.max(l, cushion * u), u, degree);
    // The cushion makes p best for a narrower interval than [l, u]; centre its range on [l, u] around 1 again.
    const factor = 2 / (evaluate(p, l) + largest(p, u));
    const centred = p.map((c) => c * factor);
    l = evaluate(centred, l);
    u = 2 - l;
    return centred;
  });
  return polynomials.map((p, i) => (i + 1 === steps ? p : p.map((c, k) => c / safety ** (2 * k + 1))));
}

/** The greatest value on the interval: a quintic takes it at the end, a cubic where its slope vanishes. */
function largest(p: OddPolynomial, u: number): number {
  const [a, b] = p as [number, number];
  return evaluate(p, p.length === 2 ? Math.min(u, Math.sqrt(-a / (3 * b))) : u);
}

/**
 * Polar factor by the Polar Express polynomials: as many matrix products per step as Newton-Schulz of that degree, and
 * 8 steps bring every singular value above `lower` to 1 within 1e-6. Fewer steps give the prefix of the same list, the
 * way it is used with 5 steps in practice.
 */
export function polarExpress({
  steps = 8,
  gram = false,
  ...options
}: ExpressOptions & Pick<NewtonSchulzOptions, "gram"> = {}): Polar {
  const planned = Math.max(steps, 8);
  const polynomials = expressPolynomials({ ...options, steps: planned }).slice(0, steps);
  return newtonSchulz({ polynomials, safety: options.safety ?? 1.01, gram });
}
