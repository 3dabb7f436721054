import { type JsTree, type numpy as np, tree } from "@jax-js/jax";
import type { ArrayFunction, ArrayTree, TreeSpec } from "./program.ts";

/**
 * Trees match by path, not by position: `{ mean, x }` and `{ x, mean }` are the same tree. jax-js flattens objects in the
 * order in which their keys were written, so that equal shapes would change places without an error.
 */

/** A tree does not have the structure that a program was compiled for. */
export class TreeError extends TypeError {}

const isObject = (x: unknown): x is Record<string, unknown> =>
  typeof x === "object" && x !== null && x.constructor === Object;

function describe(x: unknown): string {
  if (Array.isArray(x)) return `an array of ${x.length}`;
  if (isObject(x)) return `an object with the keys ${Object.keys(x).join(", ") || "(none)"}`;
  return "one value";
}

/**
 * A tree with the keys of its objects in the order of `structure`.
 *
 * @throws TreeError that names the path where the two differ.
 */
export function conform(x: unknown, structure: tree.JsTreeDef, where: string, path = ""): JsTree<unknown> {
  const mismatch = (expected: string) =>
    new TreeError(`${where}: ${path === "" ? "got" : `${path} is`} ${describe(x)}; expected ${expected}`);
  const { nodeType, nodeMetadata, childTreedefs: children } = structure;
  if (nodeType === "Array") {
    if (!Array.isArray(x) || x.length !== children.length) throw mismatch(`an array of ${children.length}`);
    return children.map((child, i) => conform(x[i], child, where, `${path}[${i}]`));
  }
  if (nodeType === "Object") {
    const keys = nodeMetadata as readonly string[];
    if (!isObject(x) || Object.keys(x).length !== keys.length || !keys.every((key) => Object.hasOwn(x, key)))
      throw mismatch(`an object with the keys ${keys.join(", ") || "(none)"}`);
    const at = (key: string) => (path === "" ? key : `${path}.${key}`);
    const entries = keys.map((key, i) => [
      key,
      conform(x[key], children[i] as tree.JsTreeDef, where, at(key)),
    ]);
    return Object.fromEntries(entries);
  }
  if (Array.isArray(x) || isObject(x)) throw mismatch("one array");
  return x as JsTree<unknown>;
}

/**
 * A step function that returns its next carry arranged as the carry is.
 *
 * @throws TreeError, when called, that names the leaf whose path, shape or dtype is not the carry's.
 */
export function matchCarry(fn: ArrayFunction, carry: TreeSpec, name: string): ArrayFunction {
  return (...args) => {
    const result = fn(...args);
    if (!Array.isArray(result) || result.length !== 2)
      throw new TreeError(`${name}: a step returns [carry, outputs]; this one returns ${describe(result)}`);
    const next = conform(result[0], carry.structure, `${name}: the next carry`) as ArrayTree;
    const leaves = tree.leaves<np.Array | number>(next);
    for (const [i, { path, dtype, shape }] of carry.leaves.entries()) {
      const got = leaves[i] as np.Array | number;
      const own = typeof got === "number" ? { dtype: "float32", shape: [] } : got;
      if (own.dtype !== dtype || String(own.shape) !== String(shape)) {
        throw new TreeError(
          `${name}: carry ${path} is ${dtype}[${shape.join(",")}], but the step returns ${own.dtype}[${own.shape.join(",")}]`,
        );
      }
    }
    return [next, result[1] as ArrayTree];
  };
}
