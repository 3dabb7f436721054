import { numpy as np, vjp } from "@jax-js/jax";
import { expect, test } from "vitest";
import { type CompiledStep, compileStep, type Tensor } from "../src/index.ts";
import { ints, random } from "./support/agree.ts";

/** Sparse updates of the carry on the wasm executor: where they lie, and what must hold when that is not possible. */

const size = 50;

/** zeros [50] with updates added at indices: the adjoint of np.take. Consumes the indices and updates. */
function scatter(like: np.Array, indices: np.Array, updates: np.Array): np.Array {
  const [taken, transpose] = vjp((x: np.Array) => np.take(x, indices, 0), [like]);
  taken.dispose();
  return (transpose(updates) as np.Array[])[0] as np.Array;
}

type State = { x: np.Array; y: np.Array };
type Step = (state: State, indices: np.Array, updates: np.Array) => [State, np.Array];

const inputs = (indices: readonly number[]): Tensor[] => [ints([...indices], [4]), random([4], 5)];
const start = { x: random([size], 1), y: random([size], 2) };

/** The carry and output after three steps, and the loops over all elements in one step. */
async function runOn(executor: "wasm" | "jax", fn: Step, args: Tensor[]) {
  const step = (await compileStep(fn as never, start as never, args as never, {
    executor,
  })) as CompiledStep<never>;
  const outputs: number[] = [];
  for (let k = 0; k < 3; k++) {
    const out = (await step.run(...(args as never))) as unknown as Tensor;
    outputs.push(...out.data);
  }
  const { x, y } = (await step.readCarry()) as unknown as { x: Tensor; y: Tensor };
  const whole = step
    .plan()
    .segments.filter((s) => String((s as { description?: string }).description).includes(`[${size}]`));
  await step.dispose();
  return { values: [...x.data, ...y.data, ...outputs], whole: whole.length };
}

const cases: Record<string, { fn: Step; indices?: number[]; whole: number }> = {
  "a step along a sparse gradient touches only what it changes": {
    fn: ({ x, y }, i, u) => [{ x: x.ref.sub(scatter(x, i, u.ref).mul(0.1)), y }, u],
    whole: 0,
  },
  "equal indices add up": {
    fn: ({ x, y }, i, u) => [{ x: x.ref.add(scatter(x, i, u.ref)), y }, u],
    indices: [3, 3, 3, 7],
    whole: 0,
  },
  "updates that read the elements they change see the old ones": {
    fn: ({ x, y }, i, u) => {
      const change = u.ref.sub(np.take(x.ref, i.ref, 0).mul(0.5));
      return [{ x: x.ref.add(scatter(x, i, change)), y }, u];
    },
    indices: [3, 3, 9, 7],
    whole: 0,
  },
  "the output reads the old carry at the same places": {
    fn: ({ x, y }, i, u) => [{ x: x.ref.add(scatter(x.ref, i.ref, u)), y }, np.take(x, i, 0)],
    whole: 0,
  },
  "two carries, each updated by the other's old elements": {
    fn: ({ x, y }, i, u) => {
      const [fromX, fromY] = [np.take(x.ref, i.ref, 0), np.take(y.ref, i.ref, 0)];
      return [{ x: x.ref.add(scatter(x, i.ref, fromY)), y: y.ref.add(scatter(y, i, fromX)) }, u];
    },
    indices: [1, 1, 4, 49],
    whole: 0,
  },
  "an update reads what another one has added at all places": {
    fn: ({ x, y }, i, u) => {
      const next = y.ref.add(scatter(y, i.ref, u.ref));
      return [{ x: x.ref.add(scatter(x, i.ref, np.take(next.ref, i, 0).mul(0.1))), y: next }, u];
    },
    indices: [3, 3, 9, 3],
    whole: 0,
  },
  "the new carry is read again, beside the old": {
    fn: ({ x, y }, i, u) => {
      const next = x.ref.add(scatter(x.ref, i, u));
      return [{ x: next.ref, y }, next.mul(x).sum()];
    },
    whole: 3,
  },
  "the new carry is the output as well": {
    fn: ({ x, y }, i, u) => {
      const next = x.ref.add(scatter(x, i, u));
      return [{ x: next.ref, y }, next];
    },
    whole: 1,
  },
  "the old carry moves on": {
    fn: ({ x, y }, i, u) => {
      y.dispose();
      return [{ x: x.ref.add(scatter(x.ref, i, u.ref)), y: x }, u];
    },
    whole: 1,
  },
  "carries change places": {
    fn: ({ x, y }, i, u) => [{ x: y.ref.add(scatter(y, i, u.ref)), y: x }, u],
    whole: 1,
  },
  "momentum shrinks everything": {
    fn: ({ x, y }, i, u) => [{ x: x.ref.mul(0.9).add(scatter(x, i, u.ref)), y }, u],
    whole: 1,
  },
  "a scatter that is needed itself": {
    fn: ({ x, y }, i, u) => {
      const change = scatter(x.ref, i, u);
      return [{ x: x.sub(change.ref.mul(2)), y }, change];
    },
    whole: 2,
  },
};

test.each(Object.entries(cases))("%s", async (_, { fn, indices = [3, 0, 49, 7], whole }) => {
  const args = inputs(indices);
  const [ours, reference] = [await runOn("wasm", fn, args), await runOn("jax", fn, args)];
  expect(ours.values.length).toBe(reference.values.length);
  ours.values.forEach((value, i) => {
    expect(value).toBeCloseTo(reference.values[i] as number, 5);
  });
  expect(ours.whole).toBe(whole);
});
