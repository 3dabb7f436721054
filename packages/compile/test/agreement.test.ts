import { type numpy as np, tree } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { compile, fromArray, initRuntime, type Tensor, toArray } from "../src/index.ts";
import { agree } from "./support/agree.ts";
import { cases, eagerCases } from "./support/cases.ts";

/** Both executors of our own against jax-js, on the same programs. */
describe.each(["native", "wasm"] as const)("%s", (executor) => {
  test.each(Object.entries(cases))("agrees with jax-js: %s", async (_, [fn, args]) => {
    await agree(fn, args, 2e-5, [executor, "jax"]);
  });

  test.each(Object.entries(eagerCases))("agrees with eager jax-js: %s", async (_, [fn, args]) => {
    await initRuntime();
    const program = await compile(fn, [...args], { executor });
    const actual = tree.leaves((await program.run(...args)) as never) as Tensor[];
    const wanted = tree.leaves(fn(...args.map(toArray)) as never) as np.Array[];
    expect(actual.length).toBe(wanted.length);
    wanted.forEach((array, i) => {
      const { shape, data } = fromArray(array);
      array.dispose();
      expect(actual[i]?.shape).toEqual(shape);
      data.forEach((value, k) => {
        const got = actual[i]?.data[k] as number;
        if (!Object.is(got, value)) expect(got, `result ${i}, element ${k}`).toBeCloseTo(value, 3);
      });
    });
  });
});
