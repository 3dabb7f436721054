/**
 * The safetensors format, as bytes: eight bytes with the length of a JSON header, the header, and the arrays' data.
 * https://huggingface.co/docs/safetensors
 */

/** An array outside jax-js: dtype, shape, and row-major data in the typed array of its dtype. */
export interface RawTensor {
  readonly dtype: "float32" | "float64" | "int32" | "uint32" | "bool";
  readonly shape: readonly number[];
  /** Float32Array, Float64Array, Int32Array, Uint32Array, or Uint8Array of zeros and ones for bool. */
  readonly data: Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;
}

/** What a file holds. */
export interface Safetensors {
  readonly tensors: Readonly<Record<string, RawTensor>>;
  /** Free text by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

const codes = { float32: "F32", float64: "F64", int32: "I32", uint32: "U32", bool: "BOOL" } as const;
const arrays = {
  F32: ["float32", Float32Array],
  F64: ["float64", Float64Array],
  I32: ["int32", Int32Array],
  U32: ["uint32", Uint32Array],
  BOOL: ["bool", Uint8Array],
} as const;

/** The bytes of a file. Tensors are written in the order of their keys. */
export function encodeSafetensors(
  tensors: Safetensors["tensors"],
  metadata: Safetensors["metadata"] = {},
): Uint8Array {
  let offset = 0;
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    const end = offset + data.byteLength;
    header[name] = { dtype: codes[dtype], shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = JSON.stringify(header);
  const text = new TextEncoder().encode(json);
  // The data must start at a multiple of eight; spaces after the JSON are allowed for this.
  const headerLength = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + offset).fill(0x20, 8 + text.length, 8 + headerLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(text, 8);
  let at = 8 + headerLength;
  for (const { data } of Object.values(tensors)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * The tensors and the metadata of a file.
 *
 * @throws Error saying what is wrong: too short, no JSON, an unknown dtype, offsets that do not fit.
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const fail = (what: string) => new Error(`safetensors: ${what}`);
  if (bytes.length < 8) throw fail(`${bytes.length} bytes are too short for a header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > bytes.length - 8)
    throw fail(`header of ${headerLength} bytes in a file of ${bytes.length}`);
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
  } catch (cause) {
    throw fail(`the header is not JSON: ${(cause as Error).message}`);
  }
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors = Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => {
      const {
        dtype,
        shape,
        data_offsets: offsets,
      } = entry as {
        dtype: string;
        shape: number[];
        data_offsets: [number, number];
      };
      const known = arrays[dtype as keyof typeof arrays];
      if (known === undefined)
        throw fail(`'${name}' has dtype ${dtype}; known: ${Object.keys(arrays).join(", ")}`);
      const [type, TypedArray] = known;
      const length = shape.reduce((a, b) => a * b, 1);
      const [from, to] = offsets;
      const isWhole =
        to - from === length * TypedArray.BYTES_PER_ELEMENT && 8 + headerLength + to <= bytes.length;
      if (!isWhole)
        throw fail(`'${name}' of shape [${shape.join(", ")}] does not fill bytes ${from} to ${to}`);
      // A copy, since a typed array may start only at a multiple of its element's size. (A Buffer's slice() is none.)
      const own = new Uint8Array(bytes.subarray(8 + headerLength + from, 8 + headerLength + to));
      const data = new TypedArray(own.buffer);
      return [name, { dtype: type, shape, data }];
    }),
  );
  return { tensors, metadata: metadata as Safetensors["metadata"] };
}
