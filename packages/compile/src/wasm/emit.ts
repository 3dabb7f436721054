import type { Code } from "../fused/assembler.ts";
import type { Operation } from "../fused/program.ts";
import { emitScalar, loadScalar, scalarType, storeScalar } from "../fused/scalar.ts";
import { emitVector, extractLane, loadVector, storeVector } from "../fused/vector.ts";
import { byteWidth } from "../tensor.ts";
import { Addresses } from "./addresses.ts";
import type { LoopKernel, Store } from "./kernel.ts";
import { type Loop, planNest } from "./nest.ts";
import { withinLimit } from "./ragged.ts";
import { Sums } from "./sums.ts";
import { type Section, type Value, Values, vectorOf } from "./values.ts";
import type { View } from "./view.ts";

/** Where the elements of a store are: in a scalar local, or in one vector local per unrolled copy. */
interface Source {
  readonly scalar: number;
  readonly vector: (copy: number) => number;
}

/** An address in two parts: a local, and bytes that every access adds. */
interface Address {
  readonly local: number;
  readonly offset: number;
}

/** Subexpressions beyond which unrolling costs more registers than it saves time. */
const unrollLimit = 40;

/** Emits the loops of a kernel. `slotAddress` says where the address of a moving buffer is kept in memory. */
export function emitKernel(code: Code, kernel: LoopKernel, slotAddress: (slot: number) => number): void {
  const { loops, lanes } = planNest(kernel);
  const outer = loops.filter((x) => !x.reduce).length;
  const hasReduction = loops.length > outer;
  const vectorLoop = loops.find((x) => x.vector);
  const limited = loops.find((x) => x.limited);
  // A loop that may end early is short.
  const copies = vectorLoop === undefined ? 0 : vectorLoop.limited ? 1 : hasReduction ? 4 : 2;
  const storesLanes = vectorLoop !== undefined && !vectorLoop.reduce;

  const addresses = new Addresses(code, loops, slotAddress);
  const values = new Values(code, addresses, lanes, copies);
  const limit = limited && kernel.limit;
  const count = limit && values.define(limit.count);
  const stores = kernel.stores.map((store) => {
    if (store.needed) addresses.declareStore(store.view);
    const value = values.define(limit && !limited.vector ? withinLimit(store.expr, limit) : store.expr);
    if (store.mode === "set" && !hasReduction) values.forward(store.view, value);
    values.wantLanes(value);
    return { store, value };
  });
  const [only] = stores as [(typeof stores)[number]];
  const kind = vectorLoop === undefined ? "none" : vectorLoop.reduce ? "across" : "lanes";
  const sums = hasReduction
    ? new Sums(code, kernel.reduceOp ?? "sum", only.value.expr.dtype, lanes, copies, kind)
    : undefined;

  const storeOne = ({ view, mode }: Store, { local, offset }: Address, scalar: number) => {
    const { dtype } = view.buffer;
    code.get(local);
    if (mode === "add") {
      const old = code.local(scalarType(dtype));
      code.get(local);
      loadScalar(code, dtype, offset);
      code.set(old);
      emitScalar(code, addition(view), [old, scalar], [dtype, dtype]);
    } else code.get(scalar);
    storeScalar(code, dtype, offset);
  };
  const storeMany = ({ view, mode }: Store, { local, offset }: Address, source: Source, section: Section) => {
    const { dtype } = view.buffer;
    const stride = addresses.laneStride(view);
    for (let copy = 0; copy < section.copies; copy++) {
      const first = copy * lanes;
      let vector = source.vector(copy);
      if (mode === "add") {
        const [old, sum] = [code.local("v128"), code.local("v128")];
        code.get(local);
        loadVector(code, dtype, lanes, offset + first * byteWidth(dtype), section.single);
        code.set(old);
        emitVector(code, addition(view), [old, vector], [dtype, dtype], lanes);
        code.set(sum);
        vector = sum;
      }
      if (stride === 1) {
        code.get(local);
        storeVector(code, dtype, lanes, offset + first * byteWidth(dtype), section.single, vector);
        continue;
      }
      for (let lane = 0; lane < (section.single ? 1 : lanes); lane++) {
        const bytes = (first + lane) * stride * byteWidth(dtype);
        code.get(local).i32(bytes).op("i32.add");
        extractLane(code, dtype, vector, lane);
        storeScalar(code, dtype, offset);
      }
    }
  };
  const emitStore = (store: Store, source: Source, section: Section) => {
    const write = () => {
      const local = code.local("i32");
      const offset = addresses.pushStore(store.view);
      code.set(local);
      if (storesLanes) storeMany(store, { local, offset }, source, section);
      else storeOne(store, { local, offset }, source.scalar);
    };
    if (addresses.pushExists(store.view)) code.if(write);
    else write();
  };

  const openLimited = (loop: Loop, depth: number, section: Section) => {
    const [wanted, done] = [code.local("i32"), code.local("i32")];
    const pass = (step: number, section: Section) => {
      visit(depth + 1, section);
      addresses.advance(loop, step);
    };
    code
      .get((count as Value).scalar)
      .i32(0)
      .get((count as Value).scalar)
      .i32(0)
      .op("i32.gt_s", "select")
      .tee(wanted);
    code.i32(loop.size).get(wanted).i32(loop.size).op("i32.lt_s", "select").set(wanted);
    if (!loop.vector) {
      repeatUpTo(code, wanted, () => pass(1, section));
      if (depth > 0) addresses.retreat(loop, wanted);
      return;
    }
    // Whole vectors: the mask is part of the expression. What is left of the size follows one by one.
    const [vectors, left] = [Math.floor(loop.size / lanes), loop.size % lanes];
    code
      .get(wanted)
      .i32(lanes - 1)
      .op("i32.add")
      .i32(Math.log2(lanes))
      .op("i32.shr_u")
      .tee(done);
    code.i32(vectors).get(done).i32(vectors).op("i32.lt_s", "select").set(done);
    repeatUpTo(code, done, () => pass(lanes, { copies: 1, single: false }));
    code.get(done).i32(lanes).op("i32.mul").set(done);
    if (left > 0) {
      code
        .get(wanted)
        .i32(vectors * lanes)
        .op("i32.gt_s");
      code.if(() => {
        repeat(code, left, () => pass(1, { copies: 1, single: true }));
        code.i32(loop.size).set(done);
      });
    }
    if (depth > 0) addresses.retreat(loop, done);
  };
  const openLoop = (depth: number, section: Section) => {
    const loop = loops[depth] as Loop;
    if (loop.limited) return openLimited(loop, depth, section);
    for (const part of partsOf(loop, lanes, values.count > unrollLimit ? 1 : copies, section)) {
      repeat(code, part.count, () => {
        visit(depth + 1, part.section);
        addresses.advance(loop, part.step);
      });
    }
    if (depth > 0) addresses.advance(loop, -loop.size);
  };
  const visit = (depth: number, section: Section) => {
    addresses.emitTerms(depth);
    values.emit(depth, section);
    if (sums !== undefined && depth === outer) {
      sums.start(section);
      openLoop(depth, section);
      sums.finish();
      const vector = (copy: number) => sums.vectors[copy] as number;
      emitStore(only.store, { scalar: sums.scalar, vector }, section);
    } else if (depth < loops.length) openLoop(depth, section);
    else if (sums !== undefined) sums.add(only.value, section);
    else {
      for (const { store, value } of stores) {
        const vector = (copy: number) => vectorOf(value, copy);
        if (store.needed) emitStore(store, { scalar: value.scalar, vector }, section);
      }
    }
  };
  visit(0, { copies: 1, single: false });
}

const addition = (view: View): Operation => ({ op: "add", dtype: view.buffer.dtype });

/** A loop in parts: of a vector loop unrolled vectors, then single vectors, then single elements. */
function partsOf(
  { vector, size }: Loop,
  lanes: number,
  copies: number,
  section: Section,
): { count: number; step: number; section: Section }[] {
  if (!vector) return size === 0 ? [] : [{ count: size, step: 1, section }];
  const vectors = Math.floor(size / lanes);
  return [
    { count: Math.floor(vectors / copies), step: copies * lanes, section: { copies, single: false } },
    { count: vectors % copies, step: lanes, section: { copies: 1, single: false } },
    { count: size % lanes, step: 1, section: { copies: 1, single: true } },
  ].filter((part) => part.count > 0);
}

/** Repeats the body as often as a local says. */
function repeatUpTo(code: Code, count: number, body: () => void): void {
  const left = code.local("i32");
  code.get(count).tee(left);
  code.if(() => {
    code.loop(() => {
      body();
      code.get(left).i32(1).op("i32.sub").tee(left).brIf(0);
    });
  });
}

function repeat(code: Code, count: number, body: () => void): void {
  if (count === 1) {
    body();
    return;
  }
  const left = code.local("i32");
  code.i32(count).set(left);
  code.loop(() => {
    body();
    code.get(left).i32(1).op("i32.sub").tee(left).brIf(0);
  });
}
