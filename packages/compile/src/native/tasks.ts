import { compileFused, type FusedOpName, type FusedProgram, type FusedReduction } from "../fused/index.ts";
import { valueTypes } from "../fused/program.ts";
import { identity, runningType } from "../fused/reduction.ts";
import type { Value } from "../graph.ts";
import { arrayTypes, byteWidth, type DType, type TypedArray } from "../tensor.ts";
import type { Arena } from "./arena.ts";
import type { Along } from "./matrix.ts";
import type { Row, RowGroup } from "./rows.ts";
import type { Task } from "./team.ts";

/**
 * Cuts a fused pass into tasks, which may run in any order and on any thread. Where it is cut depends on shapes alone, so
 * that the results do not depend on the number of threads, to the last bit.
 */

/** Elements of a task, a multiple of a loop's lanes. Shorter ones start too many streams of memory anew (docs/decisions). */
const TASK = 65_536;

/** A part of a row of a matrix: a row of a kernel's table. */
interface Piece {
  readonly of: Row;
  readonly row: number;
  readonly column: number;
  readonly length: number;
}

const piecesOf = (of: Row): Piece[] =>
  Array.from({ length: of.rows }, (_, row) =>
    Array.from({ length: Math.max(1, Math.ceil(of.columns / TASK)) }, (_, i) => ({
      of,
      row,
      column: i * TASK,
      length: Math.min(TASK, of.columns - i * TASK),
    })),
  ).flat();

/** The pieces of a group, by task. */
function piecesByTask({ rows }: RowGroup): Piece[][] {
  const tasks: Piece[][] = [];
  let elements = TASK;
  for (const piece of rows.flatMap(piecesOf)) {
    if (elements + piece.length > TASK) {
      tasks.push([]);
      elements = 0;
    }
    tasks.at(-1)?.push(piece);
    elements += piece.length;
  }
  return tasks;
}

/** The reductions of a group that give a number a column, and the others. */
const reductionsOf = ({ program, to }: RowGroup, columns: boolean) =>
  (program.reductions ?? [])
    .map((r, k) => ({
      ...r,
      k,
      to: to[k] as RowGroup["to"][number],
      dtype: valueTypes(program)[r.value] as DType,
    }))
    .filter((r) => (r.to === "column") === columns);

/** Bytes in the arena that a group's table, partial results and running columns take. */
export function tableBytes(group: RowGroup): number {
  const [columns, others] = [reductionsOf(group, true).length, reductionsOf(group, false).length];
  const tasks = piecesByTask(group);
  const words = 1 + group.program.inputs.length + group.program.outputs.length + 2 * columns + others;
  const running = tasks.flatMap((pieces) => [...new Set(pieces.map((p) => p.of))]);
  // A number takes at most eight bytes, and arrays may have to be aligned.
  return (
    tasks.flat().length * (4 * words + 8 * others) +
    columns * running.reduce((n, of) => n + 8 * (of.columns + 1), 0) +
    8 * (1 + others)
  );
}

/** What a group does in a run: its preparations, its tasks, and what is left to do once all have run. */
export interface Cut {
  readonly prepare: readonly (() => void)[];
  readonly tasks: readonly Task[];
  readonly finish: readonly (() => void)[];
}

export function cut(group: RowGroup, arena: Arena): Cut {
  const { rows, along, program } = group;
  const [columns, others] = [reductionsOf(group, true), reductionsOf(group, false)];
  const kernel = compileFused(kernelProgram(program, columns, others), arena.memory);
  const byTask = piecesByTask(group);
  const pieces = byTask.flat();
  const numbers = (dtype: DType, length: number) => {
    const offset = arena.reserve(byteWidth(dtype) * length, byteWidth(dtype));
    return {
      offset,
      width: byteWidth(dtype),
      values: new arrayTypes[dtype](arena.memory.buffer, offset, length),
    };
  };

  // A number for each piece.
  const partials = others.map(({ op, dtype }) => numbers(runningType(op, dtype), pieces.length));
  // A row of running numbers for each task and each array in it.
  const running = byTask.map((own) => {
    const arrays = [...new Set(own.map((p) => p.of))];
    return new Map(arrays.map((of) => [of, columns.map(({ dtype }) => numbers(dtype, of.columns))]));
  });

  const address = (v: Value, where: Along, { of, row, column }: Piece) => {
    const index = { all: 0, row, column, elements: row * of.columns + column }[where];
    return arena.offset(v) + index * byteWidth(v.dtype);
  };
  let piecesBefore = 0;
  const words = byTask.flatMap((own, task) =>
    own.flatMap((piece) => {
      const { of, column } = piece;
      const index = piecesBefore++;
      const run = (running[task]?.get(of) ?? []).map(({ offset, width }) => offset + column * width);
      return [
        piece.length,
        ...of.inputs.map((v, k) => address(v, along[k] as Along, piece)),
        ...run,
        ...of.outputs.map((v, k) => address(v, program.outputs[k]?.uniform ? "all" : "elements", piece)),
        ...run,
        ...partials.map(({ offset, width }) => offset + index * width),
      ];
    }),
  );
  const table = arena.table(words);
  let rowsBefore = 0;
  const tasks = byTask.map((own): Task => {
    const first = table + 4 * kernel.rowLength * rowsBefore;
    rowsBefore += own.length;
    return { kernel, table: first, rows: own.length };
  });

  const prepare = columns.flatMap(({ op, dtype }, k) =>
    running.flatMap((arrays) =>
      [...arrays.values()].map((all) => () => void all[k]?.values.fill(identity(op, dtype))),
    ),
  );
  const finish: (() => void)[] = [];
  let first = 0;
  for (const of of rows) {
    const [from, count] = [first, piecesOf(of).length];
    first += count;
    others.forEach(({ op, dtype, to, k }, i) => {
      const result = arena.tensor(of.reductions[k] as Value).data;
      const { values } = partials[i] as { values: TypedArray };
      const each = to === "row" ? count / of.rows : count;
      finish.push(() => {
        for (let at = 0; at < result.length; at++) {
          const start = from + at * each;
          let all = values[start] as number;
          for (let p = start + 1; p < start + each; p++) all = combine(op, dtype, all, values[p] as number);
          result[at] = all;
        }
      });
    });
    columns.forEach(({ op, dtype, k }, i) => {
      const result = arena.tensor(of.reductions[k] as Value).data;
      const parts = running.flatMap((arrays) => arrays.get(of)?.[i]?.values ?? []);
      finish.push(() => {
        for (let at = 0; at < result.length; at++) {
          let all = identity(op, dtype);
          for (const part of parts) all = combine(op, dtype, all, part[at] as number);
          result[at] = all;
        }
      });
    });
  }
  return { prepare, tasks, finish };
}

const accumulating: Record<FusedReduction["op"], FusedOpName> = {
  sum: "add",
  prod: "mul",
  min: "min",
  max: "max",
};

type Kept = FusedReduction & { dtype: DType };

/** The program with running numbers of columns as further inputs and outputs, and partial results of the others. */
function kernelProgram(
  program: FusedProgram,
  columns: readonly Kept[],
  others: readonly Kept[],
): FusedProgram {
  const inputs = program.inputs.length;
  const moved = (value: number) => (value < inputs ? value : value + columns.length);
  const ops = program.ops.map((op) => ({ ...op, args: op.args.map(moved) }));
  const first = inputs + columns.length + ops.length;
  return {
    inputs: [...program.inputs, ...columns.map(({ dtype }) => ({ dtype, uniform: false }))],
    ops: [
      ...ops,
      ...columns.map(({ op, dtype, value }, i) => ({
        op: accumulating[op],
        dtype,
        args: [inputs + i, moved(value)],
      })),
    ],
    outputs: [
      ...program.outputs.map((out) => ({ ...out, value: moved(out.value) })),
      ...columns.map((_, i) => ({ value: first + i, uniform: false })),
    ],
    reductions: others.map(({ op, value }) => ({ op, value: moved(value), partial: true })),
  };
}

function combine(op: FusedReduction["op"], dtype: DType, a: number, b: number): number {
  if (op === "sum") return a + b;
  if (op === "min") return Math.min(a, b);
  if (op === "max") return Math.max(a, b);
  if (dtype === "int32") return Math.imul(a, b);
  return dtype === "uint32" ? Math.imul(a, b) >>> 0 : a * b;
}
