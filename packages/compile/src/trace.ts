import { type JsTree, makeJaxpr, numpy as np, tree } from "@jax-js/jax";
import { TreeError } from "./carry.ts";
import { type Graph, literal, type Node, newValue, type Operand, type Value } from "./graph.ts";
import type { ArrayFunction, ArrayTree, LeafSpec, TreeSpec } from "./program.ts";
import { sourceLine, withDeepStacks } from "./source.ts";
import { asDType, fromArray } from "./tensor.ts";

/** What a function looks like after tracing: its graph, and how its result is arranged. */
export interface Traced {
  readonly graph: Graph;
  readonly outTree: tree.JsTreeDef;
  readonly outLeaves: readonly LeafSpec[];
  /**
   * "at file:line:column": where the function computes what a node computes, or else one of the node's operands. It takes
   * another trace. Undefined when no line of the user's is known.
   */
  sourceOf(node: Node): string | undefined;
}

/** The parts of a jaxpr variable or literal that are read here; jax-js does not export their classes. */
interface Atom {
  readonly id?: number;
  readonly value?: number;
  readonly aval: { readonly shape: readonly number[]; readonly dtype: string };
}

/** An equation, and a jaxpr, of jax-js. */
interface Equation {
  readonly primitive: string;
  readonly params: { readonly jaxpr?: Program };
  readonly outBinders: readonly Atom[];
}
interface Program {
  readonly eqns: readonly unknown[];
}

type Recorder = (variable: number, stack: Error) => void;

/**
 * Makes the jaxpr of a function. With a recorder, notes where every equation arises, which takes a hook into jax-js's builder;
 * equations inside a nested `jit` arise where that is called.
 */
function jaxprOf(fn: ArrayFunction, spec: TreeSpec, record?: Recorder) {
  const examples = spec.leaves.map((leaf) => np.zeros([...leaf.shape], { dtype: leaf.dtype as np.DType }));
  const recorded: ArrayFunction = (...args) => {
    const [first] = tree.leaves(args) as unknown as {
      _trace?: { builder?: { addEqn(eqn: Equation): void } };
    }[];
    const builder = first?._trace?.builder;
    const add = builder?.addEqn;
    if (builder && add && record) {
      builder.addEqn = (eqn) => {
        record(eqn.outBinders[0]?.id as number, new Error());
        add.call(builder, eqn);
      };
    }
    return fn(...args);
  };
  const args = tree.unflatten(spec.structure, examples) as ArrayTree[];
  return makeJaxpr(recorded as (...args: ArrayTree[]) => JsTree<np.Array>)(...args);
}

/** What is known of every equation that `flatten()` makes of a jaxpr, in its order. */
function spread<T>(jaxpr: Program, known: ReadonlyMap<number, T>, outer?: T): (T | undefined)[] {
  return (jaxpr.eqns as readonly Equation[]).flatMap(({ primitive, params, outBinders }) => {
    const own = known.get(outBinders[0]?.id as number) ?? outer;
    return primitive === "jit" ? spread(params.jaxpr as Program, known, own) : [own];
  });
}

/**
 * Traces a function once more, for the lines at which the equations of its graph arise. A function that consumes an array
 * that it closes over cannot be traced twice; what is known by then counts.
 */
function linesOf(fn: ArrayFunction, spec: TreeSpec): (string | undefined)[] {
  const stacks = new Map<number, Error>();
  let lines: (string | undefined)[] = [];
  try {
    const { jaxpr } = withDeepStacks(() => jaxprOf(fn, spec, (id, stack) => stacks.set(id, stack)));
    const flat = jaxpr.jaxpr.flatten();
    const spreadStacks = spread(jaxpr.jaxpr, stacks);
    const byResult = new Map(flat.eqns.map((eqn, i) => [eqn.outBinders[0], spreadStacks[i]]));
    lines = flat.simplify().eqns.map((eqn) => sourceLine(byResult.get(eqn.outBinders[0])?.stack ?? ""));
    jaxpr.dispose();
  } catch {}
  return lines;
}

/**
 * Traces a function at the given argument types into a flat graph. Closed-over arrays become constants of the graph.
 *
 * @throws Error when jax-js cannot trace it, or TypeError for a dtype that no executor has, with the program's name and the
 *   line that caused it.
 */
export function trace(fn: ArrayFunction, spec: TreeSpec, name: string): Traced {
  let traced: ReturnType<typeof jaxprOf>;
  try {
    traced = withDeepStacks(() => jaxprOf(fn, spec));
  } catch (cause) {
    if (cause instanceof TreeError) throw cause;
    const { message, stack = "" } = cause as Error;
    const line = sourceLine(stack);
    throw new Error(`${name}: jax-js could not trace it: ${message}${line ? `, ${line}` : ""}`, { cause });
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
  const nodes: Node[] = jaxpr.eqns.map((eqn, i) => {
    try {
      return {
        op: eqn.primitive,
        inputs: (eqn.inputs as readonly Atom[]).map(read),
        params: eqn.params,
        outputs: (eqn.outBinders as readonly Atom[]).map(define),
      };
    } catch (cause) {
      const line = linesOf(fn, spec)[i];
      throw new TypeError(
        `${(cause as Error).message}: the primitive "${eqn.primitive}"${line ? `, ${line}` : ""}`,
        { cause },
      );
    }
  });
  const outputs = (jaxpr.outs as readonly Atom[]).map(read);
  const constants = new Map(consts.map((x, i) => [binders[i] as Value, fromArray(x)]));
  traced.jaxpr.dispose();
  const indices = new Map(nodes.flatMap((node, i) => node.outputs.map((v) => [v as Operand, i] as const)));
  return {
    graph: { inputs: binders.slice(consts.length), constants, nodes, outputs },
    outTree: traced.treedef,
    outLeaves: outputs.map((x, i) => ({ path: `result ${i}`, dtype: x.dtype, shape: x.shape })),
    sourceOf(node) {
      const value = [...node.outputs, ...node.inputs].find((x) => indices.has(x));
      return value && linesOf(fn, spec)[indices.get(value) as number];
    },
  };
}
