import { consumersOf, type Graph, type Node, type Operand, producersOf, type Value } from "../../graph.ts";
import { isCandidate } from "./rewrite.ts";

/** The bias of a convolution, one number a channel, which ONNX Runtime adds on its way out. */
export function foldBias(graph: Graph): Graph {
  const consumers = consumersOf(graph.nodes);
  const producers = producersOf(graph.nodes);
  const outputs = new Set<Operand>(graph.outputs);
  const joined = new Map<Node, Node>();
  const dropped = new Set<Node>();
  for (const sum of graph.nodes) {
    const out = sum.outputs[0] as Value;
    if (sum.op !== "add" || !isCandidate(out)) continue;
    for (const [x, bias] of [sum.inputs, [...sum.inputs].reverse()] as [Operand, Operand][]) {
      const conv = producers.get(x);
      const spread = producers.get(bias);
      const channels = out.shape[1] as number;
      const isBias =
        spread?.op === "reshape" &&
        spread.inputs[0]?.shape.join() === String(channels) &&
        bias.shape.join() === [1, channels, ...out.shape.slice(2).map(() => 1)].join();
      if (conv?.op !== "conv" || !isBias || conv.inputs.length > 2 || x.shape.join() !== out.shape.join())
        continue;
      if ((conv.params.vmapDims as number) > 0 || outputs.has(x) || consumers.get(x)?.length !== 1) continue;
      // The sum's place, where the bias is known.
      joined.set(sum, { ...conv, inputs: [...conv.inputs, spread?.inputs[0] as Operand], outputs: [out] });
      dropped.add(conv);
      break;
    }
  }
  const nodes = graph.nodes.filter((n) => !dropped.has(n)).map((n) => joined.get(n) ?? n);
  return { ...graph, nodes };
}
