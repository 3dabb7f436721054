import type { Code } from "../fused/assembler.ts";
import { loadScalar } from "../fused/scalar.ts";
import { byteWidth, type DType } from "../tensor.ts";
import type { Loop } from "./nest.ts";
import { type Buffer, dependsOn, strideOf, type Term, type View } from "./view.ts";

interface Pointer {
  readonly view: View;
  readonly local: number;
}

interface HoistedTerm {
  readonly term: Term;
  readonly dtype: DType;
  readonly local: number;
}

/**
 * The addresses of a kernel's arrays. Every distinct way of walking through memory has a pointer, which moves with the
 * loops; what index arrays add to it is computed once per iteration of the innermost loop that the index depends on.
 */
export class Addresses {
  readonly #code: Code;
  readonly #loops: readonly Loop[];
  readonly #vectorAxis: number | undefined;
  readonly #slotAddress: (slot: number) => number;
  readonly #buffers = new Map<Buffer, number>();
  readonly #pointers = new Map<string, Pointer>();
  readonly #terms = new Map<string, number>();
  readonly #termsAt = new Map<number, HoistedTerm[]>();

  constructor(code: Code, loops: readonly Loop[], slotAddress: (slot: number) => number) {
    this.#code = code;
    this.#loops = loops;
    this.#vectorAxis = loops.find((x) => x.vector)?.axis;
    this.#slotAddress = slotAddress;
  }

  /** Equal for views that address the same elements in the same iterations. */
  key(view: View): string {
    if (!this.#buffers.has(view.buffer)) this.#buffers.set(view.buffer, this.#buffers.size);
    const strides = this.#loops.map((x) => strideOf(view, x.axis));
    const terms = view.terms.map((term) => `{${this.key(term.view)}*${term.stride}}`);
    return `${this.#buffers.get(view.buffer)}+${view.offset}[${strides}]${terms}`;
  }

  /** The number of loops around the computation of an address. */
  depth(view: View): number {
    return this.#loops.findLastIndex((x) => dependsOn(view, x.axis)) + 1;
  }

  /** True when the address differs from lane to lane. */
  varies(view: View): boolean {
    return this.#vectorAxis !== undefined && dependsOn(view, this.#vectorAxis);
  }

  /** Elements from one lane to the next. */
  laneStride(view: View): number {
    return this.#vectorAxis === undefined ? 0 : strideOf(view, this.#vectorAxis);
  }

  /** True when the lanes lie side by side in memory. */
  isContiguous(view: View): boolean {
    return this.laneStride(view) === 1 && view.terms.every((term) => !this.varies(term.view));
  }

  /** Sets up the pointers of a view that is read. */
  declare(view: View): void {
    this.#pointer(view);
    this.#hoist(view);
  }

  /** Sets up the pointers of a view that is written. */
  declareStore(view: View): void {
    this.#pointer(view);
  }

  /** Pushes the address of an element, `shift` lanes further on. Indices out of range are clamped. */
  push(view: View, shift = 0): void {
    const { dtype } = view.buffer;
    this.#pushPointer(view, shift);
    for (const term of view.terms) {
      const hoisted = this.#terms.get(this.#termKey(term, dtype));
      if (hoisted !== undefined) this.#code.get(hoisted);
      else this.#pushTerm(term, dtype, shift);
      this.#code.op("i32.add");
    }
  }

  /** Pushes the address of a store whose indices are known to be in range. */
  pushStore(view: View): void {
    this.#pushPointer(view, 0);
    for (const term of view.terms) {
      this.pushIndex(term);
      this.#code.i32(term.stride * byteWidth(view.buffer.dtype)).op("i32.mul", "i32.add");
    }
  }

  /** Pushes an element of an index array. */
  pushIndex(term: Term, shift = 0): void {
    this.push(term.view, shift);
    loadScalar(this.#code, term.view.buffer.dtype);
  }

  /** Computes what index arrays add to addresses inside `depth` loops. */
  emitTerms(depth: number): void {
    for (const { term, dtype, local } of this.#termsAt.get(depth) ?? []) {
      this.#pushTerm(term, dtype, 0);
      this.#code.set(local);
    }
  }

  /** Moves all pointers by some iterations of a loop. */
  advance(loop: Loop, iterations: number): void {
    for (const { view, local } of this.#pointers.values()) {
      const bytes = iterations * strideOf(view, loop.axis) * byteWidth(view.buffer.dtype);
      if (bytes !== 0) this.#code.get(local).i32(bytes).op("i32.add").set(local);
    }
  }

  #pointer(view: View): number {
    const id = this.key(view);
    const found = this.#pointers.get(id);
    if (found) return found.local;
    const local = this.#code.local("i32");
    this.#pointers.set(id, { view, local });
    const { slot, address, dtype } = view.buffer;
    const start = view.offset * byteWidth(dtype);
    if (slot === undefined) this.#code.i32((address as number) + start);
    else this.#code.i32(this.#slotAddress(slot)).memory("i32.load").i32(start).op("i32.add");
    this.#code.set(local);
    for (const term of view.terms) this.#pointer(term.view);
    return local;
  }

  #pushPointer(view: View, shift: number): void {
    this.#code.get(this.#pointer(view));
    const moved = shift * this.laneStride(view) * byteWidth(view.buffer.dtype);
    if (moved !== 0) this.#code.i32(moved).op("i32.add");
  }

  #hoist(view: View): void {
    for (const term of view.terms) {
      this.#hoist(term.view);
      const id = this.#termKey(term, view.buffer.dtype);
      if (this.varies(term.view) || this.#terms.has(id)) continue;
      const local = this.#code.local("i32");
      this.#terms.set(id, local);
      const depth = this.depth(term.view);
      const hoisted = { term, dtype: view.buffer.dtype, local };
      this.#termsAt.set(depth, [...(this.#termsAt.get(depth) ?? []), hoisted]);
    }
  }

  #termKey(term: Term, dtype: DType): string {
    return `${this.key(term.view)}*${term.stride * byteWidth(dtype)}<${term.size}`;
  }

  /** Pushes what a term adds to an address: the clamped index times the stride. */
  #pushTerm(term: Term, dtype: DType, shift: number): void {
    const code = this.#code;
    const [index, last] = [code.local("i32"), term.size - 1];
    const isSigned = term.view.buffer.dtype === "int32";
    this.pushIndex(term, shift);
    code
      .tee(index)
      .i32(0)
      .i32(last)
      .get(index)
      .i32(0)
      .op(isSigned ? "i32.lt_s" : "i32.lt_u", "select");
    code.get(index).i32(term.size).op("i32.lt_u", "select");
    code.i32(term.stride * byteWidth(dtype)).op("i32.mul");
  }
}
