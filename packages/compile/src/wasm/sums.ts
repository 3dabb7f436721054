import type { Code } from "../fused/assembler.ts";
import type { Operation } from "../fused/program.ts";
import { identity } from "../fused/reduction.ts";
import { emitScalar, scalarConstant, scalarType } from "../fused/scalar.ts";
import { emitVector, extractLane, type Lanes, splat } from "../fused/vector.ts";
import type { DType } from "../tensor.ts";
import type { ReduceOp } from "./kernel.ts";
import { type Section, type Value, vectorOf } from "./values.ts";

const combineOps = { sum: "add", prod: "mul", min: "min", max: "max" } as const;

/**
 * The accumulators of a reduction. "lanes": every lane is a result of its own. "across": the lanes are parts of one
 * result, joined at the end. "none": no vectors.
 */
export class Sums {
  readonly scalar: number;
  readonly vectors: readonly number[];
  readonly #code: Code;
  readonly #op: ReduceOp;
  readonly #dtype: DType;
  readonly #lanes: Lanes;
  readonly #kind: "lanes" | "across" | "none";

  constructor(
    code: Code,
    op: ReduceOp,
    dtype: DType,
    lanes: Lanes,
    copies: number,
    kind: "lanes" | "across" | "none",
  ) {
    this.#code = code;
    this.#op = op;
    this.#dtype = dtype;
    this.#lanes = lanes;
    this.#kind = kind;
    this.scalar = code.local(scalarType(dtype));
    this.vectors = Array.from({ length: kind === "none" ? 0 : copies }, () => code.local("v128"));
  }

  start(section: Section): void {
    const code = this.#code;
    scalarConstant(code, this.#dtype, identity(this.#op, this.#dtype));
    code.set(this.scalar);
    const used = this.#kind === "across" ? this.vectors : this.vectors.slice(0, section.copies);
    for (const local of used) {
      code.get(this.scalar);
      splat(code, this.#dtype);
      code.set(local);
    }
  }

  add(value: Value, section: Section): void {
    if (this.#kind === "none") this.#addScalar(() => this.#code.get(value.scalar));
    else if (this.#kind === "across" && section.single) this.#addLane(vectorOf(value, 0), 0);
    else {
      for (let copy = 0; copy < section.copies; copy++) {
        this.#join(this.vectors[copy] as number, vectorOf(value, copy));
      }
    }
  }

  /** Afterwards `scalar` holds the result, or of "lanes" the vectors do. */
  finish(): void {
    if (this.#kind !== "across") return;
    const [first, ...rest] = this.vectors as [number, ...number[]];
    for (const other of rest) this.#join(first, other);
    for (let lane = 0; lane < this.#lanes; lane++) this.#addLane(first, lane);
  }

  #addLane(vector: number, lane: number): void {
    this.#addScalar(() => extractLane(this.#code, this.#dtype, vector, lane));
  }

  #addScalar(push: () => void): void {
    const x = this.#code.local(scalarType(this.#dtype));
    push();
    this.#code.set(x);
    emitScalar(this.#code, this.#combine, [this.scalar, x], [this.#dtype, this.#dtype]);
    this.#code.set(this.scalar);
  }

  #join(into: number, vector: number): void {
    emitVector(this.#code, this.#combine, [into, vector], [this.#dtype, this.#dtype], this.#lanes);
    this.#code.set(into);
  }

  get #combine(): Operation {
    return { op: combineOps[this.#op], dtype: this.#dtype };
  }
}
