import type { Code } from "../fused/assembler.ts";
import { loadScalar } from "../fused/scalar.ts";
import { byteWidth, type DType } from "../tensor.ts";
import { isInRange } from "./known.ts";
import type { Loop } from "./nest.ts";
import { type Buffer, dependsOn, strideOf, type Term, type View } from "./view.ts";

/** A distance in memory that moves with the loops. */
interface Pointer {
  /** Bytes by which it moves, for each loop. */
  readonly strides: readonly number[];
  readonly local: number;
}

/** Where an array lies: at a fixed address, which every access contains, plus the pointer, if there is one. */
interface Place {
  readonly base: number;
  readonly pointer?: Pointer;
}

/** Something that an index array determines, computed once per iteration of the loop that the index depends on. */
interface Hoisted {
  readonly local: number;
  readonly emit: () => void;
}

/**
 * The addresses of a kernel's arrays. Arrays that are walked through alike share a pointer, which moves with the loops;
 * what index arrays add to it is computed once per iteration of the innermost loop that the index depends on.
 */
export class Addresses {
  readonly #code: Code;
  readonly #loops: readonly Loop[];
  readonly #vectorAxis: number | undefined;
  readonly #slotAddress: (slot: number) => number;
  readonly #buffers = new Map<Buffer, number>();
  readonly #places = new Map<string, Place>();
  readonly #pointers = new Map<string, Pointer>();
  readonly #hoisted = new Map<string, Hoisted>();
  readonly #hoistedAt = new Map<number, Hoisted[]>();
  /** What index arrays add in single lanes, computed since the innermost loop around began. */
  readonly #lanes = new Map<string, number>();

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
    this.#place(view);
    for (const term of view.terms) {
      this.declare(term.view);
      if (this.varies(term.view)) continue;
      const index = this.#hoistIndex(term);
      this.#hoist(this.#termKey(term, view.buffer.dtype), this.depth(term.view), () => {
        this.#code.get(index);
        this.#clampAndScale(term, view.buffer.dtype);
      });
    }
  }

  /** Sets up the pointers of a view that is written. */
  declareStore(view: View): void {
    this.#place(view);
    for (const term of view.terms) {
      this.declare(term.view);
      this.#hoistIndex(term);
    }
  }

  /**
   * Pushes the address of an element, `shift` lanes further on, to which the access must add the bytes returned.
   * Indices out of range are clamped.
   */
  push(view: View, shift = 0): number {
    const { dtype } = view.buffer;
    const { base, pointer } = this.#place(view);
    let offset = base + shift * this.laneStride(view) * byteWidth(dtype);
    let pushed = false;
    const add = () => {
      if (pushed) this.#code.op("i32.add");
      pushed = true;
    };
    if (pointer) {
      this.#code.get(pointer.local);
      add();
    }
    for (const term of view.terms) {
      const hoisted = this.#hoisted.get(this.#termKey(term, dtype));
      if (hoisted !== undefined) this.#code.get(hoisted.local);
      else this.#pushLane(term, dtype, shift);
      add();
    }
    if (!pushed || offset < 0) {
      this.#code.i32(offset);
      add();
      offset = 0;
    }
    return offset;
  }

  /** Pushes whether the element of a store exists; false when that is certain, and nothing is pushed. */
  pushExists(view: View): boolean {
    const unsure = view.terms.filter((term) => !isInRange(term));
    unsure.forEach((term, i) => {
      this.#code.get(this.#hoistIndex(term)).i32(term.size).op("i32.lt_u");
      if (i > 0) this.#code.op("i32.and");
    });
    return unsure.length > 0;
  }

  /** Pushes the address of a store to an element that exists; like `push`. */
  pushStore(view: View): number {
    const { base, pointer } = this.#place(view);
    const code = this.#code;
    if (pointer) code.get(pointer.local);
    else code.i32(0);
    for (const term of view.terms) {
      const scale = term.stride * byteWidth(view.buffer.dtype);
      code.get(this.#hoistIndex(term)).i32(scale).op("i32.mul", "i32.add");
    }
    return base;
  }

  /** Pushes what a term that differs from lane to lane adds to an address. */
  #pushLane(term: Term, dtype: DType, shift: number): void {
    const id = `${this.#termKey(term, dtype)}@${shift}`;
    const found = this.#lanes.get(id);
    if (found !== undefined) {
      this.#code.get(found);
      return;
    }
    this.#loadIndex(term, shift);
    this.#clampAndScale(term, dtype);
    const local = this.#code.local("i32");
    this.#code.tee(local);
    this.#lanes.set(id, local);
  }

  /** Computes what index arrays determine inside `depth` loops. */
  emitTerms(depth: number): void {
    this.#lanes.clear();
    for (const { local, emit } of this.#hoistedAt.get(depth) ?? []) {
      emit();
      this.#code.set(local);
    }
  }

  /** Moves all pointers by some iterations of a loop. */
  advance(loop: Loop, iterations: number): void {
    const i = this.#loops.indexOf(loop);
    for (const { strides, local } of this.#pointers.values()) {
      const bytes = iterations * (strides[i] as number);
      if (bytes !== 0) this.#code.get(local).i32(bytes).op("i32.add").set(local);
    }
  }

  /** Moves all pointers back by as many iterations of a loop as a local says. */
  retreat(loop: Loop, iterations: number): void {
    const i = this.#loops.indexOf(loop);
    for (const { strides, local } of this.#pointers.values()) {
      const bytes = strides[i] as number;
      if (bytes === 0) continue;
      this.#code.get(local, iterations).i32(bytes).op("i32.mul", "i32.sub").set(local);
    }
  }

  #place(view: View): Place {
    const id = this.key(view);
    const found = this.#places.get(id);
    if (found) return found;
    const { slot, address, dtype } = view.buffer;
    const start = view.offset * byteWidth(dtype);
    const strides = this.#loops.map((x) => strideOf(view, x.axis) * byteWidth(dtype));
    // The sum of pointer and base does not wrap around: a pointer that can become negative contains its base.
    const ascends = [...strides, ...view.terms.map((term) => term.stride)].every((stride) => stride >= 0);
    let place: Place;
    if (slot !== undefined) {
      const init = () => this.#code.i32(this.#slotAddress(slot)).memory("i32.load").i32(start).op("i32.add");
      place = { base: 0, pointer: this.#pointer(id, strides, init) };
    } else if (!ascends) {
      const init = () => this.#code.i32((address as number) + start);
      place = { base: 0, pointer: this.#pointer(id, strides, init) };
    } else {
      const base = (address as number) + start;
      const moves = strides.some((stride) => stride !== 0);
      place = {
        base,
        ...(moves && { pointer: this.#pointer(`[${strides}]`, strides, () => this.#code.i32(0)) }),
      };
    }
    this.#places.set(id, place);
    return place;
  }

  #pointer(id: string, strides: readonly number[], init: () => void): Pointer {
    const found = this.#pointers.get(id);
    if (found) return found;
    const pointer = { strides, local: this.#code.local("i32") };
    init();
    this.#code.set(pointer.local);
    this.#pointers.set(id, pointer);
    return pointer;
  }

  #hoist(id: string, depth: number, emit: () => void): number {
    const found = this.#hoisted.get(id);
    if (found) return found.local;
    const hoisted = { local: this.#code.local("i32"), emit };
    this.#hoisted.set(id, hoisted);
    this.#hoistedAt.set(depth, [...(this.#hoistedAt.get(depth) ?? []), hoisted]);
    return hoisted.local;
  }

  #hoistIndex(term: Term): number {
    return this.#hoist(this.key(term.view), this.depth(term.view), () => this.#loadIndex(term));
  }

  #termKey(term: Term, dtype: DType): string {
    return `${this.key(term.view)}*${term.stride * byteWidth(dtype)}<${term.size}`;
  }

  #loadIndex({ view }: Term, shift = 0): void {
    const offset = this.push(view, shift);
    loadScalar(this.#code, view.buffer.dtype, offset);
  }

  /** Turns the index on the stack into what it adds to an address: the clamped index times the stride. */
  #clampAndScale(term: Term, dtype: DType): void {
    const code = this.#code;
    if (!isInRange(term)) {
      const [index, last] = [code.local("i32"), term.size - 1];
      const isSigned = term.view.buffer.dtype === "int32";
      code
        .tee(index)
        .i32(0)
        .i32(last)
        .get(index)
        .i32(0)
        .op(isSigned ? "i32.lt_s" : "i32.lt_u", "select");
      code.get(index).i32(term.size).op("i32.lt_u", "select");
    }
    code.i32(term.stride * byteWidth(dtype)).op("i32.mul");
  }
}
