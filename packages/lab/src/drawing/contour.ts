/**
 * Level lines by marching squares: for each level a list of segments as points [x0, y0, x1, y1, NaN, NaN, ...] in grid
 * coordinates (column, row).
 *
 * @param values [rows, columns]; cells with a value that is not finite have no lines.
 */
export function contours(values: Float32Array, columns: number, levels: readonly number[]): number[][] {
  const rows = values.length / columns;
  return levels.map((level) => {
    const segments: number[] = [];
    for (let r = 0; r + 1 < rows; r++) {
      for (let c = 0; c + 1 < columns; c++) cell(values, columns, c, r, level, segments);
    }
    return segments;
  });
}

function cell(
  values: Float32Array,
  columns: number,
  c: number,
  r: number,
  level: number,
  segments: number[],
): void {
  const i = r * columns + c;
  const v00 = values[i] as number;
  const v10 = values[i + 1] as number;
  const v01 = values[i + columns] as number;
  const v11 = values[i + columns + 1] as number;
  const above = v00 > level;
  // Most cells are not crossed.
  if (v10 > level === above && v01 > level === above && v11 > level === above) return;
  if (!Number.isFinite(v00 + v10 + v01 + v11)) return;
  // The crossed edges, in order around the cell: two, or four at a saddle, which pairs them arbitrarily.
  let crossed = 0;
  const edge = (a: number, b: number, x: number, y: number, dx: number, dy: number): void => {
    if (a > level === b > level) return;
    const t = (level - a) / (b - a);
    segments.push(x + t * dx, y + t * dy);
    if (++crossed % 2 === 0) segments.push(Number.NaN, Number.NaN);
  };
  edge(v00, v10, c, r, 1, 0);
  edge(v10, v11, c + 1, r, 0, 1);
  edge(v11, v01, c + 1, r + 1, -1, 0);
  edge(v01, v00, c, r + 1, 0, -1);
}

/** Levels that are dense near the lowest values: quantiles of the values, spaced by the power 1.6. */
export function levelsOf(values: Float32Array, count: number): number[] {
  const sorted = values.filter(Number.isFinite).sort();
  if (sorted.length === 0) return [];
  const levels = Array.from(
    { length: count },
    (_, i) => sorted[Math.floor(((i + 0.5) / count) ** 1.6 * (sorted.length - 1))] as number,
  );
  return [...new Set(levels)];
}
