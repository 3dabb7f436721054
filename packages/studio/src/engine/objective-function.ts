import { numpy as np, tree } from "@jax-js/jax";
import { evaluate } from "../formula/build.ts";
import { parse } from "../formula/parse.ts";
import { axes, examplesOf, type Objective, variablesOf } from "./objective.ts";

/** The adjustable numbers of an objective, as arrays. */
export type ObjectiveInputs = { parameters: Record<string, np.Array>; data: Record<string, np.Array> };

/**
 * The objective as a jax-js function: points [n, dimensions] to values [n]. For a finite sum, `weights` [n, examples]
 * selects a mini-batch; without it all examples count the same. Consumes everything.
 */
export function objectiveFunction(
  objective: Objective,
): (points: np.Array, inputs: ObjectiveInputs, weights?: np.Array) => np.Array {
  const formula = parse(objective.formula, variablesOf(objective));
  const isSum = examplesOf(objective) > 0;
  return (points, { parameters, data }, weights) => {
    const variables: Record<string, np.Array> = { ...parameters, ...data };
    for (const [i, name] of axes.slice(0, objective.dimensions).entries()) {
      const column = points.ref.slice([], i);
      variables[name] = isSum ? column.reshape([-1, 1]) : column;
    }
    const count = points.shape[0] as number;
    points.dispose();
    const value = evaluate(formula, variables);
    tree.dispose(variables);
    if (!isSum) return np.broadcastTo(value, [count]);
    return weights === undefined ? value.mean(-1) : value.mul(weights).sum(-1);
  };
}
