import { Code, encodeModule } from "../fused/assembler.ts";
import { hostImports, importObject } from "../fused/host.ts";
import type { DType } from "../tensor.ts";
import { arrayTypes, byteWidth, type TypedArray } from "../tensor.ts";
import { emitKernel } from "./emit.ts";
import type { Kernel } from "./kernel.ts";

const page = 65536;

/** Memory that only grows; its programs keep their arrays in it at fixed addresses. */
export class Arena {
  readonly memory = new WebAssembly.Memory({ initial: 1 });
  #top = 16;

  /** Reserves zeroed bytes, aligned for vectors. */
  allocate(bytes: number): number {
    const address = this.#top;
    this.#top = align(address + bytes);
    this.#reserve(this.#top);
    return address;
  }

  /** Addresses for arrays that live until the next call only. */
  transient(sizes: readonly number[]): number[] {
    let top = this.#top;
    const addresses = sizes.map((bytes) => {
      const address = top;
      top = align(top + bytes);
      return address;
    });
    this.#reserve(top);
    return addresses;
  }

  /** The elements at an address. Growing the memory invalidates the view. */
  view(dtype: DType, address: number, length: number): TypedArray {
    return new arrayTypes[dtype](this.memory.buffer, address, length);
  }

  #reserve(top: number): void {
    const missing = Math.ceil((top - this.memory.buffer.byteLength) / page);
    if (missing > 0) this.memory.grow(missing);
  }
}

const align = (address: number): number => Math.ceil(address / 16) * 16;

export const bytesOf = (dtype: DType, length: number): number => byteWidth(dtype) * length;

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
export function assemble(arena: Arena, kernels: readonly Kernel[], inputs: number, outputs: number): Program {
  const table = arena.allocate(8 * (inputs + outputs));
  const slotAddress = (slot: number) => table + 8 * slot;
  // One function for each kernel: V8 replaces a function by optimised code when it is called, not while it loops.
  const functions: Record<string, Code> = {};
  kernels.forEach((kernel, i) => {
    const code = new Code([]);
    emitKernel(code, kernel, slotAddress);
    functions[`kernel${i}`] = code;
  });
  functions.run = stepLoop(kernels.length, slotAddress, inputs, outputs);
  const module = new WebAssembly.Module(encodeModule(arena.memory, hostImports, functions));
  const instance = new WebAssembly.Instance(module, importObject(arena.memory));
  const run = instance.exports.run as (steps: number, every: number) => void;
  return {
    run(steps, every, inputSlots, outputSlots) {
      const words = arena.view("uint32", table, 2 * (inputs + outputs));
      words.set([...inputSlots, ...outputSlots].flatMap((x) => [x.address, x.stride]));
      if (steps > 0) run(steps, every);
    },
  };
}

function stepLoop(
  kernels: number,
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
    for (let i = 0; i < kernels; i++) code.call(hostImports.length + i);
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
