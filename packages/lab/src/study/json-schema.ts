import { z } from "zod";
import { optimizers } from "../optimizers/index.ts";
import { searchSpace } from "../search/index.ts";
import { tasks } from "../tasks/index.ts";
import { userFilePattern } from "../user-files/load.ts";
import { optimizerObject, studySchema, taskObject } from "./schema.ts";

type Json = z.core.JSONSchema.JSONSchema;

const of = (schema: z.ZodType): Json => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return json;
};

/** An entry that is a name or the path of a user's file, or an object with one of them in it. */
function named(schema: z.ZodType, names: readonly string[], extra: Record<string, Json> = {}): Json {
  const json = of(schema);
  const { description } = (json.properties?.name ?? {}) as Json;
  const name: Json = { type: "string", enum: [...names], ...(description && { description }) };
  const file: Json = {
    type: "string",
    pattern: userFilePattern.source,
    description: "A file of your own, by its path from this file.",
  };
  const properties = { ...json.properties, name: { anyOf: [name, file] }, ...extra };
  return { anyOf: [name, file, { ...json, properties }] };
}

/** The JSON schema of study files, for editors: names of tasks and optimizers included. */
export function studyJsonSchema(): Json {
  const json = of(studySchema);
  const search: Json = {
    ...of(searchSpace),
    description: "Ranges by name, {min, max, scaling} or {feasible_points: [...]}; or a list of settings.",
  };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Steepest study",
    ...json,
    properties: {
      ...json.properties,
      tasks: { type: "array", minItems: 1, items: named(taskObject, [...tasks.keys()]) },
      optimizers: {
        type: "array",
        minItems: 1,
        items: named(optimizerObject, [...optimizers.keys()], { search }),
      },
      budget: {
        description: 'Steps of every trial, or a multiple of each task\'s own budget such as "0.5x".',
        anyOf: [
          { type: "integer", minimum: 1 },
          { type: "string", pattern: "^(\\d+|\\d*\\.\\d+)x$" },
        ],
        default: "1x",
      },
    },
  };
}
