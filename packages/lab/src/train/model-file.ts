import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { tree } from "@jax-js/jax";
import { type DType, Tensor, type TensorTree, type TypedArray } from "@steepest/compile";
import { leafPaths } from "steepest";
import { DataError } from "../data/error.ts";

/**
 * Parameters as safetensors: the length of a JSON header as a little-endian uint64, the header
 * {name: {dtype, shape, data_offsets}}, then the elements, little-endian (github.com/huggingface/safetensors). Names are
 * paths in the tree of parameters: "blocks.0.q".
 */

const types = { F32: "float32", F64: "float64", I32: "int32", U32: "uint32", BOOL: "bool" } as const;
const arrays = {
  F32: Float32Array,
  F64: Float64Array,
  I32: Int32Array,
  U32: Uint32Array,
  BOOL: Uint8Array,
} as const;
type TypeName = keyof typeof types;
const typeName = (dtype: DType): TypeName =>
  (Object.keys(types) as TypeName[]).find((name) => types[name] === dtype) as TypeName;

/** Where a trial's trained parameters lie: next to its records. */
export const modelPath = (trial: string): string => trial.replace(/\.jsonl$/, ".safetensors");

/** The header's entry of a parameter. */
interface Entry {
  dtype: TypeName;
  shape: readonly number[];
  data_offsets: [number, number];
}

/**
 * Writes parameters to a file that is there completely or not at all; `notes` become the format's `__metadata__`.
 */
export function writeModel(path: string, params: TensorTree, notes?: Readonly<Record<string, string>>): void {
  const header: Record<string, Entry | Readonly<Record<string, string>>> =
    notes === undefined ? {} : { __metadata__: notes };
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [name, { dtype, shape, data }] of leafPaths<Tensor>(params as never)) {
    header[name] = { dtype: typeName(dtype), shape, data_offsets: [at, at + data.byteLength] };
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    at += data.byteLength;
  }
  const json = JSON.stringify(header);
  // Padded so that the elements are aligned.
  const text = Buffer.from(json.padEnd(Math.ceil(Buffer.byteLength(json) / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(`${path}.part`, Buffer.concat([length, text, ...parts]));
  renameSync(`${path}.part`, path);
}

/**
 * Reads parameters into a tree like `example`. Throws a DataError when the file is not safetensors, is truncated, or
 * lacks a parameter of that name, shape and dtype.
 */
export function readModel(path: string, example: TensorTree): TensorTree {
  const { header, elements } = readFile(path);
  const leaves = leafPaths<Tensor>(example as never).map(([name, { dtype, shape }]) => {
    const entry = header[name] as Entry | undefined;
    if (entry === undefined || types[entry.dtype] !== dtype || entry.shape.join() !== shape.join()) {
      const found = entry === undefined ? "none" : `${entry.dtype} [${entry.shape.join(", ")}]`;
      throw new DataError(path, `expected ${name} ${typeName(dtype)} [${shape.join(", ")}], found ${found}`);
    }
    const [from, to] = entry.data_offsets;
    const slice = elements.subarray(from, to);
    if (slice.length !== to - from) throw new DataError(path, `is truncated inside ${name}`);
    const data: TypedArray = new arrays[entry.dtype](Uint8Array.from(slice).buffer);
    return new Tensor(dtype, shape, data);
  });
  return tree.unflatten(tree.structure(example), leaves);
}

/** The `__metadata__` of a safetensors file; empty when it has none. Throws a DataError when it is not safetensors. */
export const readNotes = (path: string): Record<string, string> =>
  (readFile(path).header.__metadata__ ?? {}) as Record<string, string>;

function readFile(path: string): { header: Record<string, unknown>; elements: Buffer } {
  const bytes = readFileSync(path);
  const length = bytes.length < 8 ? Number.NaN : Number(bytes.readBigUInt64LE());
  if (!(8 + length <= bytes.length))
    throw new DataError(path, "ends inside its header; expected safetensors");
  try {
    const header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Record<string, unknown>;
    return { header, elements: bytes.subarray(8 + length) };
  } catch (cause) {
    throw new DataError(path, `has a header that is not JSON; expected safetensors`, { cause });
  }
}
