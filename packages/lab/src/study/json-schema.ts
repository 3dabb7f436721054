import { z } from "zod";
import { optimizers } from "../optimizers/index.ts";
import { searchSpace } from "../search/index.ts";
import { tasks } from "../tasks/index.ts";
import { optimizerObject, studySchema, taskObject } from "./schema.ts";

type Json = z.core.JSONSchema.JSONSchema;

const of = (schema: z.ZodType): Json => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return json;
};

/** An entry that is a name, or an object with that name in it. */
function named(schema: z.ZodType, names: readonly string[], extra: Record<string, Json> = {}): Json {
  const json = of(schema);
  const { description } = (json.properties?.name ?? {}) as Json;
  const name: Json = { type: "string", enum: [...names], ...(description && { description }) };
  return { anyOf: [name, { ...json, properties: { ...json.properties, name, ...extra } }] };
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
