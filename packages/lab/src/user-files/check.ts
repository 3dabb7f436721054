import { z } from "zod";
import { datasets } from "../data/registry/index.ts";
import { pathText } from "../report/data.ts";

/** What a user's file must export. Types are checked while one writes; this is for files that nobody type-checks. */

const fn = z.custom((value) => typeof value === "function", { error: "expected a function" });
const tree = z.custom((value) => typeof value === "object" && value !== null, {
  error: "expected a tree: an object of roles",
});
const positive = z.int({ error: "expected a positive whole number" }).positive();
const finite = z.number({ error: "expected a finite number" });
/** It names files and folders. */
const name = z.string().regex(/^\w[\w.-]{0,99}$/, { error: "expected letters, digits, dots and dashes" });

const task = z
  .strictObject({
    name,
    title: z.string(),
    description: z.string(),
    dataset: z
      .enum(Object.keys(datasets), { error: `expected none, or one of ${Object.keys(datasets).join(", ")}` })
      .optional(),
    model: z.looseObject({
      init: fn,
      apply: fn,
      roles: tree,
      training: z.looseObject({ init: fn, apply: fn }).optional(),
    }),
    batchSize: positive,
    lastBatch: z.enum(["drop", "wrap", "keep"]).optional(),
    memory: z
      .union([positive, z.literal("least")], {
        error: 'expected a positive whole number of bytes or "least"',
      })
      .optional(),
    steps: positive,
    evaluations: positive,
    target: z.strictObject({ metric: z.string(), value: finite, direction: z.enum(["min", "max"]) }),
    load: fn,
    loss: fn,
    metrics: z.record(z.string(), fn).optional(),
  })
  .superRefine(({ target: { metric }, metrics }, context) => {
    const known = ["loss", ...Object.keys(metrics ?? {})];
    if (known.includes(metric)) return;
    context.addIssue({
      code: "custom",
      path: ["target", "metric"],
      message: `expected one of ${known.join(", ")}; found ${JSON.stringify(metric)}`,
    });
  });

const hyperparameter = z
  .strictObject({
    default: finite,
    min: finite,
    max: finite,
    scale: z.enum(["linear", "log", "decay"]),
  })
  .refine((h) => h.min <= h.default && h.default <= h.max, { error: "expected min <= default <= max" })
  .refine((h) => h.scale !== "log" || h.min > 0, { error: "expected min > 0 for the scale log" })
  .refine((h) => h.scale !== "decay" || h.max < 1, { error: "expected max < 1 for the scale decay" });

const optimizer = z.strictObject({
  name,
  description: z.string(),
  hyperparameters: z.looseObject({ learningRate: hyperparameter }).catchall(hyperparameter),
  create: fn,
  evaluated: fn.optional(),
  scheduled: z.boolean(),
});

const schemas = { task, optimizer };
/** The functions that make them. */
export const makers = { task: "defineTask", optimizer: "defineOptimizer" } as const;
export type Kind = keyof typeof schemas;

/** Throws an Error that names the file and what is wrong in its default export. */
export function checkExport(kind: Kind, file: string, value: unknown): void {
  const expected = `expected \`export default ${makers[kind]}({ ... })\``;
  if (value === undefined) throw new Error(`${file}: has no default export; ${expected}`);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`${file}: its default export is no ${kind}; ${expected}`);
  }
  const other = kind === "task" ? "create" in value && "optimizer" : "model" in value && "task";
  if (other) throw new Error(`${file}: defines a${other === "task" ? " task" : "n optimizer"}; ${expected}`);
  // Only defineOptimizer adds it.
  if (kind === "optimizer" && !("scheduled" in value)) {
    throw new Error(`${file}: its default export was not made by defineOptimizer; ${expected}`);
  }
  const issue = schemas[kind].safeParse(value).error?.issues[0];
  if (issue === undefined) return;
  const at = issue.path.length > 0 ? `${pathText(issue.path)}: ` : "";
  const message = issue.message
    .replace(/^Invalid input: /, "")
    .replace(", received undefined", ", but it is missing");
  throw new Error(`${file}: ${at}${message}; ${expected}`);
}
