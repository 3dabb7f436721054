import type { JsTree } from "@jax-js/jax";
import { partition } from "./partition.ts";
import { type GradientTransformation, identity } from "./transformation.ts";
import { leafPaths } from "./tree.ts";

/** Which parameters: a tree like the parameters with booleans for leaves, or a function of dotted path and shape. */
export type Mask = JsTree<boolean> | ((path: string, shape: readonly number[]) => boolean);

/**
 * Applies a transformation to the parameters where the mask is true and passes the updates of the others through.
 *
 *     mask(addDecayedWeights(0.1), (path, shape) => shape.length > 1)
 *
 * @throws Error naming a parameter that the mask does not mention.
 */
export function mask(inner: GradientTransformation, where: Mask): GradientTransformation {
  const given = typeof where === "function" ? undefined : new Map(leafPaths<boolean>(where));
  return partition({ masked: inner, rest: identity() }, (path, shape) => {
    const on = typeof where === "function" ? where(path, shape) : given?.get(path);
    if (typeof on !== "boolean") throw new Error(`mask: parameter '${path}' is not in the mask`);
    return on ? "masked" : "rest";
  });
}
