import type { Code } from "../fused/assembler.ts";
import type { FusedOp } from "../fused/program.ts";
import { identity } from "../fused/reduction.ts";
import { emitScalar, loadScalar, scalarConstant, scalarType, storeScalar } from "../fused/scalar.ts";
import { emitVector, extractLane, loadVector, splat, storeVector } from "../fused/vector.ts";
import { byteWidth, type DType } from "../tensor.ts";
import type { Expr } from "./expr.ts";
import type { Kernel, Store } from "./kernel.ts";
import { type Loop, planNest } from "./nest.ts";
import { type Buffer, dependsOn, strideOf, type Term, type View } from "./view.ts";

/** A distinct subexpression, and the locals that hold it. */
interface Value {
  readonly expr: Expr;
  readonly args: readonly Value[];
  /** Number of loops around its computation. */
  readonly depth: number;
  /** It differs from lane to lane. */
  readonly vector: boolean;
  readonly scalar: number;
  /** One local per unrolled copy. */
  readonly vectors: readonly number[];
}

/** The part of the vector loop that is being emitted: `copies` vectors, or one element in lane 0. */
interface Section {
  readonly copies: number;
  readonly single: boolean;
}

const outside: Section = { copies: 1, single: false };
const combineOps = { sum: "add", prod: "mul", min: "min", max: "max" } as const;

/**
 * Emits the loops of a kernel. `slotAddress` is where a moving buffer's address is kept in memory.
 */
export function emitKernel(code: Code, kernel: Kernel, slotAddress: (slot: number) => number): void {
  const { loops, lanes } = planNest(kernel);
  const outer = loops.filter((x) => !x.reduce).length;
  const hasReduction = loops.length > outer;
  const vectorAxis = loops.find((x) => x.vector)?.axis;
  const widest = hasReduction ? 4 : 2;

  // Pointers: one local for every distinct way of walking through memory.
  const keys = new Map<Buffer, number>();
  const key = (view: View): string => {
    const { buffer, offset, terms } = view;
    if (!keys.has(buffer)) keys.set(buffer, keys.size);
    const strides = loops.map((x) => strideOf(view, x.axis));
    return `${keys.get(buffer)}+${offset}[${strides}]${terms.map((t) => `{${key(t.view)}*${t.stride}}`)}`;
  };
  const pointers = new Map<string, { readonly view: View; readonly local: number }>();
  const pointer = (view: View): number => {
    const id = key(view);
    let found = pointers.get(id);
    if (found === undefined) {
      found = { view, local: code.local("i32") };
      pointers.set(id, found);
      const { slot, address } = view.buffer;
      const start = view.offset * byteWidth(view.buffer.dtype);
      if (slot !== undefined) code.i32(slotAddress(slot)).memory("i32.load").i32(start).op("i32.add");
      else code.i32((address as number) + start);
      code.set(found.local);
      for (const term of view.terms) pointer(term.view);
    }
    return found.local;
  };
  const depthOf = (view: View): number => {
    const own = loops.findLastIndex((x) => dependsOn(view, x.axis));
    return own + 1;
  };
  const onVectorAxis = (view: View) => vectorAxis !== undefined && dependsOn(view, vectorAxis);

  // Values, equal ones once. A load of what an earlier store wrote takes the stored value.
  const values: Value[] = [];
  const known = new Map<string, Value>();
  const wantSplat = new Set<Value>();
  const define = (id: string, expr: Expr, args: readonly Value[], depth: number, vector: boolean): Value => {
    const found = known.get(id);
    if (found) return found;
    const value: Value = {
      expr,
      args,
      depth,
      vector,
      scalar: vector ? -1 : code.local(scalarType(expr.dtype)),
      vectors: Array.from({ length: vectorAxis === undefined ? 0 : vector ? widest : 1 }, () =>
        code.local("v128"),
      ),
    };
    if (vector) for (const arg of args) if (!arg.vector) wantSplat.add(arg);
    values.push(value);
    known.set(id, value);
    return value;
  };
  const evaluate = (expr: Expr): Value => {
    if (expr.kind === "const") {
      const number = Object.is(expr.value, -0) ? "-0" : expr.value;
      return define(`${expr.dtype}:${number}`, expr, [], 0, false);
    }
    if (expr.kind === "load") {
      pointer(expr.view);
      return define(key(expr.view), expr, [], depthOf(expr.view), onVectorAxis(expr.view));
    }
    const args = expr.args.map(evaluate);
    const id = `${expr.op}:${expr.dtype}(${args.map((x) => values.indexOf(x))})`;
    const depth = Math.max(0, ...args.map((x) => x.depth));
    return define(
      id,
      expr,
      args,
      depth,
      args.some((x) => x.vector),
    );
  };
  const stores = kernel.stores.map((store) => {
    if (store.needed) pointer(store.view);
    const value = evaluate(store.expr);
    if (store.mode === "set" && !hasReduction) known.set(key(store.view), value);
    return { ...store, value };
  });
  for (const { value } of stores) if (vectorAxis !== undefined && !value.vector) wantSplat.add(value);

  /** Pushes the index of a term, `shift` iterations of the vector axis further on. */
  const pushIndex = (view: View, shift: number) => {
    pushAddress(view, shift);
    loadScalar(code, view.buffer.dtype);
  };
  /** Pushes what a term adds to an address. Indices out of range are clamped. */
  const pushTerm = (term: Term, dtype: DType, shift: number) => {
    const index = code.local("i32");
    pushIndex(term.view, shift);
    code
      .tee(index)
      .i32(0)
      .i32(term.size - 1)
      .get(index)
      .i32(0);
    code.op(term.view.buffer.dtype === "int32" ? "i32.lt_s" : "i32.lt_u", "select");
    code.get(index).i32(term.size).op("i32.lt_u", "select");
    code.i32(term.stride * byteWidth(dtype)).op("i32.mul");
  };
  const pushAddress = (view: View, shift: number) => {
    const width = byteWidth(view.buffer.dtype);
    code.get(pointer(view));
    const moved = vectorAxis === undefined ? 0 : shift * strideOf(view, vectorAxis) * width;
    if (moved !== 0) code.i32(moved).op("i32.add");
    for (const term of view.terms) {
      const kept = termLocals.get(termKey(term, view));
      if (kept !== undefined) code.get(kept);
      else pushTerm(term, view.buffer.dtype, shift);
      code.op("i32.add");
    }
  };
  // Terms that are equal for all lanes are computed once, as far outside as possible.
  const termKey = (term: Term, view: View) =>
    `${key(term.view)}*${term.stride}:${byteWidth(view.buffer.dtype)}`;
  const termLocals = new Map<string, number>();
  const termsAt = new Map<number, { readonly term: Term; readonly dtype: DType; readonly local: number }[]>();
  const hoistTerms = (view: View) => {
    for (const term of view.terms) {
      hoistTerms(term.view);
      if (onVectorAxis(term.view) || termLocals.has(termKey(term, view))) continue;
      const local = code.local("i32");
      termLocals.set(termKey(term, view), local);
      const depth = depthOf(term.view);
      termsAt.set(depth, [...(termsAt.get(depth) ?? []), { term, dtype: view.buffer.dtype, local }]);
    }
  };
  for (const { expr } of values) if (expr.kind === "load") hoistTerms(expr.view);

  const setSplat = (value: Value) => {
    if (!wantSplat.has(value)) return;
    code.get(value.scalar);
    splat(code, value.expr.dtype);
    code.set(value.vectors[0] as number);
  };
  const vectorLocal = (value: Value, copy: number): number =>
    value.vectors[value.vector ? copy : 0] as number;

  const loadLanes = (view: View, copy: number, section: Section) => {
    const { dtype } = view.buffer;
    const contiguous =
      strideOf(view, vectorAxis as number) === 1 && view.terms.every((term) => !onVectorAxis(term.view));
    if (contiguous) {
      pushAddress(view, 0);
      loadVector(code, dtype, lanes, copy * lanes * byteWidth(dtype), section.single);
      return;
    }
    const count = section.single ? 1 : lanes;
    code.i32x4(0);
    for (let lane = 0; lane < count; lane++) {
      pushAddress(view, copy * lanes + lane);
      loadScalar(code, dtype);
      if (dtype === "bool") {
        const bit = code.local("i32");
        code.set(bit).i32(0).get(bit).op("i32.sub");
      }
      const shape = dtype === "float32" ? "f32x4" : dtype === "float64" ? "f64x2" : "i32x4";
      code.lane(`${shape}.replace_lane`, lane);
    }
  };

  const emitValue = (value: Value, section: Section) => {
    const { expr, args } = value;
    const op = expr as unknown as FusedOp;
    const dtypes = args.map((x) => x.expr.dtype);
    if (!value.vector) {
      if (expr.kind === "const") scalarConstant(code, expr.dtype, expr.value);
      else if (expr.kind === "load") {
        pushAddress(expr.view, 0);
        loadScalar(code, expr.dtype);
      } else {
        emitScalar(
          code,
          op,
          args.map((x) => x.scalar),
          dtypes,
        );
      }
      code.set(value.scalar);
      setSplat(value);
      return;
    }
    for (let copy = 0; copy < section.copies; copy++) {
      if (expr.kind === "load") loadLanes(expr.view, copy, section);
      else
        emitVector(
          code,
          op,
          args.map((x) => vectorLocal(x, copy)),
          dtypes,
          lanes,
        );
      code.set(value.vectors[copy] as number);
    }
  };

  const emitStore = (
    store: Store,
    push: { scalar: () => void; vector: (copy: number) => number },
    section: Section,
  ) => {
    const { view } = store;
    const { dtype } = view.buffer;
    const write = () => {
      const address = code.local("i32");
      pushAddressOfStore(view);
      code.set(address);
      const old: FusedOp = { op: "add", dtype, args: [] };
      if (vectorAxis === undefined || loops.find((x) => x.vector)?.reduce) {
        code.get(address);
        push.scalar();
        if (store.mode === "add") {
          const [a, b] = [code.local(scalarType(dtype)), code.local(scalarType(dtype))];
          code.set(b).get(address);
          loadScalar(code, dtype);
          code.set(a);
          emitScalar(code, old, [a, b], [dtype, dtype]);
        }
        storeScalar(code, dtype);
        return;
      }
      for (let copy = 0; copy < section.copies; copy++) {
        const offset = copy * lanes * byteWidth(dtype);
        let local = push.vector(copy);
        if (store.mode === "add") {
          const [a, sum] = [code.local("v128"), code.local("v128")];
          code.get(address);
          loadVector(code, dtype, lanes, offset, section.single);
          code.set(a);
          emitVector(code, old, [a, local], [dtype, dtype], lanes);
          code.set(sum);
          local = sum;
        }
        const stride = strideOf(view, vectorAxis);
        if (stride === 1) {
          code.get(address);
          storeVector(code, dtype, lanes, offset, section.single, local);
          continue;
        }
        for (let lane = 0; lane < (section.single ? 1 : lanes); lane++) {
          code
            .get(address)
            .i32((copy * lanes + lane) * stride * byteWidth(dtype))
            .op("i32.add");
          extractLane(code, dtype, local, lane);
          storeScalar(code, dtype);
        }
      }
    };
    if (view.terms.length === 0) return write();
    view.terms.forEach((term, i) => {
      pushIndex(term.view, 0);
      code.i32(term.size).op("i32.lt_u");
      if (i > 0) code.op("i32.and");
    });
    code.if(write);
  };
  /** The address of a store whose index terms are known to be in range. */
  const pushAddressOfStore = (view: View) => {
    code.get(pointer(view));
    for (const term of view.terms) {
      pushIndex(term.view, 0);
      code.i32(term.stride * byteWidth(view.buffer.dtype)).op("i32.mul", "i32.add");
    }
  };

  const emitStores = (section: Section) => {
    for (const store of stores) {
      if (!store.needed) continue;
      const { value } = store;
      emitStore(
        store,
        { scalar: () => code.get(value.scalar), vector: (copy) => vectorLocal(value, copy) },
        section,
      );
    }
  };

  // A reduction has one store; its accumulators run over the loops of the reduction.
  const reduced = stores[0] as (typeof stores)[number];
  const dtype = reduced.value.expr.dtype;
  const combine: FusedOp = { op: combineOps[kernel.reduceOp ?? "sum"], dtype, args: [] };
  const start = identity(kernel.reduceOp ?? "sum", dtype);
  const sum = hasReduction ? code.local(scalarType(dtype)) : -1;
  const sums = hasReduction && vectorAxis !== undefined ? [0, 1, 2, 3].map(() => code.local("v128")) : [];
  const acrossLanes = loops.at(-1)?.vector === true && hasReduction;
  const startSums = (section: Section) => {
    scalarConstant(code, dtype, start);
    code.set(sum);
    const count = acrossLanes ? widest : section.copies;
    for (const local of sums.slice(0, count)) {
      code.get(sum);
      splat(code, dtype);
      code.set(local);
    }
  };
  const addToScalar = (push: () => void) => {
    const x = code.local(scalarType(dtype));
    push();
    code.set(x);
    emitScalar(code, combine, [sum, x], [dtype, dtype]);
    code.set(sum);
  };
  const accumulate = (section: Section) => {
    const { value } = reduced;
    if (vectorAxis === undefined) return addToScalar(() => code.get(value.scalar));
    if (acrossLanes && section.single) {
      return addToScalar(() => {
        extractLane(code, dtype, vectorLocal(value, 0), 0);
      });
    }
    for (let copy = 0; copy < section.copies; copy++) {
      const local = sums[copy] as number;
      emitVector(code, combine, [local, vectorLocal(value, copy)], [dtype, dtype], lanes);
      code.set(local);
    }
  };
  const finishSums = (section: Section) => {
    if (acrossLanes) {
      const [a, b, c, d] = sums as [number, number, number, number];
      for (const [x, y] of [
        [a, b],
        [c, d],
        [a, c],
      ] as const) {
        emitVector(code, combine, [x, y], [dtype, dtype], lanes);
        code.set(x);
      }
      for (let lane = 0; lane < lanes; lane++) {
        addToScalar(() => {
          extractLane(code, dtype, a, lane);
        });
      }
    }
    emitStore(reduced, { scalar: () => code.get(sum), vector: (copy) => sums[copy] as number }, section);
  };

  const repeat = (count: number, body: () => void) => {
    if (count === 1) return body();
    const left = code.local("i32");
    code.i32(count).set(left);
    code.loop(() => {
      body();
      code.get(left).i32(1).op("i32.sub").tee(left).brIf(0);
    });
  };
  const advance = (loop: Loop, iterations: number) => {
    for (const { view, local } of pointers.values()) {
      const bytes = iterations * strideOf(view, loop.axis) * byteWidth(view.buffer.dtype);
      if (bytes !== 0) code.get(local).i32(bytes).op("i32.add").set(local);
    }
  };
  const openLoop = (depth: number, section: Section) => {
    const loop = loops[depth] as Loop;
    const parts: { count: number; step: number; section: Section }[] = [];
    if (loop.vector) {
      const vectors = Math.floor(loop.size / lanes);
      const copies = vectors >= widest && values.length <= 40 ? widest : 1;
      const [whole, rest] = [Math.floor(vectors / copies), vectors % copies];
      parts.push({ count: whole, step: copies * lanes, section: { copies, single: false } });
      parts.push({ count: rest, step: lanes, section: { copies: 1, single: false } });
      parts.push({ count: loop.size % lanes, step: 1, section: { copies: 1, single: true } });
    } else parts.push({ count: loop.size, step: 1, section });
    for (const part of parts) {
      if (part.count === 0) continue;
      repeat(part.count, () => {
        visit(depth + 1, part.section);
        advance(loop, part.step);
      });
    }
    if (depth > 0) advance(loop, -loop.size);
  };
  const visit = (depth: number, section: Section) => {
    for (const { term, dtype: width, local } of termsAt.get(depth) ?? []) {
      pushTerm(term, width, 0);
      code.set(local);
    }
    for (const value of values) if (value.depth === depth) emitValue(value, section);
    if (depth === outer && hasReduction) {
      startSums(section);
      openLoop(depth, section);
      finishSums(section);
    } else if (depth < loops.length) openLoop(depth, section);
    else if (hasReduction) accumulate(section);
    else emitStores(section);
  };
  visit(0, outside);
}
