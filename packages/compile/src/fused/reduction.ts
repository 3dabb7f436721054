import type { DType } from "../tensor.ts";
import type { Code } from "./assembler.ts";
import type { Opcode } from "./opcodes.ts";
import type { FusedReduction } from "./program.ts";
import { scalarType, storeScalar } from "./scalar.ts";
import { extractLane, type Lanes } from "./vector.ts";

/**
 * The running result of one reduction: a scalar for single elements, and vectors for whole ones. Float32 sums run in
 * float64, so that the sum of a million equal terms is exact to float32.
 */
export interface Accumulator {
  readonly op: FusedReduction["op"];
  readonly dtype: DType;
  /** The type in which the vectors and the scalar run. */
  readonly runs: DType;
  readonly scalar: number;
  readonly vectors: readonly number[];
  /** The type of the result. */
  readonly stores: DType;
}

export const runningType = (op: FusedReduction["op"], dtype: DType): DType =>
  op === "sum" && dtype === "float32" ? "float64" : dtype;

export function newAccumulator(code: Code, reduction: FusedReduction, dtype: DType): Accumulator {
  const { op, partial } = reduction;
  const runs = runningType(op, dtype);
  const vectors = Array.from({ length: 4 }, () => code.local("v128"));
  const stores = partial ? runs : dtype;
  return { op, dtype, runs, scalar: code.local(scalarType(runs)), vectors, stores };
}

/** The value that the reduction leaves unchanged; of booleans, 0 or 1. */
export function identity(op: FusedReduction["op"], dtype: DType): number {
  if (op === "sum") return 0;
  if (op === "prod") return 1;
  if (dtype === "bool") return op === "min" ? 1 : 0;
  if (dtype === "int32") return op === "min" ? 0x7fffffff : -0x80000000;
  if (dtype === "uint32") return op === "min" ? 0xffffffff : 0;
  return op === "min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

/** Starts the accumulator at the reduction's identity. */
export function reset(code: Code, acc: Accumulator): void {
  const start = identity(acc.op, acc.runs);
  if (acc.runs === "float32") code.f32(start);
  else if (acc.runs === "float64") code.f64(start);
  else code.i32(start);
  code.set(acc.scalar);
  for (const vector of acc.vectors) {
    if (acc.runs === "float32") code.f32x4(start);
    else if (acc.runs === "float64") code.f64x2(start);
    else code.i32x4(acc.runs === "bool" ? -start : start);
    code.set(vector);
  }
}

const booleanOp = (op: FusedReduction["op"]) => (op === "sum" || op === "max" ? "or" : "and");

/** Combines the two scalars on the stack. */
function combineScalars(code: Code, acc: Accumulator): void {
  if (acc.runs === "bool") code.op(`i32.${booleanOp(acc.op)}`);
  else if (acc.op === "sum" || acc.op === "prod") {
    code.op(`${scalarType(acc.runs) as "f32"}.${acc.op === "sum" ? "add" : "mul"}`);
  } else if (scalarType(acc.runs) !== "i32") {
    code.op(`${scalarType(acc.runs) as "f32"}.${acc.op}`);
  } else {
    const [x, y] = [code.local("i32"), code.local("i32")];
    const sign = acc.runs === "int32" ? "s" : "u";
    code.set(y).tee(x).get(y, x, y);
    code.op(acc.op === "min" ? `i32.lt_${sign}` : `i32.gt_${sign}`, "select");
  }
}

/** Combines the two vectors on the stack. */
function combineVectors(code: Code, acc: Accumulator): void {
  if (acc.runs === "bool") {
    code.op(`v128.${booleanOp(acc.op)}`);
    return;
  }
  const shape = acc.runs === "float32" ? "f32x4" : acc.runs === "float64" ? "f64x2" : "i32x4";
  const name = acc.op === "sum" ? "add" : acc.op === "prod" ? "mul" : acc.op;
  const sign = shape === "i32x4" && name === acc.op ? (acc.runs === "int32" ? "_s" : "_u") : "";
  code.op(`${shape}.${name}${sign}` as Opcode);
}

const highToLow = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];

/** Adds the vector in local `value` (its lane 0 if `single`) to copy `copy` of the accumulator. */
export function addLanes(
  code: Code,
  acc: Accumulator,
  value: number,
  lanes: Lanes,
  copy: number,
  single: boolean,
): void {
  const widen = acc.runs !== acc.dtype;
  if (single) {
    code.get(acc.scalar);
    extractLane(code, acc.dtype, value, 0);
    if (widen) code.op("f64.promote_f32");
    combineScalars(code, acc);
    code.set(acc.scalar);
    return;
  }
  const add = (vector: number, push: () => void) => {
    code.get(vector);
    push();
    combineVectors(code, acc);
    code.set(vector);
  };
  const [low, high] = acc.vectors.slice(2 * (copy % 2)) as [number, number];
  if (!widen) {
    add(low, () => code.get(value));
    return;
  }
  add(low, () => code.get(value).op("f64x2.promote_low_f32x4"));
  if (lanes === 4) {
    add(high, () => code.get(value, value).shuffle(highToLow).op("f64x2.promote_low_f32x4"));
  }
}

/** Combines everything and stores the result at the address on the stack. */
export function finish(code: Code, acc: Accumulator, lanes: Lanes): void {
  const width = acc.runs === "float64" ? 2 : lanes;
  code.get(acc.scalar);
  for (const vector of acc.vectors) {
    for (let lane = 0; lane < width; lane++) {
      extractLane(code, acc.runs, vector, lane);
      combineScalars(code, acc);
    }
  }
  if (acc.runs !== acc.stores) code.op("f32.demote_f64");
  storeScalar(code, acc.stores);
}
