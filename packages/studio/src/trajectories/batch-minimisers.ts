/**
 * Where the mini-batches of a two-dimensional linear regression have their minimisers: points, and for batches that do not
 * determine a point lines a x + b y = c.
 */
export interface Minimisers {
  readonly points: readonly (readonly [number, number])[];
  readonly lines: readonly (readonly [a: number, b: number, c: number])[];
}

/** Of all mini-batches of a size among the examples (a, b, c) of (a x + b y - c)^2. Nothing for other data. */
export function minimisersOf(
  data: Readonly<Record<string, readonly number[]>> | undefined,
  size: number,
): Minimisers {
  const { a, b, c } = data ?? {};
  if (a === undefined || b === undefined || c === undefined) return { points: [], lines: [] };
  const row = (i: number) => [a[i] as number, b[i] as number, c[i] as number] as const;
  if (size === 1) return { points: [], lines: a.map((_, i) => row(i)) };
  return { points: subsets(a.length, size).map((chosen) => leastSquares(chosen.map(row))), lines: [] };
}

/** All subsets of a size of 0 ... count - 1. */
function subsets(count: number, size: number, from = 0): number[][] {
  if (size === 0) return [[]];
  const all: number[][] = [];
  for (let i = from; i <= count - size; i++) {
    for (const rest of subsets(count, size - 1, i + 1)) all.push([i, ...rest]);
  }
  return all;
}

/** The minimiser of the sum of (a x + b y - c)^2, from its normal equations. */
function leastSquares(rows: readonly (readonly [number, number, number])[]): [number, number] {
  let [aa, ab, bb, ac, bc] = [0, 0, 0, 0, 0];
  for (const [a, b, c] of rows) {
    aa += a * a;
    ab += a * b;
    bb += b * b;
    ac += a * c;
    bc += b * c;
  }
  const determinant = aa * bb - ab * ab;
  return [(ac * bb - bc * ab) / determinant, (bc * aa - ac * ab) / determinant];
}
