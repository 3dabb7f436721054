import { formatNode, type Graph } from "../graph.ts";
import { Refusal } from "../refusal.ts";
import type { Kernel } from "./kernel.ts";
import { type Boundary, Lowering, type Rule } from "./lowering.ts";
import { convolutionRules } from "./rules/convolution.ts";
import { elementwiseRules } from "./rules/elementwise.ts";
import { indexingRules } from "./rules/indexing.ts";
import { movementRules } from "./rules/movement.ts";
import { reductionRules } from "./rules/reduction.ts";
import { routineRules } from "./rules/routine.ts";

/** The primitives that the wasm executor runs. */
export const rules: ReadonlyMap<string, Rule> = new Map(
  Object.entries({
    ...elementwiseRules,
    ...movementRules,
    ...reductionRules,
    ...indexingRules,
    ...convolutionRules,
    ...routineRules,
  }),
);

/**
 * Lowers a graph to loop nests. Elementwise values with one reader and all movement of data are computed where they
 * are used; reductions, and values with several readers, get memory.
 *
 * @throws Refusal naming the primitive when the executor lacks it.
 */
export function lowerGraph(graph: Graph, boundary: Boundary, name: string): Kernel[] {
  const lowering = new Lowering(graph, boundary);
  for (const node of graph.nodes) {
    const rule = rules.get(node.op);
    if (rule === undefined) {
      throw new Refusal(
        `${name}: the wasm executor has no ${node.op}; use the "native" or "jax" executor (${formatNode(node)})`,
        node,
      );
    }
    rule(node, lowering);
  }
  return lowering.finish();
}
