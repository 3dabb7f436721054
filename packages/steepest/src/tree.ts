import { type JsTree, numpy as np, tree } from "@jax-js/jax";

/** Nested plain objects and arrays with jax-js arrays for leaves: parameters, gradients, optimizer states. */
export type ArrayTree = JsTree<np.Array>;

/**
 * Runs a rule over the leaves of trees of one structure, and arranges its results as trees again:
 *
 *     const [updates, mu] = eachLeaf([gradients, state.mu], (g, m) => [..., ...]);
 *
 * The rule owns the leaves that it gets. Every result takes the structure of the first tree; for a tree without leaves
 * the rule does not run.
 *
 * @throws Error naming the first leaf at which the structures differ.
 */
export function eachLeaf<
  P extends ArrayTree,
  const T extends readonly ArrayTree[],
  const R extends readonly np.Array[],
>(
  trees: readonly [P, ...T],
  rule: (...leaves: [np.Array, ...{ [K in keyof T]: np.Array }]) => R,
): { -readonly [K in keyof R]: P } {
  const flat = trees.map((t) => tree.flatten<np.Array>(t as ArrayTree));
  const [first, structure] = flat[0] as [np.Array[], tree.JsTreeDef];
  for (const [i, [, other]] of flat.entries()) {
    if (!structure.equals(other)) throw new Error(differ(trees[0], trees[i] as ArrayTree));
  }
  const apply = (leaves: np.Array[]) => (rule as (...leaves: np.Array[]) => R)(...leaves);
  const results = first.map((_, i) => apply(flat.map(([leaves]) => leaves[i] as np.Array)));
  // Without a leaf nothing tells how many results there are, and all of them are equally empty.
  const width = results[0]?.length ?? 16;
  return Array.from({ length: width }, (_, k) =>
    tree.unflatten(
      structure,
      results.map((r) => r[k] as np.Array),
    ),
  ) as { -readonly [K in keyof R]: P };
}

/** The leaves of a tree with their dotted paths ("blocks.0.weight"), in order; a bare leaf has the path "". */
export function leafPaths<T>(t: JsTree<T>, prefix = ""): [path: string, leaf: T][] {
  if (!isNode(t)) return [[prefix, t as T]];
  return Object.entries(t as Record<string, JsTree<T>>).flatMap(([key, child]) =>
    leafPaths(child, prefix === "" ? key : `${prefix}.${key}`),
  );
}

/** Plain objects and arrays are nodes; everything else is a leaf. */
const isNode = (t: unknown): boolean =>
  Array.isArray(t) || (typeof t === "object" && t !== null && t.constructor === Object);

function differ(a: ArrayTree, b: ArrayTree): string {
  const left = leafPaths(a).map(([path]) => path);
  const right = leafPaths(b).map(([path]) => path);
  const i = left.findIndex((path, k) => path !== right[k]);
  const at = (path: string | undefined) => (path === undefined ? "no leaf" : `'${path}'`);
  const k = i < 0 ? left.length : i;
  return `trees differ in structure: expected ${at(left[k])}, found ${at(right[k])}`;
}

/** The floating type in which a tree's scalars are kept: float64 when any leaf is, else float32. Borrows the tree. */
export function floatTypeOf(t: ArrayTree): np.DType {
  return tree.leaves(t).some((x) => (x as np.Array).dtype === np.float64) ? np.float64 : np.float32;
}

/** A tree of zeros of the same shapes and types. Consumes the tree. */
export const zerosLike = <P extends ArrayTree>(t: P): P => eachLeaf([t], (x) => [np.zerosLike(x)])[0];

/** The sum over all leaves of a scalar function of each, in `floatTypeOf` the tree. Consumes the tree. */
export function sumOver(t: ArrayTree, rule: (x: np.Array) => np.Array): np.Array {
  const dtype = floatTypeOf(t);
  const terms = tree.leaves<np.Array>(t).map((x) => rule(x).astype(dtype));
  return terms.reduce((sum, term) => sum.add(term), np.zeros([], { dtype }));
}

/** The inner product of two trees. Consumes both. */
export function innerProduct(a: ArrayTree, b: ArrayTree): np.Array {
  const dtype = floatTypeOf(a);
  const [products] = eachLeaf([a, b], (x, y) => [x.mul(y).sum().astype(dtype)]);
  return sumOver(products, (x) => x);
}

/** The Euclidean norm of all leaves taken as one vector. Consumes the tree. */
export const globalNorm = (t: ArrayTree): np.Array => np.sqrt(sumOver(t, (x) => np.square(x).sum()));
