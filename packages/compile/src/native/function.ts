import type { Plan } from "../explain.ts";
import type { Graph, Operand } from "../graph.ts";
import type { NativeOptions } from "../program.ts";
import type { Tensor } from "../tensor.ts";
import { channelBlock } from "./blocks.ts";
import { formatNodeCounts } from "./lower.ts";
import { createMachine } from "./machine.ts";
import { lowerWithin } from "./recompute.ts";
import { createSession } from "./session.ts";
import { needsLoops } from "./support.ts";

/** A graph without carry, ready to run. */
export interface NativeFunction {
  /** Inputs and outputs in the graph's order. The outputs' memory is overwritten. */
  run(inputs: readonly Tensor[], outputs: readonly Tensor[]): Promise<void>;
  plan(): Plan;
  release(): Promise<void>;
}

/** One ONNX Runtime graph over the caller's own memory, or segments over an arena if some primitive needs loops. */
export async function openFunction(
  graph: Graph,
  name: string,
  options: NativeOptions,
): Promise<NativeFunction> {
  if (graph.nodes.some(needsLoops)) return openSegments(graph, name, options);
  const used = new Set<Operand>([...graph.nodes.flatMap((n) => n.inputs), ...graph.outputs]);
  const isUsed = graph.inputs.map((v) => used.has(v));
  const own = { ...graph, inputs: graph.inputs.filter((_, i) => isUsed[i]) };
  const lowered = lowerWithin(own, name, { memory: options.memory, block: await channelBlock() });
  const session = await createSession(lowered, name, options.threads);
  return {
    run: (inputs, outputs) =>
      session.run(
        inputs.filter((_, i) => isUsed[i]),
        outputs,
      ),
    plan: () => ({
      name,
      executor: "native",
      segments: [
        { kind: "graph", description: `ONNX Runtime: ${formatNodeCounts(lowered)}`, peak: lowered.peak },
      ],
    }),
    release: () => session.release(),
  };
}

async function openSegments(graph: Graph, name: string, options: NativeOptions): Promise<NativeFunction> {
  const machine = await createMachine(graph, 0, name, options);
  return {
    async run(inputs, outputs) {
      inputs.forEach((x, i) => {
        machine.inputs[i]?.data.set(x.data as never);
      });
      await machine.compute();
      outputs.forEach((x, i) => {
        x.data.set(machine.results[i]?.data as never);
      });
    },
    plan: machine.plan,
    release: machine.release,
  };
}
