import {
  consumersOf,
  type Graph,
  isLiteral,
  type Node,
  newValue,
  type Operand,
  type Value,
} from "../graph.ts";

/**
 * Turns `x + c * scatter(u, indices)`, a step along a sparse gradient, into `scatter_into(x, c * u, indices)`, so that
 * only what the indices select is computed. Sums over equal indices round in another order than before.
 */
export function joinScatters(graph: Graph): Graph {
  const readers = consumersOf(graph.nodes);
  const returned = new Set(graph.outputs);
  // Scatters that are not emitted yet: one node reads them, and may be the one that takes them in.
  const open = new Map<Operand, Node>();
  const nodes: Node[] = [];
  const take = (x: Operand | undefined): Node | undefined => {
    const scatter = x && open.get(x);
    if (scatter) open.delete(x);
    return scatter;
  };
  const hold = (scatter: Node): void => {
    const out = scatter.outputs[0] as Value;
    if (!returned.has(out) && readers.get(out)?.length === 1) open.set(out, scatter);
    else nodes.push(scatter);
  };
  for (const node of graph.nodes) {
    const out = node.outputs[0] as Value;
    if (node.op === "scatter" && node.params.op === "add") {
      hold(node);
      continue;
    }
    const position = node.inputs.findIndex((x) => open.has(x) && takesIn(node, x as Value));
    const scatter = take(node.inputs[position]);
    if (scatter === undefined) {
      for (const x of node.inputs) {
        const other = take(x);
        if (other) nodes.push(other);
      }
      nodes.push(node);
      continue;
    }
    const [updates, ...indices] = scatter.inputs as [Value, ...Operand[]];
    const others = node.inputs.filter((_, i) => i !== position);
    if (node.op === "add") {
      const [x] = others as [Operand];
      const base = take(x);
      if (base) nodes.push(base);
      nodes.push({ ...scatter, op: "scatter_into", inputs: [x, updates, ...indices], outputs: [out] });
      continue;
    }
    const scaled = newValue(updates.dtype, updates.shape);
    nodes.push({ ...node, inputs: [updates, ...others], outputs: [scaled] });
    hold({ ...scatter, inputs: [scaled, ...indices], outputs: [out] });
  }
  return { ...graph, nodes };
}

/** True when the node adds a scatter to an array like it, negates it, or multiplies it with a finite number. */
function takesIn({ op, inputs, outputs }: Node, scatter: Value): boolean {
  const other = inputs.find((x) => x !== scatter);
  if (other === undefined) return op === "neg";
  if (op === "mul")
    return isLiteral(other) && Number.isFinite(other.literal) && sameType(scatter, outputs[0]);
  return op === "add" && sameType(scatter, other);
}

const sameType = (a: Value, b: Operand | undefined): boolean =>
  b !== undefined && !isLiteral(b) && a.dtype === b.dtype && String(a.shape) === String(b.shape);
