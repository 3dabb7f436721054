import { type Expr, loadsOf } from "./expr.ts";
import type { Kernel } from "./kernel.ts";
import { planNest } from "./nest.ts";

const operations = (expr: Expr): number =>
  expr.kind === "op" ? 1 + expr.args.reduce((sum, arg) => sum + operations(arg), 0) : 0;

const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** One line: the loops, what they read, compute and write, and how they are vectorised. */
export function formatKernel(kernel: Kernel): string {
  if (kernel.kind === "routine") return `${kernel.name} in JavaScript`;
  const { loops, lanes } = planNest(kernel);
  const sizes = (reduce: boolean) =>
    loops.filter((x) => x.reduce === reduce).map((x) => (x.limited ? `up to ${x.size}` : x.size));
  const over = loops.some((x) => x.reduce) ? ` ${kernel.reduceOp} over [${sizes(true).join(", ")}]` : "";
  const written = kernel.stores.filter((x) => x.needed).length;
  const work = [
    many(kernel.stores.flatMap((x) => loadsOf(x.expr)).length, "load"),
    many(
      kernel.stores.reduce((sum, x) => sum + operations(x.expr), 0),
      "operation",
    ),
    many(written, "store"),
  ];
  const vector = loops.find((x) => x.vector);
  const how = vector === undefined ? "scalar" : `${lanes} lanes along ${vector.size}`;
  return `loop [${sizes(false).join(", ")}]${over}: ${work.join(", ")}; ${how}`;
}
