import type { Value } from "../graph.ts";
import { arrayTypes, byteWidth, type DType, sizeOf, Tensor } from "../tensor.ts";

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
  /** Writes 32-bit words (addresses and lengths) into the space kept for them; returns their byte offset. */
  table(words: readonly number[]): number;
}

/**
 * Lays out values one after another. `shared` maps a value to another whose memory it uses; `tableWords` is the space
 * for tables.
 *
 * @throws RangeError when they exceed the 4 GiB that WebAssembly can address.
 */
export function createArena(
  values: Iterable<Value>,
  shared: ReadonlyMap<Value, Value>,
  tableWords: number,
  name: string,
): Arena {
  const offsets = new Map<Value, number>();
  let bytes = ALIGNMENT;
  for (const v of values) {
    if (offsets.has(v) || shared.has(v)) continue;
    offsets.set(v, bytes);
    bytes += Math.ceil((sizeOf(v.shape) * byteWidth(v.dtype)) / ALIGNMENT) * ALIGNMENT;
  }
  let nextTable = bytes;
  bytes += 4 * tableWords;
  if (bytes > MAX_BYTES) {
    throw new RangeError(
      `${name}: carry and gradients need ${(bytes / 2 ** 30).toFixed(1)} GiB; the limit is 4 GiB`,
    );
  }
  const pages = Math.ceil(bytes / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const offset = (v: Value): number => {
    const at = offsets.get(shared.get(v) ?? v);
    if (at === undefined) throw new Error(`${name}: value %${v.id} has no place in the arena`);
    return at;
  };
  return {
    memory,
    bytes,
    offset,
    table(words) {
      const at = nextTable;
      new Uint32Array(memory.buffer, at, words.length).set(words);
      nextTable += 4 * words.length;
      return at;
    },
    tensor: (v) => new Tensor(v.dtype, v.shape, viewOf(memory, v.dtype, offset(v), sizeOf(v.shape))),
  };
}

function viewOf(memory: WebAssembly.Memory, dtype: DType, offset: number, length: number) {
  return new arrayTypes[dtype](memory.buffer, offset, length);
}
