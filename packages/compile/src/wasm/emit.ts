import type { Code } from "../fused/assembler.ts";
import type { Operation } from "../fused/program.ts";
import { emitScalar, loadScalar, scalarType, storeScalar } from "../fused/scalar.ts";
import { emitVector, extractLane, loadVector, storeVector } from "../fused/vector.ts";
import { byteWidth } from "../tensor.ts";
import { Addresses } from "./addresses.ts";
import type { LoopKernel, Store } from "./kernel.ts";
import { type Loop, planNest } from "./nest.ts";
import { Sums } from "./sums.ts";
import { type Section, Values, vectorOf } from "./values.ts";
import type { View } from "./view.ts";

/** Where the elements of a store are: in a scalar local, or in one vector local per unrolled copy. */
interface Source {
  readonly scalar: number;
  readonly vector: (copy: number) => number;
}

/** Subexpressions beyond which unrolling costs more registers than it saves time. */
const unrollLimit = 40;

/** Emits the loops of a kernel. `slotAddress` says where the address of a moving buffer is kept in memory. */
export function emitKernel(code: Code, kernel: LoopKernel, slotAddress: (slot: number) => number): void {
  const { loops, lanes } = planNest(kernel);
  const outer = loops.filter((x) => !x.reduce).length;
  const hasReduction = loops.length > outer;
  const vectorLoop = loops.find((x) => x.vector);
  const copies = vectorLoop === undefined ? 0 : hasReduction ? 4 : 2;
  const storesLanes = vectorLoop !== undefined && !vectorLoop.reduce;

  const addresses = new Addresses(code, loops, slotAddress);
  const values = new Values(code, addresses, lanes, copies);
  const stores = kernel.stores.map((store) => {
    if (store.needed) addresses.declareStore(store.view);
    const value = values.define(store.expr);
    if (store.mode === "set" && !hasReduction) values.forward(store.view, value);
    values.wantLanes(value);
    return { store, value };
  });
  const [only] = stores as [(typeof stores)[number]];
  const kind = vectorLoop === undefined ? "none" : vectorLoop.reduce ? "across" : "lanes";
  const sums = hasReduction
    ? new Sums(code, kernel.reduceOp ?? "sum", only.value.expr.dtype, lanes, copies, kind)
    : undefined;

  const storeOne = ({ view, mode }: Store, address: number, scalar: number) => {
    const { dtype } = view.buffer;
    code.get(address);
    if (mode === "add") {
      const old = code.local(scalarType(dtype));
      code.get(address);
      loadScalar(code, dtype);
      code.set(old);
      emitScalar(code, addition(view), [old, scalar], [dtype, dtype]);
    } else code.get(scalar);
    storeScalar(code, dtype);
  };
  const storeMany = ({ view, mode }: Store, address: number, source: Source, section: Section) => {
    const { dtype } = view.buffer;
    const stride = addresses.laneStride(view);
    for (let copy = 0; copy < section.copies; copy++) {
      const first = copy * lanes;
      let vector = source.vector(copy);
      if (mode === "add") {
        const [old, sum] = [code.local("v128"), code.local("v128")];
        code.get(address);
        loadVector(code, dtype, lanes, first * byteWidth(dtype), section.single);
        code.set(old);
        emitVector(code, addition(view), [old, vector], [dtype, dtype], lanes);
        code.set(sum);
        vector = sum;
      }
      if (stride === 1) {
        code.get(address);
        storeVector(code, dtype, lanes, first * byteWidth(dtype), section.single, vector);
        continue;
      }
      for (let lane = 0; lane < (section.single ? 1 : lanes); lane++) {
        const bytes = (first + lane) * stride * byteWidth(dtype);
        code.get(address).i32(bytes).op("i32.add");
        extractLane(code, dtype, vector, lane);
        storeScalar(code, dtype);
      }
    }
  };
  const emitStore = (store: Store, source: Source, section: Section) => {
    const write = () => {
      const address = code.local("i32");
      addresses.pushStore(store.view);
      code.set(address);
      if (storesLanes) storeMany(store, address, source, section);
      else storeOne(store, address, source.scalar);
    };
    if (store.view.terms.length === 0) return write();
    store.view.terms.forEach((term, i) => {
      addresses.pushIndex(term);
      code.i32(term.size).op("i32.lt_u");
      if (i > 0) code.op("i32.and");
    });
    code.if(write);
  };

  const openLoop = (depth: number, section: Section) => {
    const loop = loops[depth] as Loop;
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
