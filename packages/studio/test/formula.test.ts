import { numpy as np } from "@jax-js/jax";
import { initRuntime } from "@steepest/compile";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { evaluate } from "../src/formula/build.ts";
import { constantValue, type Expression, FormulaError, parse } from "../src/formula/parse.ts";

beforeAll(() => initRuntime());

const at = (source: string, x: number, y: number): number => {
  const variables = { x: np.array([x]), y: np.array([y]) };
  return (
    evaluate(parse(source, ["x", "y"]), variables)
      .reshape([1])
      .js() as number[]
  )[0] as number;
};

describe("values", () => {
  const cases: [source: string, value: number][] = [
    ["2 + 3 * 4", 14],
    ["2 * 3 ^ 2", 18],
    ["-3^2", -9],
    ["2^3^2", 512],
    ["2^-1", 0.5],
    ["8 / 4 / 2", 1],
    ["1 - 2 - 3", -4],
    ["x**2 - y", 1.5 ** 2 + 2],
    ["(x + y)^3", -0.125],
    ["max(x, y) + min(x, y)", -0.5],
    ["exp(log(x)) + sqrt(abs(y))", 1.5 + Math.SQRT2],
    ["cos(pi) + e - e", -1],
    ["1e3 * .5", 500],
    ["sin(x) * tanh(y) + atan(x)", Math.sin(1.5) * Math.tanh(-2) + Math.atan(1.5)],
  ];
  test.each(cases)("%s", (source, value) => {
    expect(at(source, 1.5, -2)).toBeCloseTo(value, 4);
  });
});

describe("errors point at the character", () => {
  const cases: [source: string, code: string, at: number, length: number][] = [
    ["x + $", "character", 4, 1],
    ["x + ", "end", 4, 1],
    ["(x + y", "end", 6, 1],
    ["x + * y", "operand", 4, 1],
    ["x y", "expected", 2, 1],
    ["3x", "expected", 1, 1],
    ["x + zebra", "name", 4, 5],
    ["sinh(x)", "name", 0, 4],
    ["max(x)", "arguments", 0, 3],
    ["2 * sin", "call", 4, 3],
    ["x^y", "exponent", 2, 1],
    ["x)", "expected", 1, 1],
    ["", "end", 0, 1],
    ["constructor", "name", 0, 11],
    ["toString(x)", "name", 0, 8],
    ["(".repeat(200), "deep", 100, 1],
  ];
  test.each(cases)("%s", (source, code, position, length) => {
    const error = thrownBy(() => parse(source, ["x", "y"]));
    expect(error).toBeInstanceOf(FormulaError);
    expect(error).toMatchObject({ at: position, length, problem: { code } });
  });
});

test("any text is read or refused with a position inside it", () => {
  const pieces = fc.constantFrom(
    "x",
    "y",
    "2",
    ".5",
    "+",
    "-",
    "*",
    "/",
    "^",
    "(",
    ")",
    "sin",
    ",",
    " ",
    "é",
    "e",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => {
      const source = parts.join("");
      try {
        parse(source, ["x", "y"]);
      } catch (error) {
        expect(error).toBeInstanceOf(FormulaError);
        expect((error as FormulaError).at).toBeGreaterThanOrEqual(0);
        expect((error as FormulaError).at).toBeLessThanOrEqual(source.length);
      }
    }),
    { numRuns: 2000 },
  );
});

test("a written expression is read back with the same value", () => {
  const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.integer({ min: 0, max: 9 }).map((value): Expression => ({ kind: "number", value, at: 0 })),
      fc
        .tuple(fc.constantFrom("+" as const, "-" as const, "*" as const), tie("tree"), tie("tree"))
        .map(([operator, left, right]): Expression => ({ kind: "binary", operator, left, right, at: 0 })),
      tie("tree").map((operand): Expression => ({ kind: "negate", operand, at: 0 })),
    ),
  }));
  // The least parentheses that keep the meaning: wrong precedence would change values.
  const write = (e: Expression, least = 0): string => {
    if (e.kind === "number") return String(e.value);
    if (e.kind === "negate") return least > 2 ? `(-${write(e.operand, 3)})` : `-${write(e.operand, 3)}`;
    if (e.kind !== "binary") throw new Error(e.kind);
    const binding = e.operator === "*" ? 2 : 1;
    const text = `${write(e.left, binding)} ${e.operator} ${write(e.right, binding + 1)}`;
    return binding < least ? `(${text})` : text;
  };
  fc.assert(
    fc.property(tree, (e) => {
      expect(constantValue(parse(write(e), []))).toBe(constantValue(e));
    }),
  );
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
