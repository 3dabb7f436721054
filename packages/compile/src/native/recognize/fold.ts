import { type Graph, isLiteral, type Node, type Operand, type Value } from "../../graph.ts";
import { sizeOf, type Tensor } from "../../tensor.ts";
import { Arena, Region } from "../../wasm/arena.ts";
import { build, executeOnce } from "../../wasm/build.ts";

/** Larger results are computed in every run rather than stored: they may be broadcasts of little. */
const LARGEST = 1 << 20;

/** Computes once, now, what depends on nothing but the graph's constants: masks, position tables, one-hot rows. */
export function foldConstants(graph: Graph, name: string): Graph {
  const known = new Set<Operand>(graph.constants.keys());
  const folded: Node[] = [];
  for (const node of graph.nodes) {
    const isKnown = node.inputs.every((x) => isLiteral(x) || known.has(x));
    const isStored = node.outputs.every((v) => sizeOf(v.shape) > 0 && sizeOf(v.shape) <= LARGEST);
    if (!isKnown || !isStored || node.inputs.every(isLiteral)) continue;
    folded.push(node);
    for (const v of node.outputs) known.add(v);
  }
  if (folded.length === 0) return graph;
  const inside = new Set(folded);
  const nodes = graph.nodes.filter((n) => !inside.has(n));
  const read = new Set<Operand>([...nodes.flatMap((n) => n.inputs), ...graph.outputs]);
  const outputs: Value[] = folded.flatMap((n) => n.outputs).filter((v) => read.has(v));
  const own: Graph = { inputs: [], constants: graph.constants, nodes: folded, outputs };
  const built = build(own, new Region(new Arena()), [], name, false);
  const leaves = outputs.map(({ dtype, shape }) => ({ path: "", dtype, shape }));
  const values: Tensor[] = executeOnce(built, [], leaves);
  built.region.release();
  const constants = new Map(graph.constants);
  outputs.forEach((v, i) => {
    constants.set(v, values[i] as Tensor);
  });
  return { ...graph, nodes, constants: new Map([...constants].filter(([v]) => read.has(v))) };
}
