import { numpy as np } from "@jax-js/jax";
import { constantValue, type Expression, type FunctionName } from "./parse.ts";

const calls: Record<FunctionName, (a: np.Array, b: np.Array) => np.Array> = {
  abs: (a) => np.abs(a),
  atan: (a) => np.arctan(a),
  cos: (a) => np.cos(a),
  exp: (a) => np.exp(a),
  log: (a) => np.log(a),
  max: (a, b) => np.maximum(a, b),
  min: (a, b) => np.minimum(a, b),
  sin: (a) => np.sin(a),
  sqrt: (a) => np.sqrt(a),
  tanh: (a) => np.tanh(a),
};

/**
 * The formula as jax-js operations on arrays, elementwise with broadcasting. Borrows the variables.
 */
export function evaluate(e: Expression, variables: Readonly<Record<string, np.Array>>): np.Array {
  const constant = constantValue(e);
  if (constant !== undefined) return np.array(constant);
  const go = (part: Expression): np.Array => evaluate(part, variables);
  switch (e.kind) {
    case "name":
      return (variables[e.name] as np.Array).ref;
    case "negate":
      return go(e.operand).mul(-1);
    case "call":
      return calls[e.name](go(e.args[0]!), (e.args[1] === undefined ? undefined : go(e.args[1])) as np.Array);
    case "binary":
      switch (e.operator) {
        case "+":
          return go(e.left).add(go(e.right));
        case "-":
          return go(e.left).sub(go(e.right));
        case "*":
          return go(e.left).mul(go(e.right));
        case "/":
          return go(e.left).div(go(e.right));
        case "^":
          return power(go(e.left), constantValue(e.right) as number);
      }
  }
  throw new TypeError(`formula: a ${e.kind} has no value`);
}

/** Whole exponents by multiplication, so that negative bases and their gradients are exact. Consumes the base. */
function power(base: np.Array, exponent: number): np.Array {
  if (!Number.isInteger(exponent) || Math.abs(exponent) > 64) return np.power(base, exponent);
  if (exponent === 0) return np.onesLike(base);
  if (exponent < 0) return np.reciprocal(power(base, -exponent));
  if (exponent === 1) return base;
  if (exponent % 2 === 0) return power(np.square(base), exponent / 2);
  return base.ref.mul(power(base, exponent - 1));
}
