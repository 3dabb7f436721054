import { type JsTree, makeJaxpr, numpy as np, tree } from "@jax-js/jax";
import { TreeError } from "./carry.ts";
import { type Graph, literal, type Node, newValue, type Operand, type Value } from "./graph.ts";
import type { ArrayFunction, ArrayTree, LeafSpec, TreeSpec } from "./program.ts";
import { asDType, fromArray } from "./tensor.ts";

/** What a function looks like after tracing: its graph, and how its result is arranged. */
export interface Traced {
  readonly graph: Graph;
  readonly outTree: tree.JsTreeDef;
  readonly outLeaves: readonly LeafSpec[];
}

/** The parts of a jaxpr variable or literal that are read here; jax-js does not export their classes. */
interface Atom {
  readonly id?: number;
  readonly value?: number;
  readonly aval: { readonly shape: readonly number[]; readonly dtype: string };
}

/** Where in the user's own source an error arose: the innermost frame of the stack outside jax-js, if there is one. */
function sourceLine(stack: string): string | undefined {
  const frames = stack.split("\n").filter((line) => /^\s*at .*:\d+:\d+\)?$/.test(line));
  const own = frames.find((line) => !/@jax-js|\bnode:/.test(line));
  const place = /(?:\(|at )([^()]*:\d+:\d+)\)?$/.exec(own ?? "")?.[1];
  // Errors of jax-js itself, without a line of the user's, end here.
  return place?.includes("compile/src/trace.ts") ? undefined : place?.replace("file://", "");
}

/**
 * Traces a function at the given argument types into a flat graph. Closed-over arrays become constants of the graph.
 *
 * @throws Error when jax-js cannot trace it, prefixed by the program's name.
 */
export function trace(fn: ArrayFunction, spec: TreeSpec, name: string): Traced {
  const examples = spec.leaves.map((leaf) => np.zeros([...leaf.shape], { dtype: leaf.dtype as np.DType }));
  const args = tree.unflatten(spec.structure, examples) as ArrayTree[];
  let traced: ReturnType<ReturnType<typeof makeJaxpr>>;
  try {
    traced = makeJaxpr(fn as (...args: ArrayTree[]) => JsTree<np.Array>)(...args);
  } catch (cause) {
    if (cause instanceof TreeError) throw cause;
    const { message, stack = "" } = cause as Error;
    const line = sourceLine(stack);
    throw new Error(`${name}: jax-js could not trace it: ${message}${line ? `, at ${line}` : ""}`, { cause });
  }
  const jaxpr = traced.jaxpr.jaxpr.flatten().simplify();
  const consts = traced.jaxpr.consts as np.Array[];

  const values = new Map<number, Value>();
  const define = (atom: Atom): Value => {
    const value = newValue(asDType(atom.aval.dtype, name), atom.aval.shape);
    values.set(atom.id as number, value);
    return value;
  };
  const read = (atom: Atom): Operand =>
    atom.id === undefined
      ? literal(Number(atom.value), asDType(atom.aval.dtype, name))
      : (values.get(atom.id) as Value);

  const binders = (jaxpr.inBinders as readonly Atom[]).map(define);
  const nodes: Node[] = jaxpr.eqns.map((eqn) => ({
    op: eqn.primitive,
    inputs: (eqn.inputs as readonly Atom[]).map(read),
    params: eqn.params,
    outputs: (eqn.outBinders as readonly Atom[]).map(define),
  }));
  const outputs = (jaxpr.outs as readonly Atom[]).map(read);
  const constants = new Map(consts.map((x, i) => [binders[i] as Value, fromArray(x)]));
  traced.jaxpr.dispose();
  return {
    graph: { inputs: binders.slice(consts.length), constants, nodes, outputs },
    outTree: traced.treedef,
    outLeaves: outputs.map((x, i) => ({ path: `result ${i}`, dtype: x.dtype, shape: x.shape })),
  };
}
