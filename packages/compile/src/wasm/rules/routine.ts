import type { Node, Value } from "../../graph.ts";
import type { TypedArray } from "../../tensor.ts";
import { load } from "../expr.ts";
import type { Rule } from "../lowering.ts";
import { cholesky, jacobiEigh, lu, triangularSolve } from "../routines/factor.ts";
import { argsort, fft, sort } from "../routines/sequence.ts";
import { denseView, type Shape } from "../view.ts";

type Arrays = readonly TypedArray[];

/** A primitive that runs in JavaScript on the program's memory, between the loops. */
const routine =
  (make: (node: Node, shape: Shape) => (inputs: Arrays, outputs: Arrays) => void): Rule =>
  (node, context) => {
    const operands = node.inputs.map((x) => context.read(x));
    const inputs = operands.map((x) => context.copy(x).buffer);
    const outputs = node.outputs.map((out) => context.temporary(out.dtype, out.shape));
    const run = make(node, operands[0]?.shape ?? []);
    context.kernels.push({ kind: "routine", name: node.op, inputs, outputs, run });
    node.outputs.forEach((out: Value, i) => {
      const view = denseView(outputs[i] as (typeof outputs)[number], out.shape);
      context.view(out, { shape: out.shape, expr: load(view) });
    });
  };

const last = (shape: Shape): number => shape.at(-1) as number;
const rows = (shape: Shape): number => shape.at(-2) as number;

export const routineRules: Readonly<Record<string, Rule>> = {
  sort: routine(
    (_, shape) =>
      ([x], [out]) =>
        sort(x as TypedArray, out as TypedArray, last(shape)),
  ),
  argsort: routine(
    (_, shape) =>
      ([x], outputs) =>
        argsort(x as TypedArray, outputs, last(shape)),
  ),
  fft: routine(
    (node, shape) => (inputs, outputs) => fft(inputs, outputs, last(shape), node.params.inverse as boolean),
  ),
  cholesky: routine(
    (_, shape) =>
      ([x], [out]) =>
        cholesky(x as TypedArray, out as TypedArray, last(shape)),
  ),
  triangular_solve: routine((node, shape) => {
    const count = rows((node.inputs[1] as { shape: Shape }).shape);
    const unit = node.params.unitDiagonal as boolean;
    return ([a, b], [out]) =>
      triangularSolve(a as TypedArray, b as TypedArray, out as TypedArray, last(shape), count, unit);
  }),
  lu: routine(
    (_, shape) =>
      ([x], outputs) =>
        lu(x as TypedArray, outputs, rows(shape), last(shape)),
  ),
  jacobi_eigh: routine((node, shape) => {
    const { maxSweeps, tolerance } = node.params as { maxSweeps: number; tolerance: number };
    return ([x], outputs) => jacobiEigh(x as TypedArray, outputs, last(shape), maxSweeps, tolerance);
  }),
};
