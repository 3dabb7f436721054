import type { FusedOp, FusedProgram } from "./program.ts";
import { uniformValues, valueTypes } from "./program.ts";

const commutative = new Set(["add", "mul", "min", "max", "equal", "not_equal", "and", "or", "xor"]);
const isFloat = (dtype: string) => dtype === "float32" || dtype === "float64";

/**
 * Computes equal subexpressions once, turns a + (0 - b) into a - b and a * (1 / b) into a / b where b varies from
 * lane to lane (a hoisted reciprocal is cheaper), and drops what no output needs.
 */
export function simplifyProgram(program: FusedProgram): FusedProgram {
  const types = valueTypes(program);
  const uniform = uniformValues(program);
  const inputs = program.inputs.length;
  // Representative of each value, and the op that defines each representative.
  const same: number[] = types.map((_, i) => i);
  const defined = new Map<number, FusedOp>();
  const known = new Map<string, number>();
  program.ops.forEach((original, i) => {
    const value = inputs + i;
    let op: FusedOp = { ...original, args: original.args.map((arg) => same[arg] as number) };
    if (op.op === "cast" && types[op.args[0] as number] === op.dtype) {
      same[value] = op.args[0] as number;
      return;
    }
    op = rewrite(op, defined, uniform);
    const args = commutative.has(op.op) ? op.args.toSorted((a, b) => a - b) : op.args;
    const number = Object.is(op.value, -0) ? "-0" : op.value;
    const key = `${op.op}:${op.dtype}:${args}:${number}`;
    const twin = known.get(key);
    if (twin !== undefined) {
      same[value] = twin;
      return;
    }
    known.set(key, value);
    defined.set(value, op);
  });

  const needed = new Set<number>();
  const reductions = program.reductions ?? [];
  for (const out of [...program.outputs, ...reductions]) needed.add(same[out.value] as number);
  for (const [value, op] of [...defined].reverse()) {
    if (needed.has(value)) for (const arg of op.args) needed.add(arg);
  }
  const renumbered = new Map<number, number>();
  for (let i = 0; i < inputs; i++) renumbered.set(i, i);
  const ops: FusedOp[] = [];
  for (const [value, op] of defined) {
    if (!needed.has(value)) continue;
    renumbered.set(value, inputs + ops.length);
    ops.push({ ...op, args: op.args.map((arg) => renumbered.get(arg) as number) });
  }
  const rename = <T extends { value: number }>(out: T): T => ({
    ...out,
    value: renumbered.get(same[out.value] as number) as number,
  });
  return {
    inputs: program.inputs,
    ops,
    outputs: program.outputs.map(rename),
    reductions: reductions.map(rename),
  };
}

function rewrite(op: FusedOp, defined: ReadonlyMap<number, FusedOp>, uniform: readonly boolean[]): FusedOp {
  if (!isFloat(op.dtype) || (op.op !== "add" && op.op !== "mul")) return op;
  const inverse = op.op === "add" ? "neg" : "reciprocal";
  const [a, b] = op.args as [number, number];
  for (const [x, y] of [
    [a, b],
    [b, a],
  ] as const) {
    const right = defined.get(y);
    if (right?.op !== inverse) continue;
    if (inverse === "reciprocal" && uniform[y] && !uniform[x]) continue;
    return { ...op, op: op.op === "add" ? "sub" : "div", args: [x, right.args[0] as number] };
  }
  return op;
}
