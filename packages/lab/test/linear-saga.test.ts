import { grad, nn, numpy as np } from "@jax-js/jax";
import { compileStep, initRuntime, scalar, Tensor } from "@steepest/compile";
import { applyUpdates, sag, saga } from "steepest";
import { beforeAll, expect, test } from "vitest";
import { loadAgaricus } from "../src/data/tables.ts";
import {
  type LinearSagaOptions,
  linearSagaStep,
  logisticRegression,
  raggedRows,
  type SparseSaga,
  sparseRows,
  sparseSagaPoint,
  sparseSagaStep,
  toCsr,
} from "../src/problems/index.ts";
import { randomStream } from "../src/random.ts";

beforeAll(() => initRuntime());

const [samples, p, steps] = [12, 9, 400] as const;
const random = randomStream(3, "linear saga");

/** Sparse rows of up to three entries. Row 5 is empty. */
function rows() {
  const dense = new Float64Array(samples * p);
  for (let i = 0; i < samples; i++) {
    for (let k = 0; k < (i === 5 ? 0 : 1 + (i % 3)); k++) {
      dense[i * p + 3 * k + random.below(3)] = random.normal();
    }
  }
  const array = (data: Float64Array, shape: number[]) =>
    np.array(data as Float64Array<ArrayBuffer>, { shape, dtype: np.float64 });
  return {
    features: array(dense, [samples, p]),
    ragged: raggedRows(toCsr(dense, p), { dtype: np.float64 }),
    targets: array(
      Float64Array.from({ length: samples }, () => (random.uniform() < 0.5 ? -1 : 1)),
      [samples],
    ),
  };
}

const zeros = (...shape: number[]): Tensor =>
  new Tensor("float64", shape, new Float64Array(shape.reduce((a, b) => a * b, 1)));

/** The points after every step of a compiled step. */
async function pointsOf(
  step: unknown,
  start: unknown,
  order: readonly number[],
  point: (state: never) => np.Array,
): Promise<number[][]> {
  const index = scalar(0, "int32");
  const program = await compileStep(step as never, start as never, [index] as never, { executor: "wasm" });
  const current = await program.derive(point as never, [] as never);
  const points: number[][] = [];
  for (const i of order) {
    await program.run(...([scalar(i, "int32")] as never));
    points.push(Array.from(((await current.run(...([] as never))) as unknown as Tensor).data));
  }
  await program.dispose();
  return points;
}

test.each([0, 0.2, 2.5])("both forms take saga's steps, ridge %d", async (ridge) => {
  const { features, ragged, targets } = rows();
  const options: LinearSagaOptions = { targets, samples, learningRate: 0.3, ridge };
  const order = Array.from({ length: steps }, () => random.below(samples));
  const whole = saga({ learningRate: 0.3, examples: samples });
  type State = { x: np.Array; table: never };
  const reference = ({ x, table }: State, index: np.Array): [State, np.Array] => {
    const loss = (x: np.Array) =>
      nn.softplus(
        np
          .dot(np.take(features.ref, index.ref, 0), x)
          .mul(np.take(targets.ref, index.ref, 0))
          .neg(),
      );
    const gradient = grad(loss)(x.ref) as unknown as np.Array;
    const [update, next] = whole.update(gradient as never, table, x.ref as never, { index });
    const moved = applyUpdates(
      x.mul(np.array(1 - 0.3 * ridge, { dtype: np.float64 })) as never,
      update,
    ) as unknown as np.Array;
    return [{ x: moved, table: next as never }, np.zeros([])];
  };
  const table = [{ table: zeros(samples, p), mean: zeros(p) }, []];
  const zero = { x: zeros(p), mean: zeros(p), slopes: zeros(samples) };
  const clock = { last: new Tensor("int32", [p], new Int32Array(p)), step: scalar(0, "int32") };
  const takeX = ({ x }: { x: np.Array }) => x;
  const expected = await pointsOf(reference, { x: zeros(p), table }, order, takeX);
  const dense = await pointsOf(linearSagaStep(features, options), zero, order, takeX);
  const sparse = await pointsOf(
    sparseSagaStep(ragged, options),
    { ...zero, ...clock },
    order,
    (state: SparseSaga) => sparseSagaPoint(state, options),
  );
  expect(Math.max(...(expected.at(-1) as number[]).map(Math.abs))).toBeGreaterThan(0.02);
  const reference64 = expected.flat();
  for (const ours of [dense, sparse]) {
    const differences = ours.flat().map((value, i) => Math.abs(value - (reference64[i] as number)));
    expect(differences).toHaveLength(steps * p);
    expect(differences.reduce((a, b) => Math.max(a, b))).toBeLessThan(1e-12);
  }
});

test("a ridge that one step would more than remove is refused", () => {
  const { ragged, targets } = rows();
  const options = { targets, samples, learningRate: 0.5, ridge: 2 };
  expect(() => sparseSagaStep(ragged, options)).toThrow(/learningRate 0.5 times ridge 2 must be below 1/);
});

test("in float32 both forms reach the minimum of ridge-logistic agaricus", async () => {
  const { features, labels } = (await loadAgaricus()).train;
  const [n, columns] = features.shape as [number, number];
  const csr = toCsr(Float64Array.from(features.data), columns);
  const y = Float64Array.from(labels.data, (v) => 2 * v - 1);
  const problem = logisticRegression({ name: "agaricus", rows: sparseRows(csr), targets: y, ridge: 0.01 });
  const targets = np.array(Float32Array.from(y));
  const options = { targets, samples: n, learningRate: 1 / (3 * problem.constants.Lmax), ridge: 0.01 };
  const float32 = (size: number) => new Tensor("float32", [size], new Float32Array(size));
  const start = { x: float32(columns), mean: float32(columns), slopes: float32(n) };
  const clock = { last: new Tensor("int32", [columns], new Int32Array(columns)), step: scalar(0, "int32") };
  const order = new Tensor(
    "int32",
    [20 * n],
    Int32Array.from({ length: 20 * n }, () => random.below(n)),
  );
  const dense = np.array(Float32Array.from(features.data), { shape: [n, columns] });
  const forms = [
    [linearSagaStep(dense, options), start, ({ x }: { x: np.Array }) => x],
    [
      sparseSagaStep(raggedRows(csr), options),
      { ...start, ...clock },
      (s: SparseSaga) => sparseSagaPoint(s, options),
    ],
  ];
  for (const [step, from, point] of forms) {
    const index = scalar(0, "int32");
    const program = await compileStep(step as never, from as never, [index] as never, { executor: "wasm" });
    await program.runMany([order] as never, { every: 20 * n });
    const current = await program.derive(point as never, [] as never);
    const x = (await current.run(...([] as never))) as unknown as Tensor;
    await program.dispose();
    // f* by Newton's method in float64, which bench:optimum compares with scipy's.
    expect(problem.value(Float64Array.from(x.data)) / problem.constants.fStar - 1).toBeLessThan(1e-6);
  }
});

test.each([sag, saga])("a step of the library's %o reads and writes one row of its table", async (make) => {
  const rule = make({ learningRate: 0.1, examples: samples });
  type State = { x: np.Array; table: never };
  const step = ({ x, table }: State, index: np.Array): [State, np.Array] => {
    const [update, next] = rule.update(x.ref as never, table, undefined, { index });
    return [{ x: applyUpdates(x as never, update) as never, table: next as never }, np.zeros([])];
  };
  const start = { x: zeros(p), table: [{ table: zeros(samples, p), mean: zeros(p) }, []] };
  const program = await compileStep(step as never, start as never, [scalar(0, "int32")] as never, {
    executor: "wasm",
  });
  expect(program.explain()).not.toContain(`[${samples * p}]`);
  expect(program.explain()).toContain(`[${p}]`);
  await program.dispose();
});
