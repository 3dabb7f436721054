import { constantValue, type Expression } from "./parse.ts";

/**
 * The formula as TypeScript over jax-js arrays. jax-js consumes an array where it is used, so every use of a variable but
 * the last asks for another reference.
 */
export function printTypeScript(e: Expression): string {
  const text = print(e);
  return text.replace(/§(\w+)§/g, (mark, name: string, offset: number) =>
    text.indexOf(mark, offset + 1) === -1 ? name : `${name}.ref`,
  );
}

const methods = { "+": "add", "-": "sub", "*": "mul", "/": "div" } as const;
const renamed: Record<string, string> = { atan: "arctan", max: "maximum", min: "minimum" };

function print(e: Expression): string {
  const constant = constantValue(e);
  if (constant !== undefined) return `np.array(${constant})`;
  switch (e.kind) {
    case "name":
      return `§${e.name}§`;
    case "negate":
      return `${print(e.operand)}.mul(-1)`;
    case "call":
      return `np.${renamed[e.name] ?? e.name}(${e.args.map(print).join(", ")})`;
    case "binary": {
      if (e.operator === "^") return printPower(e.left, constantValue(e.right) as number);
      const right = constantValue(e.right);
      const argument = right === undefined ? print(e.right) : String(right);
      return `${print(e.left)}.${methods[e.operator]}(${argument})`;
    }
  }
  throw new TypeError(`formula: a ${e.kind} cannot be printed`);
}

function printPower(base: Expression, exponent: number): string {
  if (exponent === 1) return print(base);
  if (exponent === 2) return `np.square(${print(base)})`;
  if (exponent === 4) return `np.square(np.square(${print(base)}))`;
  if (exponent === 3) return `${print(base)}.mul(np.square(${print(base)}))`;
  return `np.power(${print(base)}, ${exponent})`;
}
