import type { Peak } from "../explain.ts";

/** How much memory ONNX Runtime's intermediate results take while a graph runs. */

/** A node of an ONNX model, with what its outputs are. */
export interface Step {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly bytes: number;
  }[];
}

/** Kernels that write their result over their operand when nothing else reads it, or only rename it; found by measuring. */
const inPlace: ReadonlySet<string> = new Set(
  "Reshape Relu Sigmoid HardSigmoid Tanh Softmax LogSoftmax Cast".split(" "),
);
/** Memory that a kernel takes for itself, as a multiple of its result's. */
const workspace: Readonly<Record<string, number>> = { Where: 2 };

/**
 * The peak of intermediate results of nodes in their order of execution.
 *
 * @param outputs tensors that lie in memory of the caller's.
 */
export function peakOf(steps: readonly Step[], outputs: ReadonlySet<string>): Peak {
  interface Buffer {
    bytes: number;
    uses: number;
    readonly op: string;
    readonly shape: readonly number[];
  }
  const reads = new Map<string, number>();
  for (const name of steps.flatMap((s) => s.inputs)) reads.set(name, (reads.get(name) ?? 0) + 1);
  const buffers = new Map<string, Buffer>();
  const live = new Set<Buffer>();
  let [bytes, most, at] = [0, -1, 0];
  let alive: Buffer[] = [];
  steps.forEach(({ op, inputs, outputs: outs }, i) => {
    for (const { name, shape, bytes: size } of outs) {
      const uses = reads.get(name) ?? 0;
      const isOutput = outputs.has(name);
      const operand = buffers.get(inputs[0] as string);
      const fits = operand?.bytes === size && (op === "Reshape" || operand.uses === 1);
      const over = !isOutput && inPlace.has(op) && fits ? operand : undefined;
      if (over) {
        over.uses += uses;
        buffers.set(name, over);
      } else if (!isOutput) {
        const buffer: Buffer = { bytes: size, uses, op, shape };
        buffers.set(name, buffer);
        live.add(buffer);
        bytes += size;
      }
    }
    const now = bytes + (workspace[op] ?? 0) * (outs[0]?.bytes ?? 0);
    if (now > most) {
      [most, at] = [now, i];
      alive = [...live];
    }
    for (const name of [...inputs, ...outs.filter((o) => !reads.has(o.name)).map((o) => o.name)]) {
      const buffer = buffers.get(name);
      if (!buffer) continue;
      if (reads.has(name)) buffer.uses--;
      if (buffer.uses > 0 || !live.delete(buffer)) continue;
      bytes -= buffer.bytes;
    }
  });
  const kinds = new Map<string, { op: string; shape: readonly number[]; count: number; bytes: number }>();
  for (const { op, shape, bytes } of alive) {
    const kind = kinds.get(`${op} ${shape}`) ?? { op, shape, count: 0, bytes: 0 };
    kinds.set(`${op} ${shape}`, { ...kind, count: kind.count + 1, bytes: kind.bytes + bytes });
  }
  const step = steps[at];
  return {
    bytes: Math.max(most, 0),
    node: at,
    op: step?.op ?? "",
    shape: step?.outputs[0]?.shape ?? [],
    nodes: steps.length,
    alive: [...kinds.values()].sort((a, b) => b.bytes - a.bytes),
  };
}
