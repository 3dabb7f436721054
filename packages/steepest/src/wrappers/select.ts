import { numpy as np } from "@jax-js/jax";
import { type ArrayTree, eachLeaf } from "../tree.ts";

/** Every leaf of `yes` where the scalar condition holds, else of `no`. Consumes the trees, borrows the condition. */
export const select = <P extends ArrayTree>(condition: np.Array, yes: P, no: P): P =>
  eachLeaf([yes, no], (a, b) => [np.where(condition.ref, a, b)])[0];
