import { type JsTree, numpy as np } from "@jax-js/jax";

/** Element types that every executor understands. */
export type DType = "float32" | "float64" | "int32" | "uint32" | "bool";

/** The memory behind a tensor: one element each, booleans one byte each (0 or 1). */
export type TypedArray =
  | Float32Array<ArrayBufferLike>
  | Float64Array<ArrayBufferLike>
  | Int32Array<ArrayBufferLike>
  | Uint32Array<ArrayBufferLike>
  | Uint8Array<ArrayBufferLike>;

/**
 * A dense row-major array in host memory. It is a class, not an object literal, so that a tree of tensors has
 * tensors for leaves.
 */
export class Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;

  constructor(dtype: DType, shape: readonly number[], data: TypedArray) {
    if (data.length !== sizeOf(shape)) {
      throw new RangeError(
        `Tensor: ${data.length} elements do not fill shape [${shape.join(", ")}], which holds ${sizeOf(shape)}`,
      );
    }
    if (!(data instanceof arrayTypes[dtype])) {
      throw new TypeError(
        `Tensor: dtype ${dtype} is stored in a ${arrayTypes[dtype].name}, got a ${data.constructor.name}`,
      );
    }
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
  }

  /** The only element of a tensor of size one. Throws a RangeError for any other size. */
  item(): number {
    if (this.data.length !== 1) {
      throw new RangeError(
        `Tensor.item: the tensor has ${this.data.length} elements, shape [${this.shape.join(", ")}]`,
      );
    }
    return this.data[0] as number;
  }
}

/** A tree (nested arrays and plain objects) of host tensors. */
export type TensorTree = JsTree<Tensor>;

/** Replaces every jax-js array in a tree type by a host tensor. */
export type Tensors<T> = T extends np.Array
  ? Tensor
  : T extends readonly (infer U)[]
    ? number extends T["length"]
      ? Tensors<U>[]
      : { -readonly [K in keyof T]: Tensors<T[K]> }
    : T extends object
      ? { [K in keyof T]: Tensors<T[K]> }
      : never;

export const arrayTypes = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  bool: Uint8Array,
} as const;

/** Bytes of one element. */
export const byteWidth = (dtype: DType): number => arrayTypes[dtype].BYTES_PER_ELEMENT;

/** Number of elements of a shape; 1 for a scalar. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A tensor of zeros. */
export function zeros(dtype: DType, shape: readonly number[]): Tensor {
  return new Tensor(dtype, shape, new arrayTypes[dtype](sizeOf(shape)));
}

/**
 * A tensor from numbers. `shape` defaults to one axis as long as the data, `dtype` to float32.
 */
export function tensor(
  values: ArrayLike<number>,
  shape?: readonly number[],
  dtype: DType = "float32",
): Tensor {
  return new Tensor(dtype, shape ?? [values.length], arrayTypes[dtype].from(values));
}

/** A tensor of one element without axes. */
export function scalar(value: number, dtype: DType = "float32"): Tensor {
  return tensor([value], [], dtype);
}

/** Checks a dtype that came from jax-js. Throws a TypeError for float16, which no executor here runs. */
export function asDType(dtype: string, where: string): DType {
  if (!(dtype in arrayTypes))
    throw new TypeError(`${where}: dtype ${dtype} is not supported; cast to float32 first`);
  return dtype as DType;
}

/** Copies a jax-js array into a host tensor, synchronously. Does not consume the array. */
export function fromArray(x: np.Array): Tensor {
  const dtype = asDType(x.dtype, "fromArray");
  const shape = [...x.shape];
  const data = x.ref.dataSync();
  return new Tensor(dtype, shape, dtype === "bool" ? Uint8Array.from(data) : (data.slice() as TypedArray));
}

/** Copies a host tensor into a new jax-js array on the default device. */
export function toArray(x: Tensor): np.Array {
  const shape = [...x.shape];
  if (x.dtype === "bool") return np.array(Int32Array.from(x.data), { shape, dtype: np.bool });
  // jax-js takes ownership of the memory it is given, so hand it a copy on an ordinary (not shared) buffer.
  const copy = x.data.slice() as Float32Array<ArrayBuffer>;
  return np.array(copy, { shape, dtype: x.dtype as np.DType });
}
