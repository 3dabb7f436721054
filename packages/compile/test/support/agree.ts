import { tree } from "@jax-js/jax";
import { expect } from "vitest";
import { type ArrayFunction, compile, type Executor, type Tensor, tensor } from "../../src/index.ts";

/** Deterministic numbers in (-1, 1). */
export function numbers(count: number, seed = 1): number[] {
  let s = (seed * 2654435761) >>> 0;
  return Array.from({ length: count }, () => {
    s = (Math.imul(s ^ (s >>> 15), 0x85ebca6b) + 0x9e3779b9) >>> 0;
    return s / 2 ** 31 - 1;
  });
}

export const random = (shape: readonly number[], seed = 1): Tensor =>
  tensor(
    numbers(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    shape,
  );

export const ints = (values: readonly number[], shape?: readonly number[]): Tensor =>
  tensor(values, shape, "int32");

/**
 * Runs a function on two executors and compares every result element by element: equal, or closer than the tolerance
 * times the largest finite magnitude of that result (at least one).
 */
export async function agree(
  fn: ArrayFunction,
  args: readonly Tensor[],
  tolerance = 2e-5,
  executors: readonly [Executor, Executor] = ["native", "jax"],
): Promise<void> {
  const results: Tensor[][] = [];
  for (const executor of executors) {
    const program = await compile(fn, [...args], { executor });
    results.push(tree.leaves((await program.run(...args)) as never));
    await program.dispose();
  }
  const [a, b] = results as [Tensor[], Tensor[]];
  expect(a.length).toBe(b.length);
  a.forEach((x, i) => {
    const y = b[i] as Tensor;
    expect(x.shape).toEqual(y.shape);
    expect(x.dtype).toBe(y.dtype);
    const scale = Math.max(1, ...Array.from(y.data, (v) => (Number.isFinite(v) ? Math.abs(v) : 0)));
    for (let k = 0; k < x.data.length; k++) {
      const [p, q] = [x.data[k] as number, y.data[k] as number];
      if (Object.is(p, q) || p === q || Math.abs(p - q) <= tolerance * scale) continue;
      throw new Error(
        `result ${i}, element ${k}: ${executors[0]} ${p}, ${executors[1]} ${q} (scale ${scale})`,
      );
    }
  });
}
