import { fromBinary } from "@bufbuild/protobuf";
import { nn, numpy as np } from "@jax-js/jax";
import { ModelProtoSchema } from "onnx-buf";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import { compile, exportOnnx, tensor } from "../src/index.ts";

type Params = { layers: { w: np.Array; b: np.Array }[] };

const mlp = (p: Params, x: np.Array): np.Array =>
  p.layers.reduce((h, { w, b }, i) => {
    const y = np.matmul(h, w.transpose()).add(b);
    return i === 0 ? nn.gelu(y) : nn.softmax(y);
  }, x);

const wave = (n: number) => Array.from({ length: n }, (_, i) => Math.sin(1.3 * i));
const params = {
  layers: [
    { w: tensor(wave(12), [4, 3]), b: tensor(wave(4)) },
    { w: tensor(wave(8), [2, 4]), b: tensor(wave(2)) },
  ],
};
const x = tensor(wave(15), [5, 3]);

test("an exported model runs in plain ONNX Runtime and keeps its parameter names", async () => {
  const bytes = await exportOnnx(mlp, [params, x], { inputs: ["features"], outputs: ["probabilities"] });
  const session = await InferenceSession.create(bytes);
  expect(session.inputNames).toEqual(["features"]);
  const out = await session.run({ features: new OrtTensor("float32", x.data as Float32Array, [5, 3]) });
  const program = await compile(mlp, [params, x], { executor: "jax" });
  const expected = await program.run(params, x);
  out.probabilities!.data.forEach((v, i) => {
    expect(v as number).toBeCloseTo(expected.data[i] as number, 5);
  });
  expect(new TextDecoder("latin1").decode(bytes)).toContain("layers[0].w");
  expect(new TextDecoder("latin1").decode(bytes)).not.toContain("com.microsoft.");
  // As the standard asks, every node is listed after those that it reads; models of our own need not be.
  const graph = fromBinary(ModelProtoSchema, bytes).graph;
  const known = new Set(["", ...[...(graph?.input ?? []), ...(graph?.initializer ?? [])].map((v) => v.name)]);
  for (const { input, output } of graph?.node ?? []) {
    expect(input.filter((name) => !known.has(name))).toEqual([]);
    for (const name of output) known.add(name);
  }
  await session.release();
});

test("masks that are computed when exporting are stored in the model", async () => {
  const attend = (p: { q: np.Array }, x: np.Array): np.Array => {
    const scores = np.matmul(np.matmul(x.ref, p.q), x.ref.transpose());
    const mask = np.tril(np.ones([5, 5])).astype(np.bool);
    return np.matmul(nn.softmax(np.where(mask, scores, -1e9)), x);
  };
  const q = { q: tensor(wave(9), [3, 3]) };
  const session = await InferenceSession.create(await exportOnnx(attend, [q, x]));
  const { out0 } = await session.run({ in0: new OrtTensor("float32", x.data as Float32Array, [5, 3]) });
  const program = await compile(attend, [q, x], { executor: "jax" });
  const expected = await program.run(q, x);
  out0!.data.forEach((v, i) => {
    expect(v as number).toBeCloseTo(expected.data[i] as number, 5);
  });
  await session.release();
});

test("wrong names are refused", async () => {
  await expect(exportOnnx(mlp, [params, x], { inputs: ["a", "b"] })).rejects.toThrow(
    /1 distinct input names are needed/,
  );
});
