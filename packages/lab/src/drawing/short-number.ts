/** A value as short as it can be read. */
export function shortNumber(x: number): string {
  if (x === 0) return "0";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : Number.isNaN(x) ? "–" : "−∞";
  const size = Math.abs(x);
  if (size >= 1e5 || size < 1e-3) return x.toExponential(1).replace("e+", "e");
  return String(Number(x.toPrecision(size < 1 && size > 0.9 ? 4 : 3)));
}
