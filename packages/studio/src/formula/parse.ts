/** A formula as a tree. `at` is the offset of its first character in the source. */
export type Expression =
  | { readonly kind: "number"; readonly value: number; readonly at: number }
  | { readonly kind: "name"; readonly name: string; readonly at: number }
  | { readonly kind: "negate"; readonly operand: Expression; readonly at: number }
  | {
      readonly kind: "binary";
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
      readonly at: number;
    }
  | {
      readonly kind: "call";
      readonly name: FunctionName;
      readonly args: readonly Expression[];
      readonly at: number;
    };

export type Operator = "+" | "-" | "*" | "/" | "^";

/** The functions of the language and their numbers of arguments. */
export const functions = {
  abs: 1,
  atan: 1,
  cos: 1,
  exp: 1,
  log: 1,
  max: 2,
  min: 2,
  sin: 1,
  sqrt: 1,
  tanh: 1,
} as const;
export type FunctionName = keyof typeof functions;

const constants: Record<string, number> = { pi: Math.PI, e: Math.E };

/** What is wrong with a formula, for a message in any language. */
export type Problem =
  | { readonly code: "character"; readonly found: string }
  | { readonly code: "end" }
  | { readonly code: "expected"; readonly wanted: string; readonly found: string }
  | { readonly code: "operand"; readonly found: string }
  | { readonly code: "name"; readonly found: string; readonly known: string }
  | { readonly code: "arguments"; readonly found: string; readonly wanted: number; readonly got: number }
  | { readonly code: "call"; readonly found: string }
  | { readonly code: "exponent" }
  | { readonly code: "deep" };

/** A formula that cannot be read; `at` is the offset of the offending character, `length` how many it spans. */
export class FormulaError extends Error {
  readonly problem: Problem;
  readonly at: number;
  readonly length: number;

  constructor(problem: Problem, at: number, length = 1) {
    super(`formula: ${problem.code} at character ${at + 1}`);
    this.name = "FormulaError";
    this.problem = problem;
    this.at = at;
    this.length = length;
  }
}

interface Token {
  readonly kind: "number" | "name" | "symbol" | "end";
  readonly text: string;
  readonly at: number;
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|[-+*/^(),])/y;
  for (let at = 0; at < source.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match === null) {
      throw new FormulaError({ code: "character", found: String.fromCodePoint(source.codePointAt(at)!) }, at);
    }
    const [, number, name, symbol] = match;
    if (number !== undefined) tokens.push({ kind: "number", text: number, at });
    else if (name !== undefined) tokens.push({ kind: "name", text: name, at });
    else if (symbol !== undefined) tokens.push({ kind: "symbol", text: symbol === "**" ? "^" : symbol, at });
  }
  tokens.push({ kind: "end", text: "", at: source.length });
  return tokens;
}

/** How strongly an operator binds; a minus sign in front binds like a product and weaker than a power. */
const precedence: Record<Operator, number> = { "+": 1, "-": 1, "*": 2, "/": 2, "^": 4 };
const negation = 3;
const deepest = 100;

/**
 * Reads a formula: numbers, the given variables, `pi`, `e`, `+ - * / ^` (also `**`, right-associative), parentheses and
 * the calls of `functions`. Exponents must be numbers. Multiplication is written out: `2*x`.
 *
 * @throws FormulaError pointing at the character.
 */
export function parse(source: string, variables: readonly string[]): Expression {
  const tokens = tokenize(source);
  let position = 0;
  let depth = 0;
  const peek = (): Token => tokens[position] as Token;
  const next = (): Token => tokens[position++] as Token;
  const is = (symbol: string): boolean => peek().kind === "symbol" && peek().text === symbol;

  function fail(token: Token, problem: Problem): never {
    if (token.kind === "end") throw new FormulaError({ code: "end" }, token.at);
    throw new FormulaError(problem, token.at, token.text.length);
  }
  function expect(symbol: string): void {
    if (!is(symbol)) fail(peek(), { code: "expected", wanted: symbol, found: peek().text });
    next();
  }

  function named(token: Token): Expression {
    const { text: name, at } = token;
    const isFunction = Object.hasOwn(functions, name);
    if (is("(")) {
      if (!isFunction) fail(token, { code: "name", found: name, known: Object.keys(functions).join(", ") });
      next();
      const args = [expression(0)];
      while (is(",")) {
        next();
        args.push(expression(0));
      }
      expect(")");
      const wanted = functions[name as FunctionName];
      if (args.length !== wanted) fail(token, { code: "arguments", found: name, wanted, got: args.length });
      return { kind: "call", name: name as FunctionName, args, at };
    }
    if (isFunction) fail(token, { code: "call", found: name });
    if (variables.includes(name)) return { kind: "name", name, at };
    const value = Object.hasOwn(constants, name) ? constants[name] : undefined;
    if (value !== undefined) return { kind: "number", value, at };
    return fail(token, {
      code: "name",
      found: name,
      known: [...variables, ...Object.keys(constants)].join(", "),
    });
  }

  function operand(): Expression {
    const token = next();
    if (token.kind === "number") return { kind: "number", value: Number(token.text), at: token.at };
    if (token.kind === "name") return named(token);
    if (token.text === "-") return { kind: "negate", operand: expression(negation), at: token.at };
    if (token.text === "+") return expression(negation);
    if (token.text !== "(") fail(token, { code: "operand", found: token.text });
    const inner = expression(0);
    expect(")");
    return inner;
  }

  function expression(least: number): Expression {
    if (++depth > deepest) throw new FormulaError({ code: "deep" }, peek().at);
    let left = operand();
    while (peek().kind === "symbol" && Object.hasOwn(precedence, peek().text)) {
      const operator = peek().text as Operator;
      const binding = precedence[operator];
      if (binding < least) break;
      next();
      const at = peek().at;
      const right = expression(operator === "^" ? negation : binding + 1);
      if (operator === "^" && constantValue(right) === undefined)
        throw new FormulaError({ code: "exponent" }, at);
      left = { kind: "binary", operator, left, right, at: left.at };
    }
    depth--;
    return left;
  }

  const result = expression(0);
  if (peek().kind !== "end") fail(peek(), { code: "expected", wanted: "+ - * / ^", found: peek().text });
  return result;
}

/** The value of an expression without variables; undefined when it has any. */
export function constantValue(e: Expression): number | undefined {
  switch (e.kind) {
    case "number":
      return e.value;
    case "name":
      return undefined;
    case "negate": {
      const value = constantValue(e.operand);
      return value === undefined ? undefined : -value;
    }
    case "call": {
      const args = e.args.map(constantValue);
      return args.includes(undefined)
        ? undefined
        : (Math[e.name] as (...values: number[]) => number)(...(args as number[]));
    }
    case "binary": {
      const a = constantValue(e.left);
      const b = constantValue(e.right);
      return a === undefined || b === undefined ? undefined : arithmetic[e.operator](a, b);
    }
  }
}

const arithmetic: Record<Operator, (a: number, b: number) => number> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "^": (a, b) => a ** b,
};
