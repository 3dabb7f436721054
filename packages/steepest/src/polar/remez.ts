/**
 * Best odd polynomials for the matrix sign: each maps an interval of singular values around 1 as tightly as possible.
 * Plain numbers; run once when an optimizer is made.
 */

/** Coefficients of x, x^3, x^5, ... */
export type OddPolynomial = readonly number[];

/** The value of an odd polynomial. */
export const evaluate = (p: OddPolynomial, x: number): number =>
  x * p.reduceRight((sum, coefficient) => sum * x * x + coefficient, 0);

/**
 * The odd polynomial of a degree with the least maximum of |1 - p(x)| on [l, u], by the Remez exchange: the error takes
 * its extreme value with alternating sign at (degree + 3) / 2 points; solve for the polynomial, move the points to the
 * extremes, repeat.
 *
 * @throws RangeError unless 0 < l <= u and the degree is 3 or 5.
 */
export function bestOdd(l: number, u: number, degree: number): OddPolynomial {
  if (!(l > 0 && l / u < 1 + 1e-12))
    throw new RangeError(`bestOdd: needs 0 < l <= u, got l = ${l}, u = ${u}`);
  if (![3, 5].includes(degree)) throw new RangeError(`bestOdd: degree ${degree} is not 3 or 5`);
  const terms = (degree + 1) / 2;
  if (l / u > 1 - 5e-6) return flatAtOne(terms).map((c, k) => c / u ** (2 * k + 1));
  // Exact in the limit l -> u: the extremes of a Chebyshev polynomial of the same degree.
  let points = Array.from(
    { length: terms + 1 },
    (_, i) => (l + u - (u - l) * Math.cos((i * Math.PI) / terms)) / 2,
  );
  let error = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 100; round++) {
    const rows = points.map((x, i) => [
      ...Array.from({ length: terms }, (_, k) => x ** (2 * k + 1)),
      i % 2 === 0 ? 1 : -1,
      1,
    ]);
    const solution = solve(rows);
    const p = solution.slice(0, terms);
    const next = solution[terms] as number;
    if (Math.abs(next - error) <= 1e-15) return p;
    error = next;
    points = [l, ...extremes(p, l, u), u];
  }
  throw new Error(`bestOdd: no convergence on [${l}, ${u}] at degree ${degree}`);
}

/** The polynomial that is 1 at 1 with as many vanishing derivatives as its terms allow: Newton-Schulz's. */
export function flatAtOne(terms: number): OddPolynomial {
  return terms === 2 ? [3 / 2, -1 / 2] : [15 / 8, -10 / 8, 3 / 8];
}

/** Where the derivative vanishes inside (l, u), in order. */
function extremes(p: OddPolynomial, l: number, u: number): number[] {
  const slope = (x: number) => p.reduce((sum, c, k) => sum + (2 * k + 1) * c * x ** (2 * k), 0);
  const found: number[] = [];
  // The extremes are spread like Chebyshev points, so a fine grid in the logarithm separates them.
  const grid = Array.from({ length: 2001 }, (_, i) => l * (u / l) ** (i / 2000));
  for (let i = 0; i + 1 < grid.length; i++) {
    let [a, b] = [grid[i] as number, grid[i + 1] as number];
    if (slope(a) > 0 === slope(b) > 0) continue;
    for (let k = 0; k < 80; k++) {
      const middle = (a + b) / 2;
      if (slope(middle) > 0 === slope(a) > 0) a = middle;
      else b = middle;
    }
    found.push((a + b) / 2);
  }
  return found;
}

/** Solves a small linear system given as rows of an augmented matrix. Gauss with pivoting. */
function solve(rows: number[][]): number[] {
  const n = rows.length;
  for (let c = 0; c < n; c++) {
    const pivot = rows.reduce(
      (best, row, i) =>
        i >= c && Math.abs(row[c] as number) > Math.abs(rows[best]?.[c] as number) ? i : best,
      c,
    );
    [rows[c], rows[pivot]] = [rows[pivot] as number[], rows[c] as number[]];
    const head = rows[c] as number[];
    for (const row of rows.slice(c + 1)) {
      const factor = (row[c] as number) / (head[c] as number);
      for (let k = c; k <= n; k++) row[k] = (row[k] as number) - factor * (head[k] as number);
    }
  }
  const x = Array<number>(n).fill(0);
  for (let c = n - 1; c >= 0; c--) {
    const row = rows[c] as number[];
    const known = x.reduce((sum, v, k) => (k > c ? sum + v * (row[k] as number) : sum), 0);
    x[c] = ((row[n] as number) - known) / (row[c] as number);
  }
  return x;
}
