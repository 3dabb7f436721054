import { type Graph, type Node, newValue, type Operand, producersOf, type Value } from "../../graph.ts";

/** One pass over a graph that replaces nodes by others that compute the same values. */

export interface Editor {
  readonly producers: ReadonlyMap<Operand, Node>;
  /** Appends a node, by default with the type of `like`, and returns its result. */
  apply(
    op: string,
    inputs: readonly Operand[],
    like: { readonly dtype: Value["dtype"]; readonly shape: readonly number[] },
    options?: { readonly out?: Value; readonly params?: Node["params"] },
  ): Value;
  append(node: Node): void;
}

/** `replace` returns true when it has appended what computes the node's results. What is no longer needed stays. */
export function rewrite(graph: Graph, replace: (node: Node, editor: Editor) => boolean): Graph {
  const nodes: Node[] = [];
  const editor: Editor = {
    producers: producersOf(graph.nodes),
    apply(op, inputs, like, { out = newValue(like.dtype, like.shape), params = {} } = {}) {
      nodes.push({ op, inputs, params, outputs: [out] });
      return out;
    },
    append: (node) => void nodes.push(node),
  };
  for (const node of graph.nodes) if (!replace(node, editor)) nodes.push(node);
  return { ...graph, nodes };
}

/** Patterns are recognised in float32 only, the type in which ONNX Runtime's fast kernels exist, and in arrays that are not empty. */
export const isCandidate = (x: Value): boolean => x.dtype === "float32" && x.shape.every((d) => d > 0);
