import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { ModelProtoSchema } from "onnx-buf";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import { type ArrayTree, compile, compileStep, initRuntime, type Tensor } from "../src/index.ts";
import { type Lowered, lower } from "../src/native/lower.ts";
import { executionOrder, inOrder, leanOrder } from "../src/native/order.ts";
import { peakOf, type Step } from "../src/native/peak.ts";
import { optimizeNative } from "../src/native/recognize/index.ts";
import { specOf } from "../src/program.ts";
import { trace } from "../src/trace.ts";
import { random } from "./support/agree.ts";

type Layers = { w: np.Array; b: np.Array }[];

const loss = (layers: Layers, x: np.Array): np.Array => {
  const out = layers.reduce((h, { w, b }) => nn.softmax(np.tanh(np.matmul(h.ref, w)).add(b)).sub(h.sum()), x);
  return np.square(out).mean();
};
const gradients = (layers: Layers, x: np.Array): ArrayTree =>
  valueAndGrad(loss)(layers, x) as unknown as ArrayTree;
const params = (depth: number) =>
  Array.from({ length: depth }, (_, i) => ({ w: random([8, 8], i + 1), b: random([8], 50 + i) }));

async function lowered(depth: number): Promise<Lowered> {
  await initRuntime();
  const graph = optimizeNative(
    trace(gradients, specOf([params(depth), random([4, 8])], "t"), "t").graph,
    "t",
  );
  return lower(graph, "t");
}

/** The names of a model's nodes in the order in which ONNX Runtime ran them, and the bytes of each one's results. */
async function profiled({ model, inputs }: Lowered, values: readonly Tensor[]) {
  const folder = mkdtempSync(join(tmpdir(), "peak-"));
  try {
    const session = await InferenceSession.create(model, {
      graphOptimizationLevel: "disabled",
      enableProfiling: true,
      logSeverityLevel: 3,
      profileFilePrefix: join(folder, "run"),
      executionProviders: ["cpu"],
    });
    await session.run(
      Object.fromEntries(
        inputs.map((name, i) => {
          const { data, shape } = values[i] as Tensor;
          return [name, new OrtTensor("float32", data as Float32Array, shape)];
        }),
      ),
    );
    session.endProfiling();
    await session.release();
    const text = readFileSync(join(folder, readdirSync(folder)[0] as string), "utf8");
    type Event = { cat: string; name: string; args: { output_size: string } };
    return (JSON.parse(text) as Event[])
      .filter(({ cat, name }) => cat === "Node" && name.endsWith("_kernel_time"))
      .map(({ name, args }) => ({ name: name.replace("_kernel_time", ""), bytes: Number(args.output_size) }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const backwards of [false, true]) {
  test(`nodes listed ${backwards ? "backwards" : "in order"} run in the order that is predicted`, async () => {
    const program = await lowered(4);
    const model = fromBinary(ModelProtoSchema, program.model);
    const nodes = model.graph?.node ?? [];
    if (backwards) nodes.reverse();
    const steps = nodes.map(({ name, input, output }) => ({
      name,
      inputs: input,
      outputs: output.map((name) => ({ name, shape: [], bytes: 0 })),
    }));
    const values = [...params(4).flatMap(({ w, b }) => [w, b]), random([4, 8])];
    const ran = await profiled({ ...program, model: toBinary(ModelProtoSchema, model) }, values);
    expect(ran.map((node) => node.name)).toEqual(
      inOrder(steps, executionOrder(steps)).map((step) => step.name),
    );
    expect(ran.length).toBeGreaterThan(40);
  });
}

const step = (op: string, inputs: string[], output: string, size: number): Step => ({
  op,
  inputs,
  outputs: [{ name: output, shape: [size], bytes: size }],
});

test("the peak counts what is alive, once for views and for what is written in place", () => {
  const steps = [
    step("Gemm", ["x"], "a", 100),
    step("Reshape", ["a"], "a2", 100),
    step("Relu", ["a2"], "b", 100), // over a
    step("Softmax", ["b"], "c", 100),
    step("Add", ["b", "c"], "d", 100), // which ONNX Runtime never writes in place
    step("ReduceSum", ["d"], "e", 7),
    step("Gemm", ["e"], "out", 1000),
  ];
  expect(peakOf(steps, new Set(["out"]))).toEqual({
    bytes: 300,
    node: 4,
    nodes: 7,
    op: "Add",
    shape: [100],
    alive: [
      { op: "Gemm", shape: [100], count: 1, bytes: 100 },
      { op: "Softmax", shape: [100], count: 1, bytes: 100 },
      { op: "Add", shape: [100], count: 1, bytes: 100 },
    ],
  });
  // A result that another node still needs is not overwritten, and one that nothing reads dies at once.
  const kept = [step("Gemm", ["x"], "a", 10), step("Relu", ["a"], "b", 10), step("Sum", ["a", "b"], "c", 10)];
  expect(peakOf(kept, new Set()).bytes).toBe(30);
  expect(peakOf([step("Gemm", ["x"], "a", 10), step("Gemm", ["x"], "b", 10)], new Set()).bytes).toBe(10);
  // A choice takes two arrays more while it runs.
  expect(peakOf([step("Where", ["x", "y", "z"], "out", 10)], new Set(["out"])).bytes).toBe(20);
  expect(peakOf([], new Set()).bytes).toBe(0);
});

test("results that need little more are computed first, and a list backwards keeps the order", () => {
  // A chain of cotangents, c0 to c3, and gradients of weights that need one each and a large activation: a0 to a3.
  const layers = [0, 1, 2, 3];
  const steps = [
    ...layers.map((i) => step("Gemm", [i === 0 ? "x" : `a${i - 1}`], `a${i}`, 100)),
    ...layers.map((i) => step("Gemm", [i === 0 ? "a3" : `c${i - 1}`], `c${i}`, 10)),
    ...layers.map((i) => step("Gemm", [`c${i}`, `a${3 - i}`], `w${i}`, 1)),
  ];
  const { order, peak } = leanOrder(steps, new Set(layers.map((i) => `w${i}`)));
  expect(inOrder(steps, order).map(({ outputs }) => outputs[0]?.name)).toEqual(
    "a0 a1 a2 a3 c0 w0 c1 w1 c2 w2 c3 w3".split(" "),
  );
  expect(peak.bytes).toBe(410);
  const listed = inOrder(steps, order).reverse();
  expect(inOrder(listed, executionOrder(listed))).toEqual([...listed].reverse());
});

test("explain() says how much intermediates take, where, and which", async () => {
  const args = [params(3), random([64, 8])] as const;
  const program = await compile(gradients, [...args], { executor: "native", name: "grads" });
  expect(program.explain()).toMatch(
    /^grads \(native\): 1 segment, intermediates 0\.0 MiB\n {2}ONNX Runtime: .*\n {4}0\.0 MiB at most, at node \d+ of \d+, \w+ \[[\d, ]*\]: \d+ \w+ /,
  );
  const peak = program.plan().segments[0]?.peak;
  // At least the hidden layers of the forward pass, and less than everything that is ever computed.
  expect(peak?.bytes).toBeGreaterThan(3 * 64 * 8 * 4);
  expect(peak?.alive.reduce((sum, a) => sum + a.bytes, 0)).toBe(peak?.bytes);
  await program.dispose();
  const sgd = (p: Layers, x: np.Array): [Layers, np.Array] => {
    const [value, g] = valueAndGrad(loss)(tree.ref(p), x) as unknown as [np.Array, Layers];
    return [tree.map((p: np.Array, g: np.Array) => p.sub(g.mul(0.1)), p, g), value];
  };
  const trained = await compileStep(sgd, params(3), [random([64, 8])], { executor: "native" });
  expect(trained.explain()).toMatch(/^sgd \(native\): 2 segments, arena 0\.0 MiB, intermediates 0\.0 MiB\n/);
  await trained.dispose();
});
