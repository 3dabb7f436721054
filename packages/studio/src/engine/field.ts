import type { numpy as np } from "@jax-js/jax";
import { type Compiled, compile, scalar, Tensor, tensor, zeros } from "@steepest/compile";
import type { Objective } from "./objective.ts";
import { type ObjectiveInputs, objectiveFunction } from "./objective-function.ts";

/** The values of an objective on a regular grid. */
export interface FieldRequest {
  readonly objective: Objective;
  /** [left, right, bottom, top]; the last two count only in two dimensions. */
  readonly bounds: readonly [number, number, number, number];
  readonly columns: number;
  /** 1 in one dimension. */
  readonly rows: number;
}

type Values = Compiled<(points: np.Array, inputs: ObjectiveInputs) => np.Array>;
let cached: { key: string; program: Values } | undefined;

/** Values [rows, columns], the lowest row first. */
export async function fieldOf({ objective, bounds, columns, rows }: FieldRequest): Promise<Float32Array> {
  const { dimensions } = objective;
  const [left, right, bottom, top] = bounds;
  const count = columns * rows;
  const points = new Float32Array(count * dimensions);
  for (let i = 0; i < count; i++) {
    points[i * dimensions] = left + ((right - left) * (i % columns)) / (columns - 1);
    if (dimensions === 2) {
      points[2 * i + 1] = bottom + ((top - bottom) * Math.floor(i / columns)) / (rows - 1);
    }
  }
  const inputs = {
    parameters: Object.fromEntries(
      Object.entries(objective.parameters).map(([name, value]) => [name, scalar(value)]),
    ),
    data: Object.fromEntries(
      Object.entries(objective.data ?? {}).map(([name, values]) => [name, tensor([...values])]),
    ),
  };
  const key = JSON.stringify([objective.formula, dimensions, Object.keys(objective.parameters), count]);
  if (cached?.key !== key) {
    await cached?.program.dispose();
    cached = undefined;
    const value = objectiveFunction(objective);
    const program: Values = await compile(
      (p: np.Array, n: ObjectiveInputs) => value(p, n),
      [zeros("float32", [count, dimensions]), inputs],
      { executor: "wasm", name: objective.formula },
    );
    cached = { key, program };
  }
  const values = await cached.program.run(new Tensor("float32", [count, dimensions], points), inputs);
  return values.data as Float32Array;
}
