import type { DType } from "../tensor.ts";
import type { Code } from "./assembler.ts";
import { isHostFunction } from "./host.ts";
import type { Opcode } from "./opcodes.ts";
import type { Operation } from "./program.ts";
import { randomWord, threefry } from "./random.ts";
import { emitScalar, scalarType, unsupported } from "./scalar.ts";
import { cos, type Elementary, elementary, sin, trigonometricLimit } from "./transcendental.ts";

/**
 * Code for one vector of lanes. A program without float64 has four lanes; with float64 it has two, and its 32-bit
 * values fill the low half of their vector. Booleans are masks of 32 bits a lane: 0 or -1.
 */
export type Lanes = 2 | 4;

export const lanesOf = (dtypes: readonly DType[]): Lanes => (dtypes.includes("float64") ? 2 : 4);

/** The two low 32-bit halves of 64-bit lanes, moved to the low half. */
const narrow = [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11];

/** Loads a vector from the address on the stack; with `single`, only lane 0 (the others become zero). */
export function loadVector(code: Code, dtype: DType, lanes: Lanes, offset: number, single: boolean): void {
  if (dtype === "bool") {
    code.memory(single ? "i32.load8_u" : lanes === 4 ? "i32.load" : "i32.load16_u", offset);
    code.op("i32x4.splat", "i16x8.extend_low_i8x16_u", "i32x4.extend_low_i16x8_u");
    code.i32x4(0).op("i32x4.ne");
  } else if (dtype === "float64") {
    code.memory(single ? "v128.load64_zero" : "v128.load", offset);
  } else if (single) code.memory("v128.load32_zero", offset);
  else code.memory(lanes === 4 ? "v128.load" : "v128.load64_zero", offset);
}

/** Stores the vector in local `value` at the address on the stack. */
export function storeVector(
  code: Code,
  dtype: DType,
  lanes: Lanes,
  offset: number,
  single: boolean,
  value: number,
): void {
  code.get(value);
  if (dtype === "bool") {
    code.i32x4(1).op("v128.and").get(value).op("i16x8.narrow_i32x4_s").get(value).op("i8x16.narrow_i16x8_u");
    if (single) code.laneMemory("v128.store8_lane", 0, offset);
    else code.laneMemory(lanes === 4 ? "v128.store32_lane" : "v128.store16_lane", 0, offset);
  } else if (dtype === "float64") {
    if (single) code.laneMemory("v128.store64_lane", 0, offset);
    else code.memory("v128.store", offset);
  } else if (single) code.laneMemory("v128.store32_lane", 0, offset);
  else if (lanes === 4) code.memory("v128.store", offset);
  else code.laneMemory("v128.store64_lane", 0, offset);
}

/** Repeats the scalar on the stack in every lane. */
export function splat(code: Code, dtype: DType): void {
  if (dtype === "float32") code.op("f32x4.splat");
  else if (dtype === "float64") code.op("f64x2.splat");
  else {
    if (dtype === "bool") {
      const x = code.local("i32");
      code.set(x).i32(0).get(x).op("i32.sub");
    }
    code.op("i32x4.splat");
  }
}

/** Leaves one lane of a vector on the stack as a scalar. */
export function extractLane(code: Code, dtype: DType, value: number, lane: number): void {
  code.get(value);
  if (dtype === "float32") code.lane("f32x4.extract_lane", lane);
  else if (dtype === "float64") code.lane("f64x2.extract_lane", lane);
  else code.lane("i32x4.extract_lane", lane);
  if (dtype === "bool") code.i32(1).op("i32.and");
}

/** Puts the scalar on the stack into one lane of the vector below it. */
export function replaceLane(code: Code, dtype: DType, lane: number): void {
  if (dtype === "bool") {
    const x = code.local("i32");
    code.set(x).i32(0).get(x).op("i32.sub");
  }
  code.lane(`${shapeOf(dtype)}.replace_lane`, lane);
}

type Shape = "f32x4" | "f64x2" | "i32x4";
const shapeOf = (dtype: DType): Shape =>
  dtype === "float32" ? "f32x4" : dtype === "float64" ? "f64x2" : "i32x4";

const sameName = new Set(["add", "sub", "mul", "div", "min", "max", "abs", "sqrt", "floor", "ceil"]);
/**
 * Applies `op` to the vectors in the given locals and leaves the result on the stack. `scalars` names the scalar locals
 * of operands whose lanes are equal, -1 for others: shifts by them are single instructions.
 */
export function emitVector(
  code: Code,
  op: Operation,
  args: readonly number[],
  argTypes: readonly DType[],
  lanes: Lanes,
  scalars: readonly number[] = [],
): void {
  const shape = shapeOf(op.dtype);
  const argType = argTypes[0] as DType;
  const [a, b] = args as [number, number];
  if (op.op === "where") {
    code.get(args[1] as number, args[2] as number, a);
    if (op.dtype === "float64") code.op("i64x2.extend_low_i32x4_s");
    code.op("v128.bitselect");
  } else if (op.op === "cast") {
    castVector(code, a, argType, op.dtype);
  } else if (op.op === "bitcast") {
    code.get(a);
  } else if (op.op === "less" || op.op === "less_equal" || op.op === "equal" || op.op === "not_equal") {
    compare(code, op.op, argType, a, b);
  } else if ((op.op === "shl" || op.op === "shr") && (scalars[1] ?? -1) >= 0) {
    code.get(a, scalars[1] as number).op(op.op === "shl" ? "i32x4.shl" : "i32x4.shr_u");
  } else if (shape === "i32x4") {
    emitInteger(code, op, args, argTypes, lanes);
  } else if (op.op === "neg") {
    constant(code, shape, 0).get(a).op(`${shape}.sub`);
  } else if (op.op === "reciprocal") {
    constant(code, shape, 1).get(a).op(`${shape}.div`);
  } else if (op.op === "idiv") {
    code.get(a, b).op(`${shape}.div`, `${shape}.trunc`);
  } else if (op.op === "mod") {
    code.get(a, a, b).op(`${shape}.div`, `${shape}.trunc`).get(b).op(`${shape}.mul`, `${shape}.sub`);
  } else if (sameName.has(op.op)) {
    code.get(...args).op(`${shape}.${op.op}` as Opcode);
  } else if (isHostFunction(op.op)) {
    if (shape === "f64x2") perLane(code, op, args, argTypes, lanes);
    else if (op.op === "sin" || op.op === "cos") trigonometric(code, op.op, op, a, lanes);
    else (elementary[op.op] as Elementary)(code, a);
  } else {
    throw unsupported(op);
  }
}

const constant = (code: Code, shape: "f32x4" | "f64x2", value: number): Code =>
  shape === "f32x4" ? code.f32x4(value) : code.f64x2(value);

/** Huge arguments, whose reduction needs many digits of pi, go through Math lane by lane. */
function trigonometric(code: Code, name: "sin" | "cos", op: Operation, x: number, lanes: Lanes): void {
  const result = code.local("v128");
  code.get(x).op("f32x4.abs").f32x4(trigonometricLimit).op("f32x4.gt", "v128.any_true");
  code.if(
    () => {
      perLane(code, op, [x], ["float32"], lanes);
      code.set(result);
    },
    () => {
      (name === "sin" ? sin : cos)(code, x);
      code.set(result);
    },
  );
  code.get(result);
}

/** Runs the scalar code for every lane. */
function perLane(
  code: Code,
  op: Operation,
  args: readonly number[],
  argTypes: readonly DType[],
  lanes: Lanes,
): void {
  const result = code.local("v128");
  const scalars = argTypes.map((dtype) => code.local(scalarType(dtype)));
  for (let lane = 0; lane < lanes; lane++) {
    args.forEach((arg, i) => {
      extractLane(code, argTypes[i] as DType, arg, lane);
      code.set(scalars[i] as number);
    });
    code.get(result);
    emitScalar(code, op, scalars, argTypes);
    code.lane(`${shapeOf(op.dtype)}.replace_lane`, lane).set(result);
  }
  code.get(result);
}

function compare(
  code: Code,
  op: "less" | "less_equal" | "equal" | "not_equal",
  dtype: DType,
  a: number,
  b: number,
): void {
  const shape = shapeOf(dtype);
  const name = { less: "lt", less_equal: "le", equal: "eq", not_equal: "ne" }[op];
  const ordered = op === "less" || op === "less_equal";
  // True is -1 as a mask: booleans compare as unsigned numbers.
  const sign = shape === "i32x4" && ordered ? (dtype === "int32" ? "_s" : "_u") : "";
  code.get(a, b).op(`${shape}.${name}${sign}` as Opcode);
  if (shape === "f64x2") {
    const mask = code.local("v128");
    code.tee(mask).get(mask).shuffle(narrow);
  }
}

function emitInteger(
  code: Code,
  op: Operation,
  args: readonly number[],
  argTypes: readonly DType[],
  lanes: Lanes,
): void {
  const [a, b] = args as [number, number];
  const isBool = op.dtype === "bool";
  const sign = op.dtype === "int32" ? "s" : "u";
  switch (op.op) {
    case "add":
      code.get(a, b).op(isBool ? "v128.or" : "i32x4.add");
      break;
    case "mul":
      code.get(a, b).op(isBool ? "v128.and" : "i32x4.mul");
      break;
    case "sub":
      code.get(a, b).op("i32x4.sub");
      break;
    case "neg":
      code.i32x4(0).get(a).op("i32x4.sub");
      break;
    case "min":
    case "max":
      code.get(a, b).op(`i32x4.${op.op}_${sign}`);
      break;
    case "and":
    case "or":
    case "xor":
      code.get(a, b).op(`v128.${op.op}`);
      break;
    case "random_bits_xor":
    case "random_bits_0":
    case "random_bits_1":
      threefry(code, true, args, randomWord(op.op));
      break;
    default:
      // Division and shifts by a different amount in each lane have no vector instruction.
      perLane(code, op, args, argTypes, lanes);
  }
}

function castVector(code: Code, x: number, from: DType, to: DType): void {
  const [source, target] = [shapeOf(from), shapeOf(to)];
  code.get(x);
  if (to === "bool") {
    if (from === "bool") return;
    if (source === "f64x2") {
      const mask = code.local("v128");
      code.f64x2(0).op("f64x2.ne").tee(mask).get(mask).shuffle(narrow);
    } else if (source === "f32x4") code.f32x4(0).op("f32x4.ne");
    else code.i32x4(0).op("i32x4.ne");
    return;
  }
  if (from === "bool") code.i32x4(1).op("v128.and");
  const signed = to === "int32" || from === "int32" || from === "bool" ? "s" : "u";
  if (source === target) return;
  if (source === "i32x4") {
    const s = from === "uint32" ? "u" : "s";
    code.op(target === "f32x4" ? `f32x4.convert_i32x4_${s}` : `f64x2.convert_low_i32x4_${s}`);
  } else if (target === "i32x4") {
    code.op(source === "f32x4" ? `i32x4.trunc_sat_f32x4_${signed}` : `i32x4.trunc_sat_f64x2_${signed}_zero`);
  } else {
    code.op(target === "f64x2" ? "f64x2.promote_low_f32x4" : "f32x4.demote_f64x2_zero");
  }
}
