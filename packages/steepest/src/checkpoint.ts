import { type JsTree, numpy as np, tree } from "@jax-js/jax";
import { decodeSafetensors, encodeSafetensors, type RawTensor } from "./safetensors.ts";
import { type ArrayTree, leafPaths } from "./tree.ts";

/** Saved trees carry the version of their layout: "major.minor". A minor version only adds what older readers ignore. */
export const stateVersion = "1.0";

/**
 * The bytes of a tree of arrays, as safetensors with dotted paths for names: parameters, an optimizer's state, or both in
 * one object. Borrows the tree. Bit-exact.
 *
 * @param metadata free text to keep with it: the optimizer's name, the step.
 */
export function saveState(state: ArrayTree, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const tensors = leafPaths<np.Array>(state).map(([path, x]): [string, RawTensor] => {
    const data = x.ref.dataSync() as RawTensor["data"];
    const dtype = x.dtype as RawTensor["dtype"];
    return [path, { dtype, shape: [...x.shape], data: dtype === "bool" ? Uint8Array.from(data) : data }];
  });
  return encodeSafetensors(Object.fromEntries(tensors), { ...metadata, steepest: stateVersion });
}

/**
 * A saved tree with the structure of `like`, which is borrowed: `loadState(bytes, optimizer.init(params))`.
 *
 * @throws Error saying which array is missing, left over, or of another shape or type, or that the file was written by a
 *   newer major version.
 */
export function loadState<S extends ArrayTree>(bytes: Uint8Array, like: S): S {
  return loadTensors(bytes, like, (x) => {
    const shape = [...x.shape];
    if (x.data.length === 0) return np.zeros(shape, { dtype: x.dtype as np.DType });
    if (x.dtype === "bool") return np.array(Int32Array.from(x.data), { shape, dtype: np.bool });
    return np.array(x.data.slice() as Float32Array<ArrayBuffer>, { shape, dtype: x.dtype as np.DType });
  }) as S;
}

/** What every kind of array tells about itself. */
type Described = { readonly dtype: string; readonly shape: readonly number[] };

/**
 * The same with other arrays than jax-js's for leaves: `make` turns a raw array into a leaf. So a state goes from one
 * executor to another without passing through jax-js.
 */
export function loadTensors<T extends Described>(
  bytes: Uint8Array,
  like: JsTree<T>,
  make: (raw: RawTensor) => T,
): JsTree<T> {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const version = metadata.steepest;
  if (version !== undefined && version.split(".")[0] !== stateVersion.split(".")[0]) {
    throw new Error(`safetensors: the file has layout ${version}, and this version reads ${stateVersion}`);
  }
  const expected = leafPaths<T>(like);
  const names = new Set(expected.map(([path]) => path));
  const leftOver = Object.keys(tensors).find((name) => !names.has(name));
  if (leftOver !== undefined)
    throw new Error(`safetensors: the file has '${leftOver}', for which there is no place`);
  const describe = ({ dtype, shape }: Described) => `${dtype} [${shape.join(", ")}]`;
  const leaves = expected.map(([path, x]) => {
    const raw = tensors[path];
    if (raw === undefined) throw new Error(`safetensors: the file has no '${path}'`);
    if (describe(raw) !== describe(x)) {
      throw new Error(`safetensors: '${path}' is ${describe(raw)} in the file, and should be ${describe(x)}`);
    }
    return make(raw);
  });
  return tree.unflatten(tree.structure(like), leaves);
}
