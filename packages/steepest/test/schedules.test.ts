import { numpy as np } from "@jax-js/jax";
import { constant, type Schedule, warmupCosine } from "steepest";
import { describe, expect, test } from "vitest";
import "./support.ts";
import { cos, exp, log } from "../src/elementary.ts";

const at = (schedule: Schedule, count: number, dtype: np.DType = np.float64): number =>
  schedule(np.array(count, { dtype })).item();

describe("schedules", () => {
  test("constant", () => {
    expect(at(constant(0.1), 7)).toBe(0.1);
    expect(at(constant(0.1), 7, np.int32)).toBeCloseTo(0.1, 7);
  });

  test("warmup and cosine", () => {
    const schedule = warmupCosine({ peak: 2, warmupSteps: 4, totalSteps: 12, initial: 1, end: 0.5 });
    expect([0, 2, 4, 6, 8, 12, 20].map((t) => at(schedule, t))).toEqual(
      [1, 1.5, 2, 0.5 + 0.75 * (1 + Math.SQRT1_2), 1.25, 0.5, 0.5].map((v) => expect.closeTo(v, 14)),
    );
    expect(() => warmupCosine({ peak: 1, warmupSteps: 5, totalSteps: 5 })).toThrow(
      "warmupSteps 5 must lie between",
    );
  });
});

test("elementary functions are accurate in float64", () => {
  const f64 = (x: number) => np.array(x, { dtype: np.float64 });
  for (const x of [-30, -1.5, -0.3, 0, 1e-9, 0.7, 12]) {
    expect(Math.abs(exp(f64(x)).item() / Math.exp(x) - 1)).toBeLessThan(1e-13);
  }
  for (const x of [1e-6, 0.3, 0.999, 1.7, 1e5]) {
    expect(Math.abs(log(f64(x)).item() - Math.log(x))).toBeLessThan(1e-13);
  }
  for (const x of [0, 0.3, 1.5, Math.PI])
    expect(Math.abs(cos(f64(x)).item() - Math.cos(x))).toBeLessThan(1e-13);
});
