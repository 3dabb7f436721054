import { type Graph, isLiteral, liveNodes, type Node, type Operand } from "./graph.ts";

/** Passes over a graph that hold for every executor. */

const commutative = new Set(["add", "mul", "min", "max"]);

/** Computes equal subexpressions once and drops what the outputs do not need. */
export function simplify(graph: Graph): Graph {
  const replaced = new Map<Operand, Operand>();
  const known = new Map<string, Node>();
  const key = (x: Operand) =>
    isLiteral(x) ? `${x.dtype}:${Object.is(x.literal, -0) ? "-0" : x.literal}` : `%${x.id}`;
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((x) => replaced.get(x) ?? x);
    const keys = inputs.map(key);
    const ordered = commutative.has(node.op) ? keys.sort() : keys;
    const id = `${node.copy ? "copy of " : ""}${node.op}(${ordered.join(",")})${JSON.stringify(node.params)}:${node.outputs.map((v) => `${v.dtype}${v.shape}`).join(";")}`;
    const twin = known.get(id);
    if (twin) {
      node.outputs.forEach((v, i) => {
        replaced.set(v, twin.outputs[i] as Operand);
      });
      continue;
    }
    const renamed = { ...node, inputs };
    known.set(id, renamed);
    nodes.push(renamed);
  }
  const outputs = graph.outputs.map((x) => replaced.get(x) ?? x);
  return { ...graph, nodes: liveNodes(nodes, outputs), outputs };
}
