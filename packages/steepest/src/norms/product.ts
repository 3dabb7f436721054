import { type JsTree, numpy as np, tree } from "@jax-js/jax";
import { type ArrayTree, eachLeaf, floatTypeOf, leafPaths } from "../tree.ts";
import type { Norm } from "./norm.ts";

/** Which norm a parameter has: one for all, a tree of norms like the parameters, or a function of path and shape. */
export type NormChoice = Norm | JsTree<Norm> | ((path: string, shape: readonly number[]) => Norm);

/** A norm on trees: the maximum of the leaves' norms; then the dual is the sum, and oracles act leaf by leaf. */
export interface TreeNorm {
  norm(t: ArrayTree): np.Array;
  dual(t: ArrayTree): np.Array;
  lmo<P extends ArrayTree>(t: P): P;
  sharp<P extends ArrayTree>(t: P): P;
  project<P extends ArrayTree>(t: P, radius?: number): P;
}

const isNorm = (x: unknown): x is Norm =>
  typeof x === "object" && x !== null && typeof (x as Partial<Norm>).lmo === "function";

/** The norm of every leaf, in order. Borrows the tree. @throws Error naming a leaf that has none. */
export function normsOf(choice: NormChoice, t: ArrayTree): Norm[] {
  const given =
    isNorm(choice) || typeof choice === "function" ? undefined : new Map(normPaths(choice as JsTree<Norm>));
  return leafPaths<np.Array>(t).map(([path, x]) => {
    if (isNorm(choice)) return choice;
    const norm = typeof choice === "function" ? choice(path, x.shape) : given?.get(path);
    if (norm === undefined) throw new Error(`norm: parameter '${path}' has no norm`);
    return norm;
  });
}

/** Norms are plain objects, which trees would take for nodes. */
function normPaths(t: JsTree<Norm>, prefix = ""): [string, Norm][] {
  if (isNorm(t)) return [[prefix, t]];
  return Object.entries(t as Record<string, JsTree<Norm>>).flatMap(([key, child]) =>
    normPaths(child, prefix === "" ? key : `${prefix}.${key}`),
  );
}

/** The product of norms over a tree. */
export function productNorm(choice: NormChoice): TreeNorm {
  const scalars = (t: ArrayTree, rule: (norm: Norm, x: np.Array) => np.Array): [np.Array[], np.DType] => {
    const dtype = floatTypeOf(t);
    const norms = normsOf(choice, t);
    return [tree.leaves<np.Array>(t).map((x, i) => rule(norms[i] as Norm, x).astype(dtype)), dtype];
  };
  const leafwise = <P extends ArrayTree>(t: P, rule: (norm: Norm, x: np.Array) => np.Array): P => {
    const norms = normsOf(choice, t).values();
    return eachLeaf([t], (x) => [rule(norms.next().value as Norm, x)])[0];
  };
  const self: TreeNorm = {
    norm(t) {
      const [values, dtype] = scalars(t, (norm, x) => norm.norm(x));
      return values.reduce((a, b) => np.maximum(a, b), np.zeros([], { dtype }));
    },
    dual(t) {
      const [values, dtype] = scalars(t, (norm, x) => norm.dual(x));
      return values.reduce((a, b) => a.add(b), np.zeros([], { dtype }));
    },
    lmo: (t) => leafwise(t, (norm, x) => norm.lmo(x)),
    sharp(t) {
      const dual = self.dual(tree.ref(t));
      const [result] = eachLeaf([self.lmo(t)], (y) => {
        const length = dual.ref.astype(y.dtype);
        return [y.mul(length).mul(-1)];
      });
      dual.dispose();
      return result;
    },
    project: (t, radius) => leafwise(t, (norm, x) => norm.project(x, radius)),
  };
  return self;
}
