import type { Code } from "../fused/assembler.ts";
import { emitScalar, loadScalar, scalarConstant, scalarType } from "../fused/scalar.ts";
import { type Elementary, elementary } from "../fused/transcendental.ts";
import { emitVector, type Lanes, loadVector, replaceLane, splat } from "../fused/vector.ts";
import { byteWidth } from "../tensor.ts";
import type { Addresses } from "./addresses.ts";
import type { Expr } from "./expr.ts";
import type { View } from "./view.ts";

/** A distinct subexpression, and the locals that hold it. */
export interface Value {
  readonly id: number;
  readonly expr: Expr;
  readonly args: readonly Value[];
  /** Number of loops around its computation. */
  readonly depth: number;
  /** It differs from lane to lane. */
  readonly varies: boolean;
  /** Unless it varies. */
  readonly scalar: number;
  /** One local per unrolled copy; of a value that does not vary, one with equal lanes. */
  readonly vectors: readonly number[];
}

/** The part of the vector loop that is being emitted: `copies` vectors, or one element in lane 0. */
export interface Section {
  readonly copies: number;
  readonly single: boolean;
}

/** The local that holds the lanes of a value. */
export const vectorOf = (value: Value, copy: number): number =>
  value.vectors[value.varies ? copy : 0] as number;

/** The expressions of a kernel, equal ones computed once and each in the outermost loop where that is possible. */
export class Values {
  readonly #code: Code;
  readonly #addresses: Addresses;
  readonly #lanes: Lanes;
  /** Vectors that one pass of the vector loop fills; 0 without a vector loop. */
  readonly #copies: number;
  readonly #all: Value[] = [];
  readonly #known = new Map<string, Value>();
  readonly #splats = new Set<Value>();

  constructor(code: Code, addresses: Addresses, lanes: Lanes, copies: number) {
    this.#code = code;
    this.#addresses = addresses;
    this.#lanes = lanes;
    this.#copies = copies;
  }

  get count(): number {
    return this.#all.length;
  }

  define(expr: Expr): Value {
    if (expr.kind === "const") {
      const number = Object.is(expr.value, -0) ? "-0" : expr.value;
      return this.#intern(`${expr.dtype}:${number}`, expr, [], 0, false);
    }
    if (expr.kind === "load") {
      const { view } = expr;
      const key = this.#addresses.key(view);
      const found = this.#known.get(key);
      if (found) return found;
      this.#addresses.declare(view);
      return this.#intern(key, expr, [], this.#addresses.depth(view), this.#addresses.varies(view));
    }
    const args = expr.args.map((arg) => this.define(arg));
    const depth = Math.max(0, ...args.map((x) => x.depth));
    const varies = args.some((x) => x.varies);
    if (varies) for (const arg of args) this.wantLanes(arg);
    return this.#intern(`${expr.op}:${expr.dtype}(${args.map((x) => x.id)})`, expr, args, depth, varies);
  }

  /** Loads from here take this value instead. */
  forward(view: View, value: Value): void {
    this.#known.set(this.#addresses.key(view), value);
  }

  /** The value is needed in every lane. */
  wantLanes(value: Value): void {
    if (!value.varies && this.#copies > 0) this.#splats.add(value);
  }

  /** Computes the values that belong inside `depth` loops. */
  emit(depth: number, section: Section): void {
    for (const value of this.#all) {
      if (value.depth !== depth) continue;
      if (value.varies) this.#emitVectors(value, section);
      else this.#emitScalar(value);
    }
  }

  #intern(key: string, expr: Expr, args: readonly Value[], depth: number, varies: boolean): Value {
    const found = this.#known.get(key);
    if (found) return found;
    const copies = varies ? this.#copies : Math.min(this.#copies, 1);
    const value: Value = {
      id: this.#all.length,
      expr,
      args,
      depth,
      varies,
      scalar: varies ? -1 : this.#code.local(scalarType(expr.dtype)),
      vectors: Array.from({ length: copies }, () => this.#code.local("v128")),
    };
    this.#all.push(value);
    this.#known.set(key, value);
    return value;
  }

  #emitScalar(value: Value): void {
    const { expr, args, scalar } = value;
    const code = this.#code;
    if (expr.kind === "const") scalarConstant(code, expr.dtype, expr.value);
    else if (expr.kind === "load") {
      const offset = this.#addresses.push(expr.view);
      loadScalar(code, expr.dtype, offset);
    } else if (expr.dtype === "float32" && expr.op in elementary) {
      // As one lane of a vector: sooner done than a call.
      const x = code.local("v128");
      code
        .get((args[0] as Value).scalar)
        .op("f32x4.splat")
        .set(x);
      (elementary[expr.op] as Elementary)(code, x);
      code.lane("f32x4.extract_lane", 0);
    } else {
      const locals = args.map((x) => x.scalar);
      emitScalar(
        code,
        expr,
        locals,
        args.map((x) => x.expr.dtype),
      );
    }
    code.set(scalar);
    if (!this.#splats.has(value)) return;
    code.get(scalar);
    splat(code, expr.dtype);
    code.set(value.vectors[0] as number);
  }

  #emitVectors(value: Value, section: Section): void {
    const { expr, args } = value;
    const dtypes = args.map((x) => x.expr.dtype);
    for (let copy = 0; copy < section.copies; copy++) {
      if (expr.kind === "load") this.#loadLanes(expr.view, copy, section.single);
      else if (expr.kind === "op") {
        const locals = args.map((x) => vectorOf(x, copy));
        const scalars = args.map((x) => x.scalar);
        emitVector(this.#code, expr, locals, dtypes, this.#lanes, scalars);
      }
      this.#code.set(value.vectors[copy] as number);
    }
  }

  #loadLanes(view: View, copy: number, single: boolean): void {
    const { dtype } = view.buffer;
    const first = copy * this.#lanes;
    if (this.#addresses.isContiguous(view)) {
      const offset = this.#addresses.push(view) + first * byteWidth(dtype);
      loadVector(this.#code, dtype, this.#lanes, offset, single);
      return;
    }
    this.#code.i32x4(0);
    for (let lane = 0; lane < (single ? 1 : this.#lanes); lane++) {
      const offset = this.#addresses.push(view, first + lane);
      loadScalar(this.#code, dtype, offset);
      replaceLane(this.#code, dtype, lane);
    }
  }
}
