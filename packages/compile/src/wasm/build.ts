import type { Plan } from "../explain.ts";
import type { Graph, Value } from "../graph.ts";
import type { LeafSpec } from "../program.ts";
import { type DType, sizeOf, Tensor } from "../tensor.ts";
import { bytesOf, type Region } from "./arena.ts";
import { formatKernel } from "./explain.ts";
import { load } from "./expr.ts";
import { dropSelfCopies, updateInPlace } from "./in-place.ts";
import { elementwise, type Kernel, overwriting, readsOf, schedule, writesOf } from "./kernel.ts";
import { knownOf } from "./known.ts";
import { lowerGraph } from "./lower.ts";
import { assemble, type Program, type Slot } from "./module.ts";
import { limitLoops } from "./ragged.ts";
import { joinScatters } from "./scatters.ts";
import { type Buffer, denseView, type Shape } from "./view.ts";

/** A compiled graph and the memory of its arrays. */
export interface Built {
  readonly region: Region;
  readonly program: Program;
  readonly kernels: readonly Kernel[];
}

/** Reserves the memory of a buffer. */
export function place(region: Region, buffer: Buffer): Buffer {
  buffer.address = region.allocate(bytesOf(buffer.dtype, buffer.size));
  return buffer;
}

const bufferOf = ({ dtype, shape }: { dtype: DType; shape: Shape }): Buffer => ({
  dtype,
  size: sizeOf(shape),
});

/**
 * Compiles a graph whose first inputs are the carry, at fixed places; with `updatesCarry` its first outputs are the
 * next carry. All other inputs and outputs move from step to step.
 */
export function build(
  graph: Graph,
  region: Region,
  carry: readonly Buffer[],
  name: string,
  updatesCarry: boolean,
): Built {
  const { arena } = region;
  const filled = (buffer: Buffer, values: ArrayLike<number>): Buffer => {
    place(region, buffer);
    arena.view(buffer.dtype, buffer.address as number, buffer.size).set(values);
    return buffer;
  };
  const updated = updatesCarry ? carry.length : 0;
  const moving = graph.inputs.length - carry.length;
  const inputs = new Map<Value, Buffer>(
    graph.inputs.map((v, i) => [v, carry[i] ?? { ...bufferOf(v), slot: i - carry.length }]),
  );
  const outputs = graph.outputs.map((v, i) =>
    i < updated ? bufferOf(v) : { ...bufferOf(v), slot: moving + i - updated },
  );
  const constants = new Map(
    [...graph.constants].map(([v, { data }]) => [v, filled({ ...bufferOf(v), known: knownOf(data) }, data)]),
  );
  const iotas = new Map<number, Buffer>();
  const iota = (length: number): Buffer => {
    const found = iotas.get(length);
    if (found) return found;
    const buffer = filled(
      { dtype: "uint32", size: length },
      Array.from({ length }, (_, i) => i),
    );
    iotas.set(length, buffer);
    return buffer;
  };
  let lowered = lowerGraph(joinScatters(graph), { inputs, constants, outputs, iota }, name);
  for (const [i, current] of carry.slice(0, updated).entries()) {
    const inPlace = updateInPlace(lowered, current, outputs[i] as Buffer);
    if (inPlace === undefined) continue;
    lowered = inPlace;
    outputs[i] = current;
  }
  const scheduled = schedule(lowered, new Set(outputs));

  // The next carry takes the place of the current one where that is safe, and is copied there at the end otherwise.
  const canOverwrite = overwriting(scheduled);
  for (const [i, current] of carry.slice(0, updated).entries()) {
    const next = outputs[i] as Buffer;
    if (next === current) continue;
    const shape = [next.size];
    if (canOverwrite(current, next)) next.address = current.address as number;
    else scheduled.push(elementwise(shape, denseView(current, shape), load(denseView(next, shape))));
  }
  const kernels = limitLoops(dropSelfCopies(scheduled), new Set([...outputs, ...carry]));
  for (const kernel of kernels) {
    for (const x of [...readsOf(kernel), ...writesOf(kernel)]) {
      if (x.slot === undefined && x.address === undefined) place(region, x);
    }
  }
  return { region, program: assemble(region, kernels, moving, outputs.length - updated), kernels };
}

/** How often a program runs, and which of its inputs move from step to step. */
export interface Schedule {
  readonly steps: number;
  /** Steps per record of the outputs. */
  readonly every: number;
  readonly moves: readonly boolean[];
}

/** Copies tensors to transient memory, runs, and copies the records of the outputs out: one more leading axis. */
export const execute = (...args: Parameters<typeof records>): Tensor[] =>
  records(...args).map(({ dtype, shape, data }) => new Tensor(dtype, shape, data.slice() as Tensor["data"]));

/** Runs one step. */
export function executeOnce(built: Built, inputs: readonly Tensor[], outputs: readonly LeafSpec[]): Tensor[] {
  const once = execute(built, inputs, outputs, onceWith(inputs));
  return once.map((x) => new Tensor(x.dtype, x.shape.slice(1), x.data));
}

/** Runs one step and writes its outputs to tensors. */
export function executeInto(built: Built, inputs: readonly Tensor[], outputs: readonly Tensor[]): void {
  const leaves = outputs.map(({ dtype, shape }) => ({ path: "", dtype, shape }));
  records(built, inputs, leaves, onceWith(inputs)).forEach((x, i) => {
    outputs[i]?.data.set(x.data as never);
  });
}

const onceWith = (inputs: readonly Tensor[]): Schedule => ({
  steps: 1,
  every: 1,
  moves: inputs.map(() => false),
});

/** As execute, but the records lie where the next run overwrites them. */
function records(
  { region: { arena }, program }: Built,
  inputs: readonly Tensor[],
  outputs: readonly LeafSpec[],
  { steps, every, moves }: Schedule,
): Tensor[] {
  // The last record may be incomplete; it is written but not returned.
  const written = Math.ceil(steps / every);
  const kept = Math.floor(steps / every);
  const inputBytes = inputs.map((x) => bytesOf(x.dtype, x.data.length));
  const recordBytes = outputs.map((x) => bytesOf(x.dtype, sizeOf(x.shape)));
  const addresses = arena.transient([...inputBytes, ...recordBytes.map((bytes) => bytes * written)]);
  const inputSlots = inputBytes.map((bytes, i): Slot => {
    return { address: addresses[i] as number, stride: moves[i] && steps > 0 ? bytes / steps : 0 };
  });
  const outputSlots = recordBytes.map((stride, i): Slot => {
    return { address: addresses[inputs.length + i] as number, stride };
  });
  inputs.forEach((x, i) => {
    arena.view(x.dtype, addresses[i] as number, x.data.length).set(x.data);
  });
  program.run(steps, every, inputSlots, outputSlots);
  return outputs.map(({ dtype, shape }, i) => {
    const { address } = outputSlots[i] as Slot;
    const data = arena.view(dtype, address, sizeOf(shape) * kept) as Tensor["data"];
    return new Tensor(dtype, [kept, ...shape], data);
  });
}

/** The parts of a program. */
export const planOf = (name: string, { kernels, region }: Built): Plan => ({
  name,
  executor: "wasm",
  segments: kernels.map((kernel) => ({ kind: "loops", description: formatKernel(kernel) })),
  arena: region.arena.memory.buffer.byteLength,
});
