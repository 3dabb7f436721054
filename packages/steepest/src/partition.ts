import { type JsTree, type numpy as np, tree } from "@jax-js/jax";
import type { Extra, GradientTransformation } from "./transformation.ts";
import { type ArrayTree, leafPaths } from "./tree.ts";

/** Labels for parameters: a tree like the parameters with strings for leaves, or a function of dotted path and shape. */
export type Labels<L extends string = string> =
  | JsTree<L>
  | ((path: string, shape: readonly number[]) => L | undefined);

/** Part of a tree: its leaves by dotted path. */
type Flat = Record<string, np.Array>;

/**
 * Sends every parameter to the transformation of its label:
 *
 *     partition({ matrices: muon({ learningRate: 0.02 }), rest: adamw() }, labels)
 *
 * A role tree is a label tree: `partition({ hidden: ..., head: ... }, roles)`. Each transformation sees its parameters
 * as a flat object keyed by path. The state holds one entry per transformation.
 *
 * @throws Error naming the parameter that has no label or a label without transformation.
 */
export function partition<L extends string>(
  transformations: Readonly<Record<L, GradientTransformation>>,
  labels: Labels<NoInfer<L>>,
): GradientTransformation<Record<L, ArrayTree>> {
  const names = Object.keys(transformations) as L[];

  const given = typeof labels === "function" ? undefined : new Map(leafPaths<L>(labels));
  const labelsOf = (params: ArrayTree): Map<string, L> =>
    new Map(
      leafPaths<np.Array>(params).map(([path, x]) => {
        const label = typeof labels === "function" ? labels(path, x.shape) : given?.get(path);
        if (label === undefined) throw new Error(`partition: parameter '${path}' has no label`);
        if (!names.includes(label)) {
          throw new Error(
            `partition: parameter '${path}' has label '${label}', but there are transformations only for ${names.join(", ")}`,
          );
        }
        return [path, label];
      }),
    );
  const select = (t: ArrayTree, label: L, byPath: Map<string, L>): Flat =>
    Object.fromEntries(leafPaths<np.Array>(t).filter(([path]) => byPath.get(path) === label));

  return {
    init(params) {
      const byPath = labelsOf(params);
      return fromNames(names, (name) => transformations[name].init(select(params, name, byPath)));
    },
    update(updates, state, params, extra) {
      const byPath = labelsOf(updates);
      const results: Flat = {};
      const next = fromNames(names, (name) => {
        const [part, partState] = transformations[name].update(
          select(updates, name, byPath),
          state[name],
          params && select(params, name, byPath),
          extra && selectExtra(extra, (t) => select(t, name, byPath)),
        );
        Object.assign(results, part);
        return partState;
      });
      tree.dispose(extra && shared(extra));
      const order = leafPaths(updates).map(([path]) => results[path] as np.Array);
      return [tree.unflatten(tree.structure(updates), order) as typeof updates, next];
    },
  };
}

const fromNames = <L extends string, T>(names: readonly L[], make: (name: L) => T): Record<L, T> =>
  Object.fromEntries(names.map((name) => [name, make(name)])) as Record<L, T>;

/** Entries of extra that are shaped like the parameters; the others all parts share. */
const split: ReadonlySet<string> = new Set<keyof Extra>(["hessian", "reference", "anchor"]);

const shared = (extra: Extra): ArrayTree =>
  Object.entries(extra)
    .filter(([key]) => !split.has(key))
    .map(([, entry]) => entry);

/** Splits the entries that are shaped like the parameters, and takes a reference of the others. */
function selectExtra(extra: Extra, pick: (t: ArrayTree) => ArrayTree): Extra {
  return Object.fromEntries(
    Object.entries(extra as Record<string, ArrayTree>).map(([key, entry]) => [
      key,
      split.has(key) ? pick(entry) : tree.ref(entry),
    ]),
  );
}
