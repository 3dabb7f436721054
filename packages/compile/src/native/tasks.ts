import { compileFused } from "../fused/index.ts";
import { runningType } from "../fused/reduction.ts";
import type { Value } from "../graph.ts";
import { arrayTypes, byteWidth, type DType } from "../tensor.ts";
import type { Arena } from "./arena.ts";
import type { Row, RowGroup } from "./rows.ts";
import type { Task } from "./team.ts";

/**
 * Cuts a fused pass into tasks, which may run in any order and on any thread. Where rows are cut depends on their lengths
 * alone, so that the results do not depend on the number of threads, to the last bit.
 */

/** Elements of a task, a multiple of a loop's lanes. Shorter ones start too many streams of memory anew (docs/decisions). */
export const TASK = 65_536;

/** A part of a row. */
interface Piece {
  readonly row: Row;
  readonly start: number;
  readonly length: number;
}

const piecesOf = (row: Row): Piece[] =>
  Array.from({ length: Math.max(1, Math.ceil(row.length / TASK)) }, (_, i) => ({
    row,
    start: i * TASK,
    length: Math.min(TASK, row.length - i * TASK),
  }));

const reductionsOf = ({ program }: RowGroup) => program.reductions ?? [];

/** Bytes in the arena that the table and the partial results of a group take. */
export function tableBytes(group: RowGroup): number {
  const { inputs, outputs } = group.program;
  const pieces = group.rows.reduce((n, row) => n + piecesOf(row).length, 0);
  const reductions = reductionsOf(group).length;
  // A partial result takes eight bytes, and their array may have to be aligned.
  return (
    pieces * (4 * (1 + inputs.length + outputs.length + reductions) + 8 * reductions) + 8 * (1 + reductions)
  );
}

/** The tasks of a group, and what is left to do once all have run: combining the partial results of reductions. */
export interface Cut {
  readonly tasks: readonly Task[];
  readonly finish: readonly (() => void)[];
}

export function cut(group: RowGroup, arena: Arena): Cut {
  const { rows, program } = group;
  const reductions = reductionsOf(group).map((r) => ({ ...r, partial: true }));
  const kernel = compileFused({ ...program, reductions }, arena.memory);
  const pieces = rows.flatMap(piecesOf);
  const types = rows[0]?.reductions.map((v) => v.dtype) ?? [];
  const at = (v: Value, { start }: Piece, uniform: boolean) =>
    arena.offset(v) + (uniform ? 0 : start * byteWidth(v.dtype));

  const partials = reductions.map(({ op }, k) => {
    const dtype = types[k] as DType;
    const runs = runningType(op, dtype);
    const offset = arena.reserve(8 * pieces.length, 8);
    const width = byteWidth(runs);
    return {
      op,
      dtype,
      width,
      offset,
      values: new arrayTypes[runs](arena.memory.buffer, offset, pieces.length),
    };
  });
  const words = pieces.flatMap((piece, i) => [
    piece.length,
    ...piece.row.inputs.map((v, k) => at(v, piece, program.inputs[k]?.uniform ?? false)),
    ...piece.row.outputs.map((v, k) => at(v, piece, program.outputs[k]?.uniform ?? false)),
    ...partials.map(({ offset, width }) => offset + i * width),
  ]);
  const table = arena.table(words);

  const tasks: Task[] = [];
  let elements = 0;
  pieces.forEach(({ length }, i) => {
    const last = tasks.at(-1);
    if (last && elements + length <= TASK) {
      tasks[tasks.length - 1] = { ...last, rows: last.rows + 1 };
      elements += length;
    } else {
      tasks.push({ kernel, table: table + 4 * kernel.rowLength * i, rows: 1 });
      elements = length;
    }
  });

  let first = 0;
  const finish = rows.flatMap((row) => {
    const [from, to] = [first, first + piecesOf(row).length];
    first = to;
    return partials.map(({ op, dtype, values }, k) => {
      const result = arena.tensor(row.reductions[k] as Value).data;
      return () => {
        let all = values[from] as number;
        for (let i = from + 1; i < to; i++) all = combine(op, dtype, all, values[i] as number);
        result[0] = all;
      };
    });
  });
  return { tasks, finish };
}

function combine(op: "sum" | "prod" | "min" | "max", dtype: DType, a: number, b: number): number {
  if (op === "sum") return a + b;
  if (op === "min") return Math.min(a, b);
  if (op === "max") return Math.max(a, b);
  if (dtype === "int32") return Math.imul(a, b);
  return dtype === "uint32" ? Math.imul(a, b) >>> 0 : a * b;
}
