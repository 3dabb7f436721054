import { Code, encodeModule, type Import } from "../fused/assembler.ts";
import { hostImports, importObject } from "../fused/host.ts";
import type { Arena, Region } from "./arena.ts";
import { emitKernel } from "./emit.ts";
import type { Kernel, RoutineKernel } from "./kernel.ts";
import type { Buffer } from "./view.ts";

/** A moving array: where it lies in the first step, and by how many bytes it moves from record to record. */
export interface Slot {
  readonly address: number;
  readonly stride: number;
}

export interface Program {
  /** Runs steps. Input slots move after every step, output slots after every `every` steps. */
  run(steps: number, every: number, inputs: readonly Slot[], outputs: readonly Slot[]): void;
}

/** Compiles the loops of one step, and the loop over steps around them. Input slots are numbered before outputs. */
export function assemble(
  region: Region,
  kernels: readonly Kernel[],
  inputs: number,
  outputs: number,
): Program {
  const { arena } = region;
  const table = region.allocate(8 * (inputs + outputs));
  const slotAddress = (slot: number) => table + 8 * slot;
  // One function for each kernel: V8 replaces a function by optimised code when it is called, not while it loops.
  const functions: Record<string, Code> = {};
  const routines = kernels.filter((kernel) => kernel.kind === "routine");
  const imports: Import[] = [
    ...hostImports,
    ...routines.map((_, i) => ({ module: "routines", name: String(i), type: { params: [], results: [] } })),
  ];
  const calls = kernels.map((kernel): number => {
    if (kernel.kind === "routine") return hostImports.length + routines.indexOf(kernel);
    const code = new Code([]);
    emitKernel(code, kernel, slotAddress);
    const index = Object.keys(functions).length;
    functions[`loop${index}`] = code;
    return imports.length + index;
  });
  functions.run = stepLoop(calls, slotAddress, inputs, outputs);
  const module = new WebAssembly.Module(encodeModule(arena.memory, imports, functions));
  const instance = new WebAssembly.Instance(module, {
    ...importObject(arena.memory),
    routines: Object.fromEntries(routines.map((kernel, i) => [String(i), callRoutine(arena, kernel)])),
  });
  const run = instance.exports.run as (steps: number, every: number) => void;
  return {
    run(steps, every, inputSlots, outputSlots) {
      const words = arena.view("uint32", table, 2 * (inputs + outputs));
      words.set([...inputSlots, ...outputSlots].flatMap((x) => [x.address, x.stride]));
      if (steps > 0) run(steps, every);
    },
  };
}

function callRoutine(arena: Arena, { inputs, outputs, run }: RoutineKernel): () => void {
  const view = ({ dtype, address, size }: Buffer) => arena.view(dtype, address as number, size);
  return () => run(inputs.map(view), outputs.map(view));
}

function stepLoop(
  calls: readonly number[],
  slotAddress: (slot: number) => number,
  inputs: number,
  outputs: number,
): Code {
  const code = new Code(["i32", "i32"]);
  const [steps, every] = [0, 1];
  const left = code.local("i32");
  const advance = (first: number, count: number) => {
    for (let slot = first; slot < first + count; slot++) {
      const address = slotAddress(slot);
      code.i32(address).i32(address).memory("i32.load");
      code.i32(address).memory("i32.load", 4).op("i32.add").memory("i32.store");
    }
  };
  code.get(every).set(left);
  code.loop(() => {
    for (const index of calls) code.call(index);
    advance(0, inputs);
    code.get(left).i32(1).op("i32.sub").tee(left).op("i32.eqz");
    code.if(() => {
      advance(inputs, outputs);
      code.get(every).set(left);
    });
    code.get(steps).i32(1).op("i32.sub").tee(steps).brIf(0);
  });
  return code;
}
