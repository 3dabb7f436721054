import type { DType } from "../tensor.ts";

/**
 * Elementwise operations, with jax-js's semantics:
 * - min and max give NaN when either operand is NaN; neg is 0 - x; float mod is x - trunc(x / y) * y;
 * - idiv truncates; integer division by zero gives 0 instead of a trap, and so does its mod;
 * - casts of floats to integers saturate, NaN becomes 0; x to bool is x != 0; shr is logical;
 * - random_bits takes (key 0, key 1, counter) in uint32: a word of Threefry-2x32, or both words xor-ed;
 * - add, max and or of booleans are "or"; mul, min and and are "and".
 */
export type FusedOpName =
  | "const"
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "idiv"
  | "mod"
  | "min"
  | "max"
  | "neg"
  | "abs"
  | "reciprocal"
  | "sqrt"
  | "floor"
  | "ceil"
  | "exp"
  | "log"
  | "sin"
  | "cos"
  | "asin"
  | "atan"
  | "tanh"
  | "erf"
  | "erfc"
  | "less"
  | "less_equal"
  | "equal"
  | "not_equal"
  | "where"
  | "and"
  | "or"
  | "xor"
  | "shl"
  | "shr"
  | "bit_count"
  | "random_bits_xor"
  | "random_bits_0"
  | "random_bits_1"
  | "cast"
  | "bitcast";

export interface FusedOp {
  readonly op: FusedOpName;
  /** Of the result. */
  readonly dtype: DType;
  /** Values: 0 .. inputs.length - 1 are the inputs, op i defines value inputs.length + i. */
  readonly args: readonly number[];
  /** Of a `const`. */
  readonly value?: number;
}

/** What an op computes, without its operands. */
export type Operation = Pick<FusedOp, "op" | "dtype">;

export interface FusedInput {
  readonly dtype: DType;
  /** One element for all lanes; otherwise as many elements as the row says. */
  readonly uniform: boolean;
}

/** A value written to memory: one element if uniform, else one per lane. */
export interface FusedOutput {
  readonly value: number;
  readonly uniform: boolean;
}

/** A value combined over the lanes of a row into one element. Booleans: sum and max are "any", prod and min are "all". */
export interface FusedReduction {
  readonly value: number;
  /** Float32 sums are accumulated in float64. */
  readonly op: "sum" | "prod" | "min" | "max";
  /** Writes the result in the type in which it runs, to be combined with others: a float32 sum in float64. */
  readonly partial?: boolean;
}

/** An elementwise program on arrays of n elements. */
export interface FusedProgram {
  readonly inputs: readonly FusedInput[];
  readonly ops: readonly FusedOp[];
  readonly outputs: readonly FusedOutput[];
  readonly reductions?: readonly FusedReduction[];
}

export interface FusedKernel {
  /**
   * Runs the program over the rows of a table of uint32 in the kernel's memory. A row is
   * [n, ...input addresses, ...output addresses, ...reduction addresses], in bytes from the start of the memory.
   * An output may occupy exactly the memory of an input (in place); other overlaps are undefined.
   * Uniform values are computed once for neighbouring rows that agree in all uniform addresses.
   *
   * @param table byte offset of the table, a multiple of 4.
   */
  run(table: number, rows: number): void;
  /** Number of uint32 in a row. */
  readonly rowLength: number;
  /** The kernel's code, for another thread that has the same memory. */
  readonly module: WebAssembly.Module;
}

/** A program's value types, in order. Throws a RangeError when an op refers to a value that is not yet defined. */
export function valueTypes(program: FusedProgram): DType[] {
  const types = program.inputs.map((x) => x.dtype);
  for (const op of program.ops) {
    for (const arg of op.args) {
      if (!(arg >= 0 && arg < types.length)) {
        throw new RangeError(`fused program: ${op.op} uses value ${arg} before it is defined`);
      }
    }
    types.push(op.dtype);
  }
  for (const { value } of [...program.outputs, ...(program.reductions ?? [])]) {
    if (!(value >= 0 && value < types.length)) {
      throw new RangeError(`fused program: output value ${value} does not exist`);
    }
  }
  return types;
}

/** Which values are the same for all lanes: uniform inputs, constants, and what is computed from them alone. */
export function uniformValues(program: FusedProgram): boolean[] {
  const uniform = program.inputs.map((x) => x.uniform);
  for (const op of program.ops) uniform.push(op.args.every((arg) => uniform[arg]));
  return uniform;
}
