import { z } from "zod";

/** A value that a hyperparameter can take. */
export type Value = number | string | boolean;
/** One setting of all hyperparameters. */
export type Setting = Record<string, Value>;

const value = z.union([z.number(), z.string(), z.boolean()]);

const interval = z
  .strictObject({ min: z.number(), max: z.number(), scaling: z.enum(["log", "linear"]).default("linear") })
  .refine(({ min, max }) => min <= max, { error: "min is above max", path: ["min"] })
  .refine(({ min, scaling }) => scaling === "linear" || min > 0, {
    error: "log scaling needs a min above 0",
    path: ["min"],
  });
const choice = z.strictObject({ feasible_points: z.array(value).min(1) });

/** A hyperparameter's range `{min, max, scaling}` (scaling "log" or "linear", the default) or `{feasible_points}`. */
export const dimension = z.union([interval, choice]);
export type Dimension = z.infer<typeof dimension>;

const list = z
  .array(z.record(z.string(), value))
  .min(1)
  .refine((settings) => settings.every((setting) => sameKeys(setting, settings[0] as Setting)), {
    error: "every setting needs the same hyperparameters as the first",
  });

/**
 * A search space in AlgoPerf's format: hyperparameters by name with their ranges, or a list of complete settings.
 * Parsing checks it and fills in defaults.
 */
export const searchSpace = z.union([list, z.record(z.string(), dimension)]);
export type SearchSpace = z.infer<typeof searchSpace>;

/**
 * Parses a search space from outside.
 *
 * @param where names the place in messages, such as a file
 * @throws RangeError that names the hyperparameter and says what was expected, plainer than the schema's own errors
 */
export function parseSearchSpace(where: string, space: unknown): SearchSpace {
  if (Array.isArray(space)) return orExplain(where, list.safeParse(space));
  if (typeof space !== "object" || space === null) {
    throw new RangeError(
      `${where}: expected hyperparameters by name or a list of settings, not ${typeof space}`,
    );
  }
  const ranges = Object.entries(space).map(([name, range]: [string, unknown]) => {
    const choices = typeof range === "object" && range !== null && "feasible_points" in range;
    const schema: z.ZodType<Dimension> = choices ? choice : interval;
    return [name, orExplain(`${where}: ${name}`, schema.safeParse(range))] as const;
  });
  return Object.fromEntries(ranges);
}

function orExplain<T>(where: string, parsed: z.ZodSafeParseResult<T>): T {
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0] as z.core.$ZodIssue;
  throw new RangeError(
    `${where}: ${[...path.map(String), message].join(": ")}; a hyperparameter is {min, max, scaling: "log" | "linear"} or ` +
      "{feasible_points: [...]}",
  );
}

/**
 * The value at a coordinate h in [0, 1): linear min + h (max - min), log min exp(h ln(max / min)), or the
 * floor(h n)-th of n choices.
 */
export function valueAt(of: Dimension, h: number): Value {
  if ("feasible_points" in of) return of.feasible_points[Math.floor(h * of.feasible_points.length)] as Value;
  const { min, max, scaling } = of;
  return scaling === "log" ? min * Math.exp(h * Math.log(max / min)) : h * (max - min) + min;
}

function sameKeys(a: Setting, b: Setting): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key));
}
