import { type DType, Tensor } from "@steepest/compile";
import { DataError } from "./error.ts";

/**
 * The IDX format of MNIST and its relatives: two zero bytes, an element type, the number of axes, each axis as a
 * big-endian uint32, then the elements, big-endian (LeCun, Cortes and Burges, yann.lecun.com/exdb/mnist).
 */

interface Element {
  readonly bytes: number;
  readonly dtype: DType;
  read(view: DataView, at: number): number;
}

const elements: Record<number, Element> = {
  8: { bytes: 1, dtype: "int32", read: (v, at) => v.getUint8(at) },
  9: { bytes: 1, dtype: "int32", read: (v, at) => v.getInt8(at) },
  11: { bytes: 2, dtype: "int32", read: (v, at) => v.getInt16(at) },
  12: { bytes: 4, dtype: "int32", read: (v, at) => v.getInt32(at) },
  13: { bytes: 4, dtype: "float32", read: (v, at) => v.getFloat32(at) },
  14: { bytes: 8, dtype: "float64", read: (v, at) => v.getFloat64(at) },
};

const hex = (x: number) => `0x${x.toString(16).padStart(8, "0")}`;

/**
 * Parses an IDX file. Integers of any width become int32.
 *
 * @param file the name used in errors
 * @param shape the expected shape; -1 accepts any size on that axis
 * @throws DataError on a wrong magic number, a wrong shape, or a length that differs from the header's.
 */
export function parseIdx(bytes: Uint8Array, file: string, shape?: readonly number[]): Tensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4) {
    throw new DataError(file, `${bytes.length} bytes; an IDX file starts with a 4-byte magic number`);
  }
  const element = elements[view.getUint8(2)];
  const rank = view.getUint8(3);
  if (view.getUint16(0) !== 0 || element === undefined || rank === 0) {
    throw new DataError(
      file,
      `magic number ${hex(view.getUint32(0))} is not IDX's; expected for example 0x00000803 (images) or 0x00000801 (labels)`,
    );
  }
  const start = 4 + 4 * rank;
  if (bytes.length < start) {
    throw new DataError(file, `ends inside its header: ${bytes.length} bytes of ${start}`);
  }
  const sizes = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  if (shape && (shape.length !== rank || shape.some((n, i) => n !== -1 && n !== sizes[i]))) {
    throw new DataError(
      file,
      `has shape [${sizes.join(", ")}]; expected [${shape.join(", ").replace("-1", "N")}]`,
    );
  }
  const count = sizes.reduce((a, b) => a * b, 1);
  const expected = start + count * element.bytes;
  if (bytes.length !== expected) {
    const what = bytes.length < expected ? "truncated" : "longer than its header says";
    throw new DataError(
      file,
      `${what}: ${bytes.length} bytes, expected ${expected} for shape [${sizes.join(", ")}]`,
    );
  }
  const out = new { int32: Int32Array, float32: Float32Array, float64: Float64Array }[
    element.dtype as "int32" | "float32" | "float64"
  ](count);
  for (let i = 0; i < count; i++) out[i] = element.read(view, start + i * element.bytes);
  return new Tensor(element.dtype, sizes, out);
}
