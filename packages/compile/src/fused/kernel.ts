import { byteWidth, type DType } from "../tensor.ts";
import { Code, encodeModule } from "./assembler.ts";
import { hostImports, importObject } from "./host.ts";
import { type FusedKernel, type FusedOp, type FusedProgram, uniformValues, valueTypes } from "./program.ts";
import { type Accumulator, addLanes, finish, newAccumulator, reset } from "./reduction.ts";
import { emitScalar, loadScalar, scalarConstant, scalarType, storeScalar } from "./scalar.ts";
import { simplifyProgram } from "./simplify.ts";
import { emitVector, lanesOf, loadVector, splat, storeVector } from "./vector.ts";

/** Vectors handled by one pass through the main loop. */
const unroll = 2;

/**
 * Compiles an elementwise program to one WebAssembly function over `memory`, which may be shared.
 *
 * @throws RangeError when an op uses a value before its definition, TypeError when an op lacks its dtype.
 */
export function compileFused(program: FusedProgram, memory: WebAssembly.Memory): FusedKernel {
  const code = fusedCode(simplifyProgram(program));
  const module = new WebAssembly.Module(encodeModule(memory, hostImports, { run: code }));
  const instance = new WebAssembly.Instance(module, importObject(memory));
  const run = instance.exports.run as (table: number, rows: number) => void;
  return { run, rowLength: rowLength(program), module };
}

const rowLength = (p: FusedProgram): number =>
  1 + p.inputs.length + p.outputs.length + (p.reductions?.length ?? 0);

function fusedCode(program: FusedProgram): Code {
  const code = new Code(["i32", "i32"]);
  const [row, rows] = [0, 1];
  const types = valueTypes(program);
  const uniform = uniformValues(program);
  for (const out of program.outputs) {
    if (out.uniform && !uniform[out.value]) {
      throw new RangeError(
        `fused program: value ${out.value} differs from lane to lane; it has no uniform output`,
      );
    }
  }
  const reductions = program.reductions ?? [];
  const lanes = lanesOf(types);
  const stride = 4 * rowLength(program);
  const firstOutput = 1 + program.inputs.length;
  const firstReduction = firstOutput + program.outputs.length;
  const defined = program.ops.map((op, i) => ({ op, value: program.inputs.length + i }));
  const varying = new Set<number>();
  defined.forEach(({ op, value }) => {
    if (!uniform[value]) for (const arg of op.args) varying.add(arg);
  });
  for (const out of [...program.outputs.filter((x) => !x.uniform), ...reductions]) varying.add(out.value);

  // Scalar locals of the uniform values, and their splats where lanes need them.
  const scalars = types.map((dtype, i) => (uniform[i] ? code.local(scalarType(dtype)) : -1));
  const splats = types.map((_, i) => (uniform[i] && varying.has(i) ? code.local("v128") : -1));
  const accumulators = reductions.map((r): Accumulator => newAccumulator(code, r, types[r.value] as DType));
  const remaining = code.local("i32");

  const computeUniforms = () => {
    program.inputs.forEach((input, i) => {
      if (!input.uniform) return;
      code.get(row).memory("i32.load", 4 * (1 + i));
      loadScalar(code, input.dtype);
      code.set(scalars[i] as number);
    });
    for (const { op, value } of defined) {
      if (!uniform[value]) continue;
      if (op.op === "const") scalarConstant(code, op.dtype, op.value ?? 0);
      else emitScalar(code, op, pick(scalars, op), pick(types, op));
      code.set(scalars[value] as number);
    }
    types.forEach((dtype, i) => {
      if ((splats[i] as number) < 0) return;
      code.get(scalars[i] as number);
      splat(code, dtype);
      code.set(splats[i] as number);
    });
    program.outputs.forEach((out, i) => {
      if (!out.uniform) return;
      code.get(row).memory("i32.load", 4 * (firstOutput + i));
      code.get(scalars[out.value] as number);
      storeScalar(code, types[out.value] as DType);
    });
  };
  const uniformSlots = [
    ...program.inputs.flatMap((x, i) => (x.uniform ? [1 + i] : [])),
    ...program.outputs.flatMap((x, i) => (x.uniform ? [firstOutput + i] : [])),
  ];

  // Every stream of elements has a pointer that moves through memory.
  const streams = [
    ...program.inputs.flatMap((x, i) => (x.uniform ? [] : [{ slot: 1 + i, dtype: x.dtype, value: i }])),
    ...program.outputs.flatMap((x, i) =>
      x.uniform ? [] : [{ slot: firstOutput + i, dtype: types[x.value] as DType, value: x.value }],
    ),
  ].map((stream) => ({ ...stream, pointer: code.local("i32"), isInput: stream.slot < firstOutput }));

  const vectors = (copy: number): number[] =>
    types.map((_, i) => (uniform[i] ? (splats[i] as number) : (copies[copy] as number[])[i]!));
  const copies = Array.from({ length: unroll }, () =>
    types.map((_, i) => (uniform[i] ? -1 : code.local("v128"))),
  );

  /** Handles `count` vectors, or with `single` one element in lane 0, and moves the pointers on. */
  const body = (count: number, single: boolean) => {
    const offset = (dtype: DType, copy: number) => copy * lanes * byteWidth(dtype);
    for (let copy = 0; copy < count; copy++) {
      const locals = vectors(copy);
      for (const { pointer, dtype, value, isInput } of streams) {
        if (!isInput) continue;
        code.get(pointer);
        loadVector(code, dtype, lanes, offset(dtype, copy), single);
        code.set(locals[value] as number);
      }
    }
    for (const { op, value } of defined) {
      if (uniform[value]) continue;
      for (let copy = 0; copy < count; copy++) {
        const locals = vectors(copy);
        emitVector(code, op, pick(locals, op), pick(types, op), lanes, pick(scalars, op));
        code.set(locals[value] as number);
      }
    }
    for (let copy = 0; copy < count; copy++) {
      const locals = vectors(copy);
      for (const { pointer, dtype, value, isInput } of streams) {
        if (isInput) continue;
        code.get(pointer);
        storeVector(code, dtype, lanes, offset(dtype, copy), single, locals[value] as number);
      }
      accumulators.forEach((acc, i) => {
        addLanes(
          code,
          acc,
          locals[(reductions[i] as { value: number }).value] as number,
          lanes,
          copy,
          single,
        );
      });
    }
    for (const { pointer, dtype } of streams) {
      const bytes = (single ? 1 : count * lanes) * byteWidth(dtype);
      code.get(pointer).i32(bytes).op("i32.add").set(pointer);
    }
  };

  /** Runs `body` while at least `step` elements remain. */
  const whileRemaining = (step: number, loopBody: () => void) => {
    code.block(() => {
      code.get(remaining).i32(step).op("i32.lt_u").brIf(0);
      code.loop(() => {
        loopBody();
        code.get(remaining).i32(step).op("i32.sub").tee(remaining).i32(step).op("i32.ge_u").brIf(0);
      });
    });
  };

  const first = code.local("i32");
  code.i32(1).set(first);
  code.block(() => {
    code.get(rows).op("i32.eqz").brIf(0);
    code.loop(() => {
      code.get(first);
      for (const slot of uniformSlots) {
        // Once past the first row, compare with the row before.
        code.get(row).memory("i32.load", 4 * slot);
        code.get(row, row).i32(stride).op("i32.sub").get(first).op("select");
        code.memory("i32.load", 4 * slot).op("i32.ne", "i32.or");
      }
      code.if(computeUniforms);
      code.i32(0).set(first);
      code.get(row).memory("i32.load").set(remaining);
      for (const { pointer, slot } of streams)
        code
          .get(row)
          .memory("i32.load", 4 * slot)
          .set(pointer);
      for (const acc of accumulators) reset(code, acc);
      if (streams.length + accumulators.length > 0) {
        whileRemaining(unroll * lanes, () => body(unroll, false));
        whileRemaining(1, () => body(1, true));
      }
      accumulators.forEach((acc, i) => {
        code.get(row).memory("i32.load", 4 * (firstReduction + i));
        finish(code, acc, lanes);
      });
      code.get(rows).i32(1).op("i32.sub").tee(rows);
      code.if(() => {
        code.get(row).i32(stride).op("i32.add").set(row);
      });
      code.get(rows).brIf(0);
    });
  });
  return code;
}

const pick = <T>(values: readonly T[], op: FusedOp): T[] => op.args.map((arg) => values[arg] as T);
