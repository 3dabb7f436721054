import type { Peak } from "../explain.ts";
import { peakOf, type Step } from "./peak.ts";

/**
 * The order in which ONNX Runtime runs the nodes of a model: depth first from the nodes that no other node reads, those
 * that the model lists last first, and likewise the inputs of a node (GraphViewer and Graph::ReverseDFSFrom in its sources).
 * So an order can be chosen: a model that lists its nodes backwards runs them in the order that the list reversed has,
 * provided that this is an order of some depth-first search.
 */

type Links = Pick<Step, "inputs" | "outputs">;

/** The nodes that each node reads, in ascending order, and the nodes that no other reads. */
function linksOf(nodes: readonly Links[]) {
  const producers = new Map<string, number>();
  nodes.forEach(({ outputs }, at) => {
    for (const { name } of outputs) producers.set(name, at);
  });
  const reads = nodes.map(({ inputs }) => {
    const from = new Set(inputs.map((name) => producers.get(name)).filter((at) => at !== undefined));
    return [...from].sort((a, b) => a - b);
  });
  const read = new Set(reads.flat());
  return { reads, leaves: [...nodes.keys()].filter((at) => !read.has(at)) };
}

/** Appends to `order` what a node needs and is not in it yet, depth first, and then the node. */
function visit(from: number, order: Set<number>, inputsOf: (at: number) => readonly number[]): void {
  const stack = [{ at: from, left: [...inputsOf(from)] }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.left.shift();
    if (next === undefined) {
      order.add(top.at);
      stack.pop();
    } else if (!order.has(next)) {
      stack.push({ at: next, left: [...inputsOf(next)] });
    }
  }
}

/** The places of a model's nodes in the order in which ONNX Runtime runs them. */
export function executionOrder(nodes: readonly Links[]): number[] {
  const { reads, leaves } = linksOf(nodes);
  const order = new Set<number>();
  for (const leaf of [...leaves].reverse())
    visit(leaf, order, (at) => [...(reads[at] as number[])].reverse());
  return [...order];
}

/**
 * Depth first, from that result next which needs the fewest nodes more: a gradient of weights is computed as soon as the
 * backward pass has come to its layer, and a micro-batch is done with before the next begins.
 */
function greedyOrder({ reads, leaves }: ReturnType<typeof linksOf>, direction: 1 | -1): number[] {
  const inputs = direction === 1 ? reads : reads.map((from) => [...from].reverse());
  const order = new Set<number>();
  /** How many nodes a result needs that have not run, or `limit` if more. */
  const missing = (leaf: number, limit: number): number => {
    const found = new Set([leaf]);
    for (const at of found) {
      if (found.size >= limit) return limit;
      for (const from of reads[at] as number[]) if (!order.has(from)) found.add(from);
    }
    return found.size;
  };
  const left = new Set(leaves);
  while (left.size > 0) {
    let [best, fewest] = [-1, Infinity];
    for (const leaf of left) {
      const count = missing(leaf, fewest);
      if (count < fewest) [best, fewest] = [leaf, count];
    }
    left.delete(best);
    visit(best, order, (at) => inputs[at] as number[]);
  }
  return [...order];
}

/** Of several orders of execution the one whose intermediate results take least, by places in `steps`. */
export function leanOrder(
  steps: readonly Step[],
  outputs: ReadonlySet<string>,
): { order: number[]; peak: Peak } {
  const links = linksOf(steps);
  const orders = [executionOrder(steps), greedyOrder(links, 1), greedyOrder(links, -1)];
  const measured = orders.map((order) => ({ order, peak: peakOf(inOrder(steps, order), outputs) }));
  return measured.reduce((best, other) => (other.peak.bytes < best.peak.bytes ? other : best));
}

export const inOrder = <T>(items: readonly T[], order: readonly number[]): T[] =>
  order.map((at) => items[at] as T);
