import { type numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import {
  type ArrayTree,
  compileStep,
  fromArray,
  initRuntime,
  type Tensor,
  tensor,
  toArray,
} from "@steepest/compile";
import { crossEntropy, gpt } from "@steepest/lab";
import { adamw, applyUpdates } from "steepest";
import type { Graph, Operand } from "../../packages/compile/src/graph.ts";
import { lower } from "../../packages/compile/src/native/lower.ts";
import { plan, type Segment } from "../../packages/compile/src/native/plan.ts";
import { optimizeNative } from "../../packages/compile/src/native/recognize/index.ts";
import { createSession } from "../../packages/compile/src/native/session.ts";
import { specOf } from "../../packages/compile/src/program.ts";
import { trace } from "../../packages/compile/src/trace.ts";

/** A GPT's training step, compiled as a whole and phase by phase, as packages/compile/src/native/step.ts does it. */

export interface Size {
  readonly width: number;
  readonly context: number;
  readonly batch: number;
}

/** Milliseconds. `whole` is a call of compileStep: the phases and the arena, its tables and the fused kernels. */
export const phases = ["trace", "optimise", "plan", "lower", "session", "whole"] as const;
export type Phases = Record<(typeof phases)[number], number>;

type State = { params: ArrayTree; state: ArrayTree };

export interface Subject {
  /** Primitives after optimisation. */
  readonly nodes: number;
  /** Compiles once each way. */
  time(): Promise<Phases>;
}

export async function prepareCompile(layers: number, { width, context, batch }: Size): Promise<Subject> {
  await initRuntime();
  const vocabulary = 65;
  const model = gpt({ vocabulary, context, width, layers, heads: 4, tied: true });
  const optimizer = adamw();
  const step = (carry: State, x: np.Array, y: np.Array): [State, np.Array] => {
    const loss = (params: ArrayTree, x: np.Array, y: np.Array) =>
      crossEntropy(model.apply(params as Parameters<typeof model.apply>[0], x), y);
    const [value, gradients] = valueAndGrad(loss)(tree.ref(carry.params), x, y);
    const [updates, state] = optimizer.update(gradients as ArrayTree, carry.state, tree.ref(carry.params));
    return [{ params: applyUpdates(carry.params, updates), state }, value as np.Array];
  };
  const params = model.init(0);
  const initial = optimizer.init(tree.map((x: Tensor) => toArray(x), params as never) as ArrayTree);
  const state = tree.map((x: np.Array) => fromArray(x), initial);
  tree.dispose(initial);
  const words = (shape: number[]) =>
    tensor(
      Array.from({ length: batch * context }, (_, i) => (i * 7) % vocabulary),
      shape,
      "int32",
    );
  const carry = { params, state };
  const inputs = [words([batch, context]), words([batch * context])];
  const spec = specOf([carry, ...inputs], "gpt");
  const count = tree.leaves(carry as never).length;
  const graph = optimizeNative(trace(step, spec, "gpt").graph, "gpt");
  return {
    nodes: graph.nodes.length,
    async time() {
      const times: Partial<Phases> = {};
      const timed = async <T>(phase: keyof Phases, run: () => T | Promise<T>): Promise<T> => {
        const start = performance.now();
        const result = await run();
        times[phase] = performance.now() - start;
        return result;
      };
      const traced = await timed("trace", () => trace(step, spec, "gpt"));
      const graph = await timed("optimise", () => optimizeNative(traced.graph, "gpt"));
      const segments = await timed("plan", () => plan(graph, count));
      const models = await timed("lower", () =>
        segments
          .filter(({ kind }) => kind === "graph")
          .map((segment) => lower(graphOf(graph, segment), "gpt")),
      );
      const sessions = await timed("session", async () => {
        const opened = [];
        for (const model of models) opened.push(await createSession(model, "gpt"));
        return opened;
      });
      for (const session of sessions) await session.release();
      const program = await timed("whole", () =>
        compileStep(step, carry as never, inputs as never, { executor: "native", name: "gpt" }),
      );
      await program.dispose();
      return times as Phases;
    },
  };
}

/** What a segment reads comes in as an input, unless it is a constant. */
function graphOf(graph: Graph, { reads, nodes, writes }: Segment): Graph {
  const needed = new Set<Operand>(reads);
  const constants = new Map([...graph.constants].filter(([v]) => needed.has(v)));
  return { inputs: reads.filter((v) => !constants.has(v)), constants, nodes, outputs: writes };
}
