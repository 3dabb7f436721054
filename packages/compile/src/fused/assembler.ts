import {
  type LaneMemoryOpcode,
  type LaneOpcode,
  laneMemoryOpcodes,
  laneOpcodes,
  type MemoryOpcode,
  memoryOpcodes,
  type Opcode,
  opcodes,
  unsigned,
} from "./opcodes.ts";

/** A small WebAssembly assembler: function bodies, and the module around them. */

export type ValueType = "i32" | "f32" | "f64" | "v128";

const typeCodes: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** A signed 32-bit integer in LEB128. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

const scratch = new DataView(new ArrayBuffer(8));

export interface FunctionType {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** The body of one function. Locals are numbered after the parameters. */
export class Code {
  readonly type: FunctionType;
  readonly #bytes: number[] = [];
  readonly #locals: ValueType[] = [];

  constructor(params: readonly ValueType[], results: readonly ValueType[] = []) {
    this.type = { params, results };
  }

  /** Declares a local; it starts at zero. */
  local(type: ValueType): number {
    return this.type.params.length + this.#locals.push(type) - 1;
  }

  op(...names: Opcode[]): this {
    for (const name of names) this.#bytes.push(...(opcodes.get(name) as readonly number[]));
    return this;
  }

  get(...locals: number[]): this {
    for (const index of locals) this.#bytes.push(0x20, ...unsigned(index));
    return this;
  }

  set(index: number): this {
    this.#bytes.push(0x21, ...unsigned(index));
    return this;
  }

  tee(index: number): this {
    this.#bytes.push(0x22, ...unsigned(index));
    return this;
  }

  i32(value: number): this {
    this.#bytes.push(0x41, ...signed(value));
    return this;
  }

  f32(value: number): this {
    scratch.setFloat32(0, value, true);
    this.#bytes.push(0x43, ...this.#scratchBytes(4));
    return this;
  }

  f64(value: number): this {
    scratch.setFloat64(0, value, true);
    this.#bytes.push(0x44, ...this.#scratchBytes(8));
    return this;
  }

  /** Four equal float32 lanes. */
  f32x4(value: number): this {
    return this.f32(value).op("f32x4.splat");
  }

  /** Four equal int32 lanes. */
  i32x4(value: number): this {
    return this.i32(value).op("i32x4.splat");
  }

  f64x2(value: number): this {
    return this.f64(value).op("f64x2.splat");
  }

  /** A load or store at the address on the stack plus `offset` bytes; no alignment is assumed. */
  memory(name: MemoryOpcode, offset = 0): this {
    this.#bytes.push(...memoryOpcodes[name], 0, ...unsigned(offset));
    return this;
  }

  laneMemory(name: LaneMemoryOpcode, lane: number, offset = 0): this {
    this.#bytes.push(0xfd, laneMemoryOpcodes[name], 0, ...unsigned(offset), lane);
    return this;
  }

  lane(name: LaneOpcode, lane: number): this {
    this.#bytes.push(0xfd, laneOpcodes[name], lane);
    return this;
  }

  /** Byte k of the result is byte `bytes[k]` of the 32 bytes on the stack. */
  shuffle(bytes: readonly number[]): this {
    this.#bytes.push(0xfd, 13, ...bytes);
    return this;
  }

  /** Calls function `index` of the module, imports first. */
  call(index: number): this {
    this.#bytes.push(0x10, ...unsigned(index));
    return this;
  }

  block(body: () => void): this {
    return this.#nest(0x02, body);
  }

  /** `br(0)` directly inside the body starts the next iteration. */
  loop(body: () => void): this {
    return this.#nest(0x03, body);
  }

  /** Takes the condition from the stack. */
  if(body: () => void, otherwise?: () => void): this {
    this.#bytes.push(0x04, 0x40);
    body();
    if (otherwise) {
      this.#bytes.push(0x05);
      otherwise();
    }
    this.#bytes.push(0x0b);
    return this;
  }

  br(depth: number): this {
    this.#bytes.push(0x0c, depth);
    return this;
  }

  brIf(depth: number): this {
    this.#bytes.push(0x0d, depth);
    return this;
  }

  /** The function as an entry of the code section. */
  encode(): number[] {
    const locals = this.#locals.flatMap((type) => [1, typeCodes[type]]);
    const body = [...unsigned(this.#locals.length), ...locals, ...this.#bytes, 0x0b];
    return [...unsigned(body.length), ...body];
  }

  #nest(opcode: number, body: () => void): this {
    this.#bytes.push(opcode, 0x40);
    body();
    this.#bytes.push(0x0b);
    return this;
  }

  #scratchBytes(count: number): number[] {
    return Array.from({ length: count }, (_, i) => scratch.getUint8(i));
  }
}

export interface Import {
  readonly module: string;
  readonly name: string;
  readonly type: FunctionType;
}

const vector = (items: readonly (readonly number[])[]): number[] => [
  ...unsigned(items.length),
  ...items.flat(),
];
const text = (s: string): number[] => {
  const bytes = new TextEncoder().encode(s);
  return [...unsigned(bytes.length), ...bytes];
};
const section = (id: number, content: readonly number[]): number[] => [
  id,
  ...unsigned(content.length),
  ...content,
];
const functionType = (type: FunctionType): number[] => [
  0x60,
  ...vector(type.params.map((t) => [typeCodes[t]])),
  ...vector(type.results.map((t) => [typeCodes[t]])),
];

/** True when the memory may be shared between threads; the module that imports it must say so. */
const isShared = (memory: WebAssembly.Memory): boolean =>
  typeof SharedArrayBuffer !== "undefined" && memory.buffer instanceof SharedArrayBuffer;

/**
 * Encodes a module that imports `memory` as "env.memory" and the given functions, and exports its own.
 * Function k of the module is import k; the module's own functions follow.
 */
export function encodeModule(
  memory: WebAssembly.Memory,
  imports: readonly Import[],
  functions: Readonly<Record<string, Code>>,
): Uint8Array<ArrayBuffer> {
  const own = Object.entries(functions);
  const types = [...imports.map((f) => f.type), ...own.map(([, code]) => code.type)];
  const limits = isShared(memory) ? [0x03, 0, ...unsigned(65536)] : [0x00, 0];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types.map(functionType))),
    ...section(
      2,
      vector([
        [...text("env"), ...text("memory"), 0x02, ...limits],
        ...imports.map((f, i) => [...text(f.module), ...text(f.name), 0x00, ...unsigned(i)]),
      ]),
    ),
    ...section(3, vector(own.map((_, i) => unsigned(imports.length + i)))),
    ...section(7, vector(own.map(([name], i) => [...text(name), 0x00, ...unsigned(imports.length + i)]))),
    ...section(10, vector(own.map(([, code]) => code.encode()))),
  ]);
}
