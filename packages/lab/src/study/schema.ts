import { z } from "zod";
import { findOptimizer, optimizers } from "../optimizers/index.ts";
import { pathText } from "../report/data.ts";
import { parseSearchSpace } from "../search/index.ts";
import { findTask } from "../tasks/index.ts";
import { StudyError } from "./study.ts";

/** The schema of study files. Its messages say what was expected; `check` adds the file and the place. */

const limits = { seeds: 10_000, steps: 1e9, points: 10_000, threads: 1024 } as const;

const count = (most: number) => {
  const error = `expected a whole number from 1 to ${most}`;
  return z.int({ error }).min(1, { error }).max(most, { error });
};
const seed = (() => {
  const error = "expected a seed: a whole number from 0 to 2147483647";
  return z
    .int({ error })
    .min(0, { error })
    .max(2 ** 31 - 1, { error });
})();

/** An object without other keys; the message lists the known ones. */
const object = <S extends z.core.$ZodLooseShape>(shape: S) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `unknown ${issue.keys.map((key: string) => JSON.stringify(key)).join(", ")}; known: ${Object.keys(shape).join(", ")}`
        : undefined,
  });

/** Passes a value that `look` accepts; what it throws becomes the message. */
const accepted = (look: (value: string) => unknown) =>
  z.string().superRefine((value, context) => {
    try {
      look(value);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as Error).message });
    }
  });

const named = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (typeof value === "string" ? { name: value } : value), schema);

export const taskObject = object({
  name: accepted(findTask).describe("See `steepest tasks`."),
  steps: count(limits.steps).optional().describe("Its own budget in training steps."),
});
const task = named(taskObject);

const setting = z.record(z.string(), z.number());
const search = z.unknown().transform((value, context) => {
  try {
    return parseSearchSpace("search space", value);
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message.replace(/^search space: /, "") });
    return z.NEVER;
  }
});

export const optimizerObject = object({
  name: accepted(findOptimizer).describe("See `steepest optimizers`."),
  hyperparameters: setting.optional().describe("Values that are not searched. Default: the optimizer's own."),
  search: search.optional(),
  method: z
    .enum(["halton", "random", "grid"])
    .optional()
    .describe("How settings are drawn from ranges. Default: halton, as AlgoPerf does."),
  points: count(limits.points)
    .optional()
    .describe("Settings drawn by halton or random, default 5; of a list the first ones, default all."),
  levels: z
    .union([count(limits.points), z.record(z.string(), count(limits.points))], {
      error: "expected a number of levels, or numbers by name",
    })
    .optional()
    .describe("Levels of a grid for every range, or by name. Default 3."),
  searchSeed: seed.optional().describe("Seeds the order of halton points, or random ones. Default 0."),
}).superRefine((entry, context) => {
  for (const [path, message] of contradictions(entry)) {
    context.addIssue({ code: "custom", message, path });
  }
});
const optimizer = named(optimizerObject);

interface Entry {
  name: string;
  hyperparameters?: Record<string, number> | undefined;
  search?: unknown;
  method?: string | undefined;
  points?: unknown;
  levels?: unknown;
  searchSeed?: unknown;
}

/** What an optimizer's fields say against each other or against the optimizer. */
function* contradictions(entry: Entry): Generator<[path: string[], message: string]> {
  const known = optimizers.get(entry.name)?.hyperparameters;
  if (known === undefined) return;
  const { search, method } = entry;
  const list = Array.isArray(search);
  const searched = search === undefined ? [] : Object.keys(list ? search[0] : (search as object));
  const places: [string, string[]][] = [
    ["hyperparameters", Object.keys(entry.hyperparameters ?? {})],
    ["search", searched],
  ];
  for (const [place, names] of places) {
    for (const name of names) {
      if (!Object.hasOwn(known, name)) {
        yield [
          [place, name],
          `${entry.name} has no such hyperparameter; known: ${Object.keys(known).join(", ")}`,
        ];
      }
    }
  }
  for (const name of searched.filter((name) => Object.hasOwn(entry.hyperparameters ?? {}, name))) {
    yield [["search", name], "is also given a value under hyperparameters; expected one of the two"];
  }
  for (const [name, value] of Object.entries(search ?? {})) {
    const values: unknown[] = list
      ? Object.values(value as object)
      : ((value as Options).feasible_points ?? []);
    const odd = values.find((v) => typeof v !== "number");
    if (odd !== undefined) yield [["search", name], `expected numbers, found ${JSON.stringify(odd)}`];
  }
  const useless = (field: keyof Entry, why: string): [string[], string] => [[field], why];
  if (search === undefined) {
    for (const field of ["method", "points", "levels", "searchSeed"] as const) {
      if (entry[field] !== undefined)
        yield useless(field, "needs a search space; expected `search` beside it");
    }
    return;
  }
  if (list && method !== undefined)
    yield useless("method", "a list of settings is taken as it is; expected none");
  if (method === "grid" && entry.points !== undefined)
    yield useless("points", "a grid takes `levels` instead");
  if (method !== "grid" && entry.levels !== undefined) yield useless("levels", 'is for `method: "grid"`');
}
type Options = { feasible_points?: unknown[] };

const budget = z.unknown().transform((value, context): { steps: number } | { scale: number } => {
  const scale = typeof value === "string" ? /^(\d+|\d*\.\d+)x$/.exec(value)?.[1] : undefined;
  if (scale !== undefined && Number(scale) > 0 && Number(scale) <= 1e6) return { scale: Number(scale) };
  if (Number.isSafeInteger(value) && (value as number) > 0 && (value as number) <= limits.steps) {
    return { steps: value as number };
  }
  const message = `expected steps such as 200 (at most ${limits.steps}), or a multiple such as "0.5x"`;
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

export const studySchema = object({
  name: z
    .string()
    .regex(/^\w[\w.-]{0,99}$/, { error: "expected letters, digits, dots and dashes: it names a folder" })
    .optional()
    .describe("Names the results folder. Default: the file's name."),
  tasks: z.array(task).min(1, { error: "expected at least one task" }),
  optimizers: z.array(optimizer).min(1, { error: "expected at least one optimizer" }),
  seeds: z
    .union([count(limits.seeds), z.array(seed).min(1).max(limits.seeds)], {
      error: `expected a number of seeds from 1 to ${limits.seeds}, or a list of whole numbers from 0`,
    })
    .default(3)
    .describe("Seeds 1..n, or a list."),
  budget: budget.prefault("1x"),
  earlyStopping: object({ patience: count(1e6), after: z.number().min(0).max(1).default(0.25) })
    .optional()
    .describe(
      "Ends a trial after `patience` evaluations without improvement, once the share `after` of its budget is spent.",
    ),
  executor: z.enum(["native", "wasm", "jax"]).default("native"),
  threads: count(limits.threads)
    .optional()
    .describe("Threads of the native executor in one trial. Default 1: workers fill the machine."),
}).superRefine(({ executor, threads }, context) => {
  if (threads !== undefined && executor !== "native") {
    const message = `the ${executor} executor runs on one thread; expected none`;
    context.addIssue({ code: "custom", message, path: ["threads"] });
  }
});
export type ParsedStudy = z.infer<typeof studySchema>;
export type ParsedOptimizer = ParsedStudy["optimizers"][number];

/** Where a part of a study stands in its file, as "line:column"; undefined where nobody knows. */
export type PlaceOf = (path: readonly PropertyKey[]) => string | undefined;

/** Checks a study from outside. Throws a StudyError that lists every place where something is wrong. */
export function checkStudy(where: string, value: unknown, placeOf?: PlaceOf): ParsedStudy {
  const parsed = studySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const { path, message } = issue;
    const text = message
      .replace(/^Invalid input: /, "")
      .replace(", received undefined", ", but it is missing");
    const at = issue.code === "unrecognized_keys" ? [...path, issue.keys[0] as string] : path;
    return {
      place: placeOf?.(at),
      text: `${path.length > 0 ? pathText(path) : "the study"}: ${text}`,
    };
  });
  const shown = new Map(problems.map(({ place, text }) => [text, place]));
  const lines = [...shown].map(([text, place]) => (place === undefined ? text : `${place}: ${text}`));
  if (lines.length === 1) {
    const [[text, place]] = [...shown] as [[string, string | undefined]];
    throw new StudyError(place === undefined ? `${where}: ${text}` : `${where}:${place}: ${text}`);
  }
  const more = lines.length > 8 ? [`and ${lines.length - 8} more`] : [];
  throw new StudyError([`${where}:`, ...lines.slice(0, 8), ...more].join("\n  "));
}
