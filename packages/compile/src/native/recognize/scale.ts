import {
  consumersOf,
  type Graph,
  isLiteral,
  type Literal,
  type Node,
  type Operand,
  type Value,
} from "../../graph.ts";
import { isCandidate } from "./rewrite.ts";

/** Multiplications by a number before or after a matrix product become a factor of the product, which costs nothing. */

const moves = new Set(["reshape", "transpose", "broadcast", "stop_gradient"]);

/** The number and the array of a product with a number. */
function scaling(node: Node): { readonly x: Value; readonly by: number } | undefined {
  if (node.op !== "mul" || !isCandidate(node.outputs[0] as Value)) return undefined;
  const by = node.inputs.find(isLiteral) as Literal | undefined;
  const x = node.inputs.find((v) => !isLiteral(v)) as Value | undefined;
  return by && x && x.shape.join() === node.outputs[0]?.shape.join() ? { x, by: by.literal } : undefined;
}

export function foldScales(graph: Graph): Graph {
  const consumers = consumersOf(graph.nodes);
  const outputs = new Set<Operand>(graph.outputs);
  /** The dots at which a value arrives when it goes nowhere else; undefined when it does. */
  const arrivals = (x: Value): readonly { readonly dot: Node }[] | undefined => {
    const readers = consumers.get(x) ?? [];
    if (outputs.has(x) || readers.length === 0) return undefined;
    const found: { dot: Node }[] = [];
    for (const reader of readers) {
      // A dot of a value with itself takes the factor twice; such a product keeps its multiplication.
      if (reader.op === "dot" && reader.inputs[0] !== reader.inputs[1]) found.push({ dot: reader });
      else if (moves.has(reader.op)) {
        const further = arrivals(reader.outputs[0] as Value);
        if (further === undefined) return undefined;
        found.push(...further);
      } else return undefined;
    }
    return found;
  };

  const factors = new Map<Node, number>();
  const replaced = new Map<Operand, Operand>();
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const scaled = scaling(node);
    const out = node.outputs[0] as Value;
    const ends = scaled && arrivals(out);
    const isPlain = ends?.every(({ dot }) => isCandidate(dot.outputs[0] as Value));
    // Both operands of one dot may descend from the same product.
    const isSingle = ends && new Set(ends.map(({ dot }) => dot)).size === ends.length;
    if (scaled && ends && isPlain && isSingle) {
      for (const { dot } of ends) factors.set(dot, (factors.get(dot) ?? 1) * scaled.by);
      replaced.set(out, replaced.get(scaled.x) ?? scaled.x);
      continue;
    }
    nodes.push(node);
  }
  // Then what multiplies the result of a dot that nothing else reads.
  const after = new Map<Node, { readonly by: number; readonly out: Value }>();
  const dropped = new Set<Node>();
  for (const node of nodes) {
    if (node.op !== "dot" || !isCandidate(node.outputs[0] as Value)) continue;
    const out = node.outputs[0] as Value;
    const [reader, ...others] = consumers.get(out) ?? [];
    const scaled = reader && others.length === 0 && !outputs.has(out) ? scaling(reader) : undefined;
    if (!scaled || !reader || replaced.has(reader.outputs[0] as Value)) continue;
    after.set(node, { by: scaled.by, out: reader.outputs[0] as Value });
    dropped.add(reader);
  }
  const result = nodes
    .filter((n) => !dropped.has(n))
    .map((node): Node => {
      const inputs = node.inputs.map((x) => replaced.get(x) ?? x);
      const tail = after.get(node);
      const scale = (factors.get(node) ?? 1) * (tail?.by ?? 1);
      if (scale === 1 && !tail) return { ...node, inputs };
      return {
        ...node,
        inputs,
        params: { ...node.params, scale },
        outputs: tail ? [tail.out] : node.outputs,
      };
    });
  return { ...graph, nodes: result, outputs: graph.outputs.map((x) => replaced.get(x) ?? x) };
}
