import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { newValue } from "../graph.ts";
import type { LeafSpec } from "../program.ts";
import { arrayTypes, sizeOf, Tensor } from "../tensor.ts";
import { type Lowered, lower } from "./lower.ts";

/** A lowered graph loaded into ONNX Runtime. */
export interface Session {
  /**
   * Runs the graph. `inputs` and `outputs` are in the graph's order; their memory is used in place, and outputs must
   * not overlap inputs. Inputs in shared memory are copied where ONNX Runtime cannot read it.
   */
  run(inputs: readonly Tensor[], outputs: readonly Tensor[]): Promise<void>;
  /** Prepares tensors whose memory stays where it is, so that repeated runs need not wrap them again. */
  bind(inputs: readonly Tensor[], outputs: readonly Tensor[]): BoundRun;
  release(): Promise<void>;
}

/** Runs with fixed input and output memory. */
export type BoundRun = () => Promise<void>;

const options: InferenceSession.SessionOptions = {
  executionProviders: ["cpu"],
  // The lowering has done this work: run time is the same, and sessions start several times faster (docs/decisions).
  graphOptimizationLevel: "disabled",
  logSeverityLevel: 3,
  // From the second run on a pattern puts all intermediates into one block, and the arena of the first run stays beside it.
  enableMemPattern: false,
  // Threads wait actively for the next node, but not longer: beside another busy process steps take a third less time,
  // and on an idle machine no more (docs/decisions).
  extra: { session: { intra_op: { spin_duration_us: "50" } } },
};

const wrap = (x: Tensor, shape: readonly number[]): OrtTensor =>
  new OrtTensor(x.dtype, x.data as never, shape) as unknown as OrtTensor;

const { port1: nowhere } = new MessageChannel();
nowhere.close();

/**
 * Frees what a run returns: ONNX Runtime's binding copies even those outputs that it has written to memory of ours, and the
 * garbage collector would come late. Sending an array buffer away takes it from this thread; nobody receives it.
 */
function discard(results: InferenceSession.OnnxValueMapType, outputs: readonly Tensor[]): void {
  const own = new Set<unknown>(outputs.map((x) => x.data.buffer));
  const copies = Object.values(results).map((x) => (x.data as Tensor["data"]).buffer as ArrayBuffer);
  nowhere.postMessage(
    undefined,
    copies.filter((buffer) => !own.has(buffer)),
  );
}

/** Loads a model to be run by `threads` threads. Throws an Error that carries ONNX Runtime's message and the program's name. */
export async function createSession(lowered: Lowered, name: string, threads?: number): Promise<Session> {
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(lowered.model, {
      ...options,
      ...(threads !== undefined && { intraOpNumThreads: threads }),
    });
  } catch (cause) {
    throw new Error(`${name}: ONNX Runtime refused the lowered graph: ${(cause as Error).message}`, {
      cause,
    });
  }
  const { inputs: ins, outputs: outs, outputShapes } = lowered;
  const bind = (inputs: readonly Tensor[], outputs: readonly Tensor[]): BoundRun => {
    const feeds = Object.fromEntries(inputs.map((x, i) => [ins[i], wrap(x, x.shape)]));
    const fetches = Object.fromEntries(outputs.map((x, i) => [outs[i], wrap(x, outputShapes[i] ?? x.shape)]));
    return async () => {
      discard(await session.run(feeds, fetches), outputs);
    };
  };
  return {
    bind,
    async run(inputs, outputs) {
      const readable = inputs.every((x) => !isShared(x)) || (await takesShared());
      await bind(readable ? inputs : inputs.map(copyOf), outputs)();
    },
    release: () => session.release(),
  };
}

const isShared = (x: Tensor) => x.data.buffer instanceof SharedArrayBuffer;
const copyOf = (x: Tensor) => new Tensor(x.dtype, x.shape, x.data.slice());

let sharing: Promise<boolean> | undefined;

/** Whether ONNX Runtime can read and write shared memory: Node hands it out to native code from version 24.9 on. */
export function takesShared(): Promise<boolean> {
  sharing ??= (async () => {
    const x = newValue("float32", [1]);
    const graph = { inputs: [x], constants: new Map(), nodes: [], outputs: [x] };
    const session = await createSession(lower(graph, "probe"), "probe", 1);
    const one = () => new Tensor("float32", [1], new Float32Array(new SharedArrayBuffer(4)));
    try {
      await session.bind([one()], [one()])();
      return true;
    } catch {
      return false;
    } finally {
      await session.release();
    }
  })();
  return sharing;
}

/** New tensors for results that the caller will own. */
export const allocate = (leaves: readonly LeafSpec[]): Tensor[] =>
  leaves.map((leaf) => new Tensor(leaf.dtype, leaf.shape, new arrayTypes[leaf.dtype](sizeOf(leaf.shape))));
