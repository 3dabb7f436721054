import { numpy as np } from "@jax-js/jax";
import {
  constant,
  cosine,
  cyclic,
  exponential,
  inverseSqrt,
  inverseTime,
  join,
  linear,
  oneCycle,
  piecewise,
  type Schedule,
  stepDecay,
  stronglyConvex,
  warmupCosine,
  warmupStableDecay,
} from "steepest";
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

const cases: [name: string, Schedule, [step: number, value: number][]][] = [
  [
    "inverseTime",
    inverseTime(2, 0.5),
    [
      [0, 2],
      [2, 1],
      [6, 0.5],
    ],
  ],
  [
    "inverseSqrt",
    inverseSqrt(2),
    [
      [0, 2],
      [3, 1],
    ],
  ],
  [
    "stronglyConvex",
    stronglyConvex(0.5),
    [
      [0, 1],
      [1, 3 / 4],
      [2, 5 / 9],
    ],
  ],
  [
    "stepDecay",
    stepDecay(1, 3, 0.1),
    [
      [0, 1],
      [2, 1],
      [3, 0.1],
      [5, 0.1],
      [6, 0.01],
      [30, 1e-10],
    ],
  ],
  [
    "exponential",
    exponential(3, 0.5),
    [
      [0, 3],
      [4, 3 / 16],
    ],
  ],
  [
    "linear",
    linear(1, 0, 4),
    [
      [0, 1],
      [1, 0.75],
      [4, 0],
      [9, 0],
    ],
  ],
  [
    "cosine",
    cosine(2, 4, 1),
    [
      [0, 2],
      [2, 1.5],
      [4, 1],
      [9, 1],
    ],
  ],
  [
    "piecewise",
    piecewise([
      [1, 1],
      [2, 3],
      [4, 0],
    ]),
    [
      [0, 1],
      [1, 1],
      [2, 3],
      [3, 1.5],
      [4, 0],
      [9, 0],
    ],
  ],
  [
    "warmupStableDecay",
    warmupStableDecay({ peak: 2, warmupSteps: 2, stableSteps: 3, decaySteps: 2 }),
    [
      [0, 0],
      [1, 1],
      [2, 2],
      [5, 2],
      [6, 1],
      [7, 0],
      [8, 0],
    ],
  ],
  [
    "oneCycle",
    oneCycle({ peak: 1, totalSteps: 11, rise: 0.5 }),
    [
      [0, 0.04],
      [4.5, 1],
      [10, 4e-6],
    ],
  ],
  [
    "cyclic",
    cyclic(1, 3, 4),
    [
      [0, 1],
      [2, 2],
      [4, 3],
      [6, 2],
      [8, 1],
      [10, 2],
    ],
  ],
  [
    "join",
    join([constant(1), inverseTime(5), constant(0)], [2, 4]),
    [
      [0, 1],
      [1, 1],
      [2, 5],
      [3, 2.5],
      [4, 0],
    ],
  ],
];

test.each(cases)("%s", (_, schedule, points) => {
  for (const [t, value] of points) {
    expect(at(schedule, t)).toBeCloseTo(value, 12);
    if (Number.isInteger(t)) expect(at(schedule, t, np.int32)).toBeCloseTo(value, 5);
  }
});

test("schedules refuse what makes no sense", () => {
  expect(() =>
    piecewise([
      [1, 1],
      [1, 2],
    ]),
  ).toThrow("the knot at step 1 does not come after step 1");
  expect(() => join([constant(1), constant(2)], [])).toThrow("2 schedules need 1 boundaries, got 0");
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
