import type { TypedArray } from "../../tensor.ts";

/** Routines along the last axis, of length n. */

/** Ascending; NaN last. */
export function sort(x: TypedArray, out: TypedArray, n: number): void {
  out.set(x);
  for (let at = 0; at < out.length; at += n) out.subarray(at, at + n).sort();
}

/** The stable order of the elements, NaN last, and the elements in that order. */
export function argsort(x: TypedArray, [out, order]: readonly TypedArray[], n: number): void {
  for (let at = 0; at < x.length; at += n) {
    const row = x.subarray(at, at + n);
    const indices = Array.from({ length: n }, (_, i) => i).sort((i, j) => {
      const [a, b] = [row[i] as number, row[j] as number];
      if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
      return a < b ? -1 : Number(a > b);
    });
    indices.forEach((i, k) => {
      (out as TypedArray)[at + k] = row[i] as number;
      (order as TypedArray)[at + k] = i;
    });
  }
}

/** The discrete Fourier transform of complex rows; the inverse divides by n. */
export function fft(
  [real, imaginary]: readonly TypedArray[],
  [outReal, outImaginary]: readonly TypedArray[],
  n: number,
  inverse: boolean,
): void {
  const scale = inverse ? 1 / n : 1;
  for (let at = 0; at < (real as TypedArray).length; at += n) {
    const row = (x: TypedArray | undefined) => Float64Array.from((x as TypedArray).subarray(at, at + n));
    const [re, im] = transform(row(real), row(imaginary), inverse ? 1 : -1);
    for (let k = 0; k < n; k++) {
      (outReal as TypedArray)[at + k] = (re[k] as number) * scale;
      (outImaginary as TypedArray)[at + k] = (im[k] as number) * scale;
    }
  }
}

/** Cooley and Tukey (1965): split into as many interleaved parts as the smallest factor of the length. */
function transform(re: Float64Array, im: Float64Array, sign: 1 | -1): [Float64Array, Float64Array] {
  const n = re.length;
  if (n <= 1) return [re, im];
  const parts = smallestFactor(n);
  const length = n / parts;
  const transformed = Array.from({ length: parts }, (_, p) => {
    const pick = (x: Float64Array) => Float64Array.from({ length }, (_, k) => x[k * parts + p] as number);
    return transform(pick(re), pick(im), sign);
  });
  const [outRe, outIm] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < n; k++) {
    let [sumRe, sumIm] = [0, 0];
    transformed.forEach(([x, y], p) => {
      const angle = (2 * Math.PI * sign * ((p * k) % n)) / n;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      const [a, b] = [x[k % length] as number, y[k % length] as number];
      sumRe += a * cos - b * sin;
      sumIm += a * sin + b * cos;
    });
    outRe[k] = sumRe;
    outIm[k] = sumIm;
  }
  return [outRe, outIm];
}

function smallestFactor(n: number): number {
  for (let p = 2; p * p <= n; p++) if (n % p === 0) return p;
  return n;
}
