import type { FusedOpName } from "../fused/program.ts";
import type { DType } from "../tensor.ts";
import type { Shape, View } from "./view.ts";

/** The value of one element as a tree over loads; its shape is known from the context. */
export type Expr = LoadExpr | ConstExpr | OpExpr;

export interface LoadExpr {
  readonly kind: "load";
  readonly dtype: DType;
  readonly view: View;
}

export interface ConstExpr {
  readonly kind: "const";
  readonly dtype: DType;
  readonly value: number;
}

export interface OpExpr {
  readonly kind: "op";
  readonly op: FusedOpName;
  readonly dtype: DType;
  readonly args: readonly Expr[];
}

/** An array that is computed where it is used. */
export interface Lazy {
  readonly shape: Shape;
  readonly expr: Expr;
}

export const load = (view: View): LoadExpr => ({ kind: "load", dtype: view.buffer.dtype, view });

export const constant = (value: number, dtype: DType): ConstExpr => ({ kind: "const", dtype, value });

export const apply = (op: FusedOpName, dtype: DType, ...args: Expr[]): OpExpr => ({
  kind: "op",
  op,
  dtype,
  args,
});

export const castTo = (expr: Expr, dtype: DType): Expr => {
  if (expr.dtype === dtype) return expr;
  if (expr.kind === "const" && dtype !== "bool") return constant(expr.value, dtype);
  return apply("cast", dtype, expr);
};

/** Replaces the view of every load; undefined when one of them has no replacement. */
export function mapViews(expr: Expr, f: (view: View) => View | undefined): Expr | undefined {
  if (expr.kind === "const") return expr;
  if (expr.kind === "load") {
    const view = f(expr.view);
    return view && { ...expr, view };
  }
  const args: Expr[] = [];
  for (const arg of expr.args) {
    const mapped = mapViews(arg, f);
    if (mapped === undefined) return undefined;
    args.push(mapped);
  }
  return { ...expr, args };
}

/** All loads, in order of evaluation. */
export const loadsOf = (expr: Expr): LoadExpr[] =>
  expr.kind === "load" ? [expr] : expr.kind === "op" ? expr.args.flatMap(loadsOf) : [];
