import { type JsTree, numpy as np, tree } from "@jax-js/jax";
import { conform } from "./carry.ts";
import type { Plan } from "./explain.ts";
import { asDType, type DType, fromArray, Tensor, type Tensors } from "./tensor.ts";

/**
 * Where a compiled program runs. `native`: ONNX Runtime and fused WebAssembly, Node only. `wasm`: the whole program as
 * WebAssembly loops, for small programs, everywhere. `jax`: jax-js's own jit.
 */
export type Executor = "native" | "wasm" | "jax";

/** A tree of jax-js arrays: the type of every argument and result of a traced function. */
export type ArrayTree = JsTree<np.Array>;

/** A traced function: it takes and returns trees of jax-js arrays. */
// biome-ignore lint/suspicious/noExplicitAny: the bound of a generic over functions of any argument types.
export type ArrayFunction = (...args: any[]) => ArrayTree;

export interface CompileOptions {
  /** Default: "native" in Node, "jax" in a browser. */
  executor?: Executor;
  /** Name used in error messages and in `explain()`. Default: the function's own name. */
  name?: string;
  /**
   * Threads of ONNX Runtime's kernels, where the order of additions depends on it, so that results repeat bit for bit for
   * equal counts only; and, up to four, of long fused passes, whose results do not depend on it (beside a graph from Node
   * 24.9 on). The other executors run on one. Default: one for every core.
   */
  threads?: number;
  /**
   * Bytes that the intermediate results of each ONNX Runtime graph may take, or "least". What a training step keeps from its
   * forward pass for the backward pass is then computed again as far as needed, cheap operations first, then whole parts
   * of the model: the same results in more time (gradient checkpointing). `explain()` says what is taken.
   * Compiling fails with a RangeError where the limit cannot be met. Native executor only; the others take no notice.
   * Default: nothing is computed twice.
   */
  memory?: number | "least";
}

/** The options of `CompileOptions` that concern ONNX Runtime. */
export interface NativeOptions {
  readonly threads?: number | undefined;
  readonly memory?: number | "least" | undefined;
}

/** Argument types with every jax-js array replaced by a host tensor. */
export type TensorArgs<A extends readonly unknown[]> = { [K in keyof A]: Tensors<A[K]> };

/** A function compiled for the shapes of its example arguments. */
export interface Compiled<F extends ArrayFunction> {
  /**
   * Runs the program. Arguments are trees of host tensors of exactly the example's shapes and dtypes.
   * The results are new tensors that the caller owns. NaN and infinity flow through as IEEE arithmetic defines.
   * Throws a TypeError that names the argument when a shape, a dtype or the tree's structure differs.
   */
  run(...args: TensorArgs<Parameters<F>>): Promise<Tensors<ReturnType<F>>>;
  /** How the program runs, as data: its segments in order. */
  plan(): Plan;
  /** The plan as text, one line for each segment. */
  explain(): string;
  /** Frees everything. Using the program afterwards is an error. */
  dispose(): Promise<void>;
}

/** A step function: it takes the carry and inputs and returns the next carry and outputs. */
// biome-ignore lint/suspicious/noExplicitAny: the bound of a generic over functions of any argument types.
export type StepFunction = (...carryAndInputs: any[]) => [ArrayTree, ArrayTree];

/** The type of a step function's carry. */
export type Carry<F extends StepFunction> = Parameters<F>[0];

/** The types of a function's arguments after the carry, as host tensors. */
export type StepInputs<F> = F extends (carry: never, ...inputs: infer I) => unknown ? TensorArgs<I> : never;

/**
 * A step compiled together with the memory of its carry (parameters and optimizer state). The carry stays inside:
 * a run reads and overwrites it in place and only the inputs and outputs cross the boundary.
 */
export interface CompiledStep<F extends StepFunction> {
  /** Runs one step with trees of host tensors; resolves to the step's outputs. The carry advances. */
  run(...inputs: StepInputs<F>): Promise<Tensors<ReturnType<F>[1]>>;
  /** A copy of the current carry. */
  readCarry(): Promise<Tensors<Carry<F>>>;
  /** Overwrites the carry. Throws a TypeError when structure, shapes or dtypes differ from the example's. */
  writeCarry(carry: Tensors<Carry<F>>): void;
  /** Compiles another program over the same carry, read in place: evaluation while training, for example. */
  derive<G extends ArrayFunction>(
    fn: G,
    exampleInputs: StepInputs<G>,
    options?: { name?: string },
  ): Promise<Derived<G>>;
  plan(): Plan;
  explain(): string;
  dispose(): Promise<void>;
}

/** A program that reads a step's carry in place. */
export interface Derived<G extends ArrayFunction> {
  run(...inputs: StepInputs<G>): Promise<Tensors<ReturnType<G>>>;
  plan(): Plan;
  explain(): string;
  dispose(): Promise<void>;
}

/** The shape and dtype of one leaf, and its path in the argument tree for error messages. */
export interface LeafSpec {
  readonly path: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** Structure of an argument tree: what a call must match. */
export interface TreeSpec {
  readonly leaves: readonly LeafSpec[];
  readonly structure: tree.JsTreeDef;
}

/** The paths of a tree's leaves, in flattening order: "[0].layers[1].w". */
export function leafPaths(node: unknown, path = ""): string[] {
  if (Array.isArray(node)) return node.flatMap((child, i) => leafPaths(child, `${path}[${i}]`));
  if (typeof node === "object" && node !== null && node.constructor === Object) {
    return Object.entries(node).flatMap(([key, child]) =>
      leafPaths(child, path === "" ? key : `${path}.${key}`),
    );
  }
  return [path];
}

/** Describes a tree of host tensors or jax-js arrays. Throws a TypeError when a leaf is neither. */
export function specOf(args: unknown, where: string): TreeSpec {
  const [leaves, structure] = tree.flatten<unknown>(args as JsTree<unknown>);
  const paths = leafPaths(args);
  return {
    structure,
    leaves: leaves.map((leaf, i) => {
      const path = paths[i] as string;
      if (!(leaf instanceof Tensor || leaf instanceof np.Array)) {
        throw new TypeError(
          `${where}: ${path || "argument"} is ${describe(leaf)}; expected a Tensor or a jax-js array`,
        );
      }
      return { path, dtype: asDType(leaf.dtype, `${where}: ${path}`), shape: [...leaf.shape] };
    }),
  };
}

/** The arguments of a step: its carry, then its inputs. No array of the example is kept: they may be collected. */
export const withCarry = (carry: TreeSpec, { structure, leaves }: TreeSpec): TreeSpec => ({
  structure: new tree.JsTreeDef(structure.nodeType, null, [carry.structure, ...structure.childTreedefs]),
  leaves: [...carry.leaves, ...leaves],
});

function describe(leaf: unknown): string {
  if (leaf === null || leaf === undefined) return String(leaf);
  return typeof leaf === "object" ? `a ${leaf.constructor.name}` : `the ${typeof leaf} ${String(leaf)}`;
}

/** Flattens a call's arguments after checking them against the example. Throws a TypeError naming the leaf. */
export function checkTree(args: unknown, spec: TreeSpec, where: string): Tensor[] {
  const leaves = tree.leaves<unknown>(conform(args, spec.structure, where));
  return leaves.map((leaf, i) => {
    const want = spec.leaves[i] as LeafSpec;
    const x = leaf instanceof np.Array ? fromArray(leaf) : leaf;
    if (!(x instanceof Tensor))
      throw new TypeError(`${where}: ${want.path} is ${describe(leaf)}; expected a Tensor`);
    if (
      x.dtype !== want.dtype ||
      x.shape.length !== want.shape.length ||
      x.shape.some((d, k) => d !== want.shape[k])
    ) {
      throw new TypeError(
        `${where}: ${want.path} is ${x.dtype}[${x.shape.join(",")}], but it was compiled for ${want.dtype}[${want.shape.join(",")}]`,
      );
    }
    return x;
  });
}
