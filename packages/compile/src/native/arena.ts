import type { Value } from "../graph.ts";
import { arrayTypes, byteWidth, type DType, sizeOf, Tensor } from "../tensor.ts";
import { CONTROL_BYTES } from "./team.ts";

/** One WebAssembly memory in which every value that crosses a segment boundary has a fixed place. */

/** Enough for the widest vector access anywhere, and a whole cache line. */
const ALIGNMENT = 64;
const PAGE = 65536;
const MAX_BYTES = PAGE * PAGE;

export interface Arena {
  readonly memory: WebAssembly.Memory;
  /** Byte offset of a value. */
  offset(v: Value): number;
  /** The value's memory as a tensor; a write to either is seen by the other. */
  tensor(v: Value): Tensor;
  readonly bytes: number;
  /** Takes some of the space kept for tables; returns its byte offset, a multiple of `alignment`. */
  reserve(bytes: number, alignment: number): number;
  /** Writes 32-bit words (addresses and lengths) into that space; returns their byte offset. */
  table(words: readonly number[]): number;
}

export interface ArenaOptions {
  /** Space for tables. */
  readonly tableBytes: number;
  /** Whether other threads may have the memory. */
  readonly shared: boolean;
}

/**
 * Lays out values one after another, behind the space that a team of threads needs. `inPlace` maps a value to another
 * whose memory it uses.
 *
 * @throws RangeError when they exceed the 4 GiB that WebAssembly can address.
 */
export function createArena(
  values: Iterable<Value>,
  inPlace: ReadonlyMap<Value, Value>,
  { tableBytes, shared }: ArenaOptions,
  name: string,
): Arena {
  const offsets = new Map<Value, number>();
  let bytes = CONTROL_BYTES;
  for (const v of values) {
    if (offsets.has(v) || inPlace.has(v)) continue;
    offsets.set(v, bytes);
    bytes += Math.ceil((sizeOf(v.shape) * byteWidth(v.dtype)) / ALIGNMENT) * ALIGNMENT;
  }
  let free = bytes;
  bytes += tableBytes;
  if (bytes > MAX_BYTES) {
    throw new RangeError(
      `${name}: carry and gradients need ${(bytes / 2 ** 30).toFixed(1)} GiB; the limit is 4 GiB`,
    );
  }
  const pages = Math.ceil(bytes / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  const offset = (v: Value): number => {
    const at = offsets.get(inPlace.get(v) ?? v);
    if (at === undefined) throw new Error(`${name}: value %${v.id} has no place in the arena`);
    return at;
  };
  const reserve = (size: number, alignment: number): number => {
    const at = Math.ceil(free / alignment) * alignment;
    free = at + size;
    if (free > bytes) throw new Error(`${name}: the arena has too little space for tables`);
    return at;
  };
  return {
    memory,
    bytes,
    offset,
    reserve,
    table(words) {
      const at = reserve(4 * words.length, 4);
      new Uint32Array(memory.buffer, at, words.length).set(words);
      return at;
    },
    tensor: (v) => new Tensor(v.dtype, v.shape, viewOf(memory, v.dtype, offset(v), sizeOf(v.shape))),
  };
}

function viewOf(memory: WebAssembly.Memory, dtype: DType, offset: number, length: number) {
  return new arrayTypes[dtype](memory.buffer, offset, length);
}
