import { grad, nn, numpy as np } from "@jax-js/jax";
import { compileStep, initRuntime, scalar, Tensor } from "@steepest/compile";
import { applyUpdates, saga } from "steepest";
import { beforeAll, expect, test } from "vitest";
import {
  type LinearSagaOptions,
  linearSagaStep,
  type SparseSaga,
  sparseSagaPoint,
  sparseSagaStep,
} from "../src/problems/index.ts";
import { randomStream } from "../src/random.ts";

beforeAll(() => initRuntime());

const [samples, p, width, steps] = [12, 9, 4, 400] as const;
const random = randomStream(3, "linear saga");

/** Sparse rows with up to three columns of their own; column p fills them up. Row 5 is empty. */
function rows() {
  const dense = new Float64Array(samples * p);
  const columns = new Int32Array(samples * width).fill(p);
  const values = new Float64Array(samples * width);
  for (let i = 0; i < samples; i++) {
    for (let k = 0; k < (i === 5 ? 0 : 1 + (i % 3)); k++) {
      const column = 3 * k + random.below(3);
      columns[i * width + k] = column;
      dense[i * p + column] = values[i * width + k] = random.normal();
    }
  }
  const array = (data: Float64Array, shape: number[]) =>
    np.array(data as Float64Array<ArrayBuffer>, { shape, dtype: np.float64 });
  return {
    features: array(dense, [samples, p]),
    columns: np.array(columns, { shape: [samples, width], dtype: np.int32 }),
    values: array(values, [samples, width]),
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
    points.push(Array.from(((await current.run(...([] as never))) as unknown as Tensor).data).slice(0, p));
  }
  await program.dispose();
  return points;
}

test.each([0, 0.2])("both forms take saga's steps, ridge %d", async (ridge) => {
  const { features, columns, values, targets } = rows();
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
  const padded = { x: zeros(p + 1), mean: zeros(p + 1), slopes: zeros(samples) };
  const takeX = ({ x }: { x: np.Array }) => x;
  const expected = await pointsOf(reference, { x: zeros(p), table }, order, takeX);
  const dense = await pointsOf(linearSagaStep(features, options), zero, order, takeX);
  const sparse = await pointsOf(
    sparseSagaStep({ columns, values }, options),
    { ...padded, last: zeros(p + 1), step: zeros() },
    order,
    (state: SparseSaga) => sparseSagaPoint(state, options),
  );
  expect(Math.max(...(expected.at(-1) as number[]).map(Math.abs))).toBeGreaterThan(0.1);
  const reference64 = expected.flat();
  for (const ours of [dense, sparse]) {
    const differences = ours.flat().map((value, i) => Math.abs(value - (reference64[i] as number)));
    expect(differences).toHaveLength(steps * p);
    expect(differences.reduce((a, b) => Math.max(a, b))).toBeLessThan(1e-12);
  }
});
