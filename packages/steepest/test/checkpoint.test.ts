import { numpy as np, tree } from "@jax-js/jax";
import { adamw, decodeSafetensors, encodeSafetensors, loadState, saveState, sgd } from "steepest";
import { expect, test } from "vitest";
import { array, difference, values } from "./support.ts";

test("safetensors keep every bit, name, shape and type", () => {
  const tensors = {
    a: { dtype: "float64", shape: [2], data: Float64Array.of(Math.PI, -0) },
    "b.0": { dtype: "float32", shape: [], data: Float32Array.of(Number.NaN) },
    c: { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) },
    d: { dtype: "int32", shape: [0, 2], data: new Int32Array(0) },
    e: { dtype: "uint32", shape: [1, 1], data: Uint32Array.of(2 ** 32 - 1) },
  } as const;
  const bytes = encodeSafetensors(tensors, { note: "é" });
  // The data starts at a multiple of eight, and a view into a larger buffer reads the same.
  expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  expect(decodeSafetensors(shifted.subarray(3))).toEqual({ tensors, metadata: { note: "é" } });
  // So does what Node reads from a file.
  expect(decodeSafetensors(Buffer.from(bytes))).toEqual({ tensors, metadata: { note: "é" } });
});

test("a broken file is described", () => {
  expect(() => decodeSafetensors(new Uint8Array(3))).toThrow("3 bytes are too short");
  const bytes = encodeSafetensors({ a: { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) } });
  expect(() => decodeSafetensors(bytes.subarray(0, bytes.length - 1))).toThrow(
    "'a' of shape [2] does not fill",
  );
  expect(() => decodeSafetensors(bytes.subarray(0, 20))).toThrow("safetensors: header of");
});

test("a state comes back, and one that does not fit says why", () => {
  const params = () => ({ w: array([1, 2]), deep: [array(3)] });
  const state = adamw().init(params());
  const bytes = saveState(state, { step: "0" });
  expect(difference(loadState(bytes, state), state)).toBe(0);
  expect(decodeSafetensors(bytes).metadata).toEqual({ step: "0", steepest: "1.0" });

  const other = adamw().init({ w: array([1, 2, 3]), deep: [array(3)] });
  expect(() => loadState(bytes, other)).toThrow(
    "'0.mu.w' is float64 [2] in the file, and should be float64 [3]",
  );
  expect(() => loadState(bytes, sgd({ learningRate: 1 }).init(params()))).toThrow(
    "for which there is no place",
  );
  expect(() => loadState(saveState({}), state)).toThrow("the file has no '0.mu.w'");
  const newer = encodeSafetensors({}, { steepest: "2.0" });
  expect(() => loadState(newer, {})).toThrow("the file has layout 2.0, and this version reads 1.0");
});

test("integers and booleans come back as such", () => {
  const t = { n: np.array([1, -2], { dtype: np.int32 }), b: np.array([true, false, true]) };
  const back = loadState(saveState(t), t);
  expect(tree.leaves<np.Array>(back).map((x) => x.dtype)).toEqual([np.int32, np.bool]);
  expect(values(back)).toEqual([
    [1, -2],
    [1, 0, 1],
  ]);
});
