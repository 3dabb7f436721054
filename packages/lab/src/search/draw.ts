import { permutation, randomStream } from "../random.ts";
import { haltonPoints } from "./halton.ts";
import { type Dimension, type SearchSpace, type Setting, valueAt } from "./space.ts";

/** How settings are drawn from ranges. */
export type SearchMethod = "halton" | "random";

/**
 * Draws settings from a search space, the same for the same arguments on every machine.
 *
 * From ranges: `halton` takes AlgoPerf's points and puts them in an order drawn from the seed (the set of settings does
 * not depend on the seed); `random` draws independently and uniformly in the scaled ranges. A list of settings gives its
 * first `count`, as AlgoPerf does, and fewer if it is shorter.
 *
 * @throws RangeError if `count` is not a count
 */
export function drawSettings(
  space: SearchSpace,
  count: number,
  { method = "halton", seed = 0 }: { method?: SearchMethod; seed?: number } = {},
): Setting[] {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new RangeError(`drawSettings: count is ${count}; expected a count`);
  }
  if (Array.isArray(space)) return space.slice(0, count);
  const names = Object.keys(space);
  return drawPoints(count, names.length, method, seed).map((point) =>
    Object.fromEntries(names.map((name, d) => [name, valueAt(space[name] as Dimension, point[d] as number)])),
  );
}

/** Points in the unit cube: Halton points in seeded order, or independent uniform ones. */
export function drawPoints(count: number, dims: number, method: SearchMethod, seed: number): number[][] {
  const random = randomStream(seed, `search ${method}`);
  if (method === "random") {
    return Array.from({ length: count }, () => Array.from({ length: dims }, () => random.uniform()));
  }
  const points = haltonPoints(count, dims);
  return Array.from(permutation(count, random), (i) => points[i] as number[]);
}

/** A grid may not be larger than this. */
const maxGrid = 1_000_000;

/**
 * All combinations of `levels` values a range (its ends included, evenly spaced on its scale; one level is the middle)
 * and of all choices. The last hyperparameter varies fastest. A list of settings is its own grid.
 *
 * @param levels for every range, or by name
 * @throws RangeError if a range's number of levels is missing or not positive, or the grid has over a million settings
 */
export function grid(space: SearchSpace, levels: number | Readonly<Record<string, number>>): Setting[] {
  if (Array.isArray(space)) return space;
  const axes = Object.entries(space).map(([name, range]) => {
    if ("feasible_points" in range) return { name, values: range.feasible_points };
    const n = typeof levels === "number" ? levels : levels[name];
    if (n === undefined || !Number.isSafeInteger(n) || n < 1) {
      throw new RangeError(`grid: ${name} has ${n} levels; expected a positive count`);
    }
    return { name, values: Array.from({ length: Math.min(n, maxGrid + 1) }, (_, i) => level(range, i, n)) };
  });
  const size = axes.reduce((product, { values }) => product * values.length, 1);
  if (size > maxGrid) throw new RangeError(`grid: ${size} settings; at most ${maxGrid} can be listed`);
  return axes.reduce<Setting[]>(
    (settings, { name, values }) =>
      settings.flatMap((setting) => values.map((value) => ({ ...setting, [name]: value }))),
    [{}],
  );
}

/** The i-th of n values; the last is the maximum itself, which rounding could miss. */
function level(range: Dimension & { max: number }, i: number, n: number) {
  return n > 1 && i === n - 1 ? range.max : valueAt(range, n === 1 ? 0.5 : i / (n - 1));
}
