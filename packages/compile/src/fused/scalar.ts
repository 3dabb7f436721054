import type { DType } from "../tensor.ts";
import type { Code, ValueType } from "./assembler.ts";
import { hostIndex, isHostFunction } from "./host.ts";
import type { MemoryOpcode, Opcode } from "./opcodes.ts";
import type { Operation } from "./program.ts";
import { randomWord, threefry } from "./random.ts";

/** Code for one element. Integers and booleans (0 or 1) are i32. */

export const scalarType = (dtype: DType): ValueType =>
  dtype === "float32" ? "f32" : dtype === "float64" ? "f64" : "i32";

const loads: Record<DType, MemoryOpcode> = {
  float32: "f32.load",
  float64: "f64.load",
  int32: "i32.load",
  uint32: "i32.load",
  bool: "i32.load8_u",
};

const stores: Record<DType, MemoryOpcode> = {
  float32: "f32.store",
  float64: "f64.store",
  int32: "i32.store",
  uint32: "i32.store",
  bool: "i32.store8",
};

/** Loads the element at the address on the stack. */
export const loadScalar = (code: Code, dtype: DType, offset = 0) => code.memory(loads[dtype], offset);

/** Stores the element on the stack at the address below it. */
export const storeScalar = (code: Code, dtype: DType, offset = 0) => code.memory(stores[dtype], offset);

export function scalarConstant(code: Code, dtype: DType, value: number): void {
  if (dtype === "float32") code.f32(value);
  else if (dtype === "float64") code.f64(value);
  else code.i32(dtype === "bool" ? Number(value !== 0) : value);
}

const sameName = new Set(["sub", "mul", "div", "min", "max", "abs", "sqrt", "floor", "ceil"]);

/** Applies `op` to the elements in the given locals and leaves the result on the stack. */
export function emitScalar(
  code: Code,
  op: Operation,
  args: readonly number[],
  argTypes: readonly DType[],
): void {
  const type = scalarType(op.dtype);
  const argType = argTypes[0] as DType;
  const [a, b] = args as [number, number];
  if (op.op === "where") {
    code.get(args[1] as number, args[2] as number, a).op("select");
  } else if (op.op === "cast") {
    code.get(a);
    castScalar(code, argType, op.dtype);
  } else if (op.op === "bitcast") {
    code.get(a);
    const to = scalarType(op.dtype);
    const from = scalarType(argType);
    if (from !== to) code.op(to === "i32" ? "i32.reinterpret_f32" : "f32.reinterpret_i32");
  } else if (op.op === "less" || op.op === "less_equal" || op.op === "equal" || op.op === "not_equal") {
    code.get(a, b).op(comparison(op.op, argType));
  } else if (type === "i32") {
    emitInteger(code, op, args);
  } else if (op.op === "neg") {
    scalarConstant(code, op.dtype, 0);
    code.get(a).op(`${type as "f32"}.sub`);
  } else if (op.op === "reciprocal") {
    scalarConstant(code, op.dtype, 1);
    code.get(a).op(`${type as "f32"}.div`);
  } else if (op.op === "idiv") {
    code.get(a, b).op(`${type as "f32"}.div`, `${type as "f32"}.trunc`);
  } else if (op.op === "mod") {
    const t = type as "f32";
    code.get(a, a, b).op(`${t}.div`, `${t}.trunc`).get(b).op(`${t}.mul`, `${t}.sub`);
  } else if (op.op === "add" || sameName.has(op.op)) {
    code.get(...args).op(`${type}.${op.op}` as Opcode);
  } else if (isHostFunction(op.op)) {
    code.get(a);
    if (type === "f32") code.op("f64.promote_f32");
    code.call(hostIndex(op.op));
    if (type === "f32") code.op("f32.demote_f64");
  } else {
    throw unsupported(op);
  }
}

export const unsupported = (op: Operation): TypeError =>
  new TypeError(`fused program: ${op.op} is not defined for ${op.dtype}`);

function comparison(op: "less" | "less_equal" | "equal" | "not_equal", dtype: DType): Opcode {
  const type = scalarType(dtype);
  const name = { less: "lt", less_equal: "le", equal: "eq", not_equal: "ne" }[op];
  const ordered = op === "less" || op === "less_equal";
  const sign = type === "i32" && ordered ? (dtype === "int32" ? "_s" : "_u") : "";
  return `${type}.${name}${sign}` as Opcode;
}

function emitInteger(code: Code, op: Operation, args: readonly number[]): void {
  const [a, b] = args as [number, number];
  const sign = op.dtype === "int32" ? "s" : "u";
  const isBool = op.dtype === "bool";
  switch (op.op) {
    case "add":
      code.get(a, b).op(isBool ? "i32.or" : "i32.add");
      break;
    case "mul":
      code.get(a, b).op(isBool ? "i32.and" : "i32.mul");
      break;
    case "sub":
      code.get(a, b).op("i32.sub");
      break;
    case "neg":
      code.i32(0).get(a).op("i32.sub");
      break;
    case "abs":
      code.get(a).i32(0).get(a).op("i32.sub").get(a).i32(0).op("i32.gt_s", "select");
      break;
    case "and":
    case "or":
    case "xor":
    case "shl":
      code.get(a, b).op(`i32.${op.op}`);
      break;
    case "shr":
      code.get(a, b).op("i32.shr_u");
      break;
    case "random_bits_xor":
    case "random_bits_0":
    case "random_bits_1":
      threefry(code, false, args, randomWord(op.op));
      break;
    case "bit_count":
      code.get(a).op("i32.popcnt");
      break;
    case "min":
      code.get(a, b, a, b).op(`i32.lt_${sign}`, "select");
      break;
    case "max":
      code.get(a, b, a, b).op(`i32.gt_${sign}`, "select");
      break;
    case "idiv":
    case "mod":
      integerDivision(code, op.op, sign, a, b);
      break;
    default:
      throw unsupported(op);
  }
}

/** Division traps on zero and on -2^31 / -1; there the quotient is 0 and wraps, and the remainder is 0. */
function integerDivision(code: Code, op: "idiv" | "mod", sign: "s" | "u", a: number, b: number): void {
  const result = code.local("i32");
  const divide = () => {
    code
      .get(a, b)
      .op(op === "idiv" ? `i32.div_${sign}` : `i32.rem_${sign}`)
      .set(result);
  };
  code.i32(0).set(result).get(b);
  code.if(() => {
    if (sign === "u") return divide();
    code.get(b).i32(-1).op("i32.eq");
    code.if(() => {
      if (op === "idiv") code.i32(0).get(a).op("i32.sub").set(result);
    }, divide);
  });
  code.get(result);
}

export function castScalar(code: Code, from: DType, to: DType): void {
  const [source, target] = [scalarType(from), scalarType(to)];
  if (to === "bool") {
    if (from === "bool") return;
    scalarConstant(code, from, 0);
    code.op(`${source as "f32"}.ne`);
  } else if (target === "i32") {
    if (source !== "i32") code.op(`i32.trunc_sat_${source as "f32"}_${to === "int32" ? "s" : "u"}`);
  } else if (source === "i32") {
    code.op(`${target as "f32"}.convert_i32_${from === "uint32" ? "u" : "s"}`);
  } else if (source !== target) {
    code.op(target === "f64" ? "f64.promote_f32" : "f32.demote_f64");
  }
}
