import { type Graph, liveNodes, type Node, newValue, type Operand, type Value } from "../graph.ts";
import type { NativeOptions } from "../program.ts";
import { chooseKept, type Region, regionsOf } from "./keep.ts";
import { type Lowered, type LowerOptions, lower } from "./lower.ts";

/**
 * Less memory for more time, known as gradient checkpointing or rematerialisation (Chen et al. 2016, "Training deep nets
 * with sublinear memory cost"): what the backward pass reads is computed again instead of being kept.
 *
 * Copies are equal operations on equal operands, so that results are the same. They run when they are needed and not before,
 * because ONNX Runtime runs a graph depth first from its results (order.ts).
 */

/** The graph with copies of what the backward pass of a region reads and does not find in memory. */
function withCopies(graph: Graph, { boundary }: Region, kept: ReadonlySet<Operand>): Graph {
  const [forward, backward] = [graph.nodes.slice(0, boundary + 1), graph.nodes.slice(boundary + 1)];
  const needed = backward.flatMap((node) => node.inputs).filter((x) => !kept.has(x));
  const copied = liveNodes(forward, needed, kept);
  const copies = new Map<Operand, Value>();
  const read = (x: Operand): Operand => copies.get(x) ?? x;
  const again = copied.map((node): Node => {
    const inputs = node.inputs.map(read);
    const outputs = node.outputs.map((v) => newValue(v.dtype, v.shape));
    node.outputs.forEach((v, i) => {
      if (!kept.has(v)) copies.set(v, outputs[i] as Value);
    });
    return { ...node, inputs, outputs, copy: true };
  });
  const rest = backward.map((node) => ({ ...node, inputs: node.inputs.map(read) }));
  return { ...graph, nodes: [...forward, ...again, ...rest] };
}

/** Into how many segments a forward pass may be cut. One means that only cheap operations are repeated. */
const SEGMENTS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16];
/** A form that needs more than this part of what another needs is not worth its time. */
const WORTH = 0.97;

/** Region by region from the last to the first, so that the places of the others stay what they are. */
const recompute = (graph: Graph, regions: readonly Region[], segments: number): Graph =>
  regions.reduceRight((g, region) => withCopies(g, region, chooseKept(g, region, segments)), graph);

/**
 * The form of a graph that takes least time among those whose intermediate results take at most `limit` bytes.
 *
 * @param measure the peak of a graph in bytes.
 * @throws RangeError saying how many bytes would do when there is no such form.
 */
export function recomputeWithin(
  graph: Graph,
  limit: number | "least",
  measure: (graph: Graph) => number,
  name: string,
): Graph {
  const fits = (bytes: number) => limit !== "least" && bytes <= limit;
  let best = { graph, bytes: measure(graph) };
  const regions = regionsOf(graph);
  for (const segments of SEGMENTS) {
    if (fits(best.bytes)) break;
    const form = recompute(graph, regions, segments);
    const bytes = measure(form);
    if (fits(bytes) || bytes < WORTH * best.bytes) best = { graph: form, bytes };
  }
  if (limit !== "least" && !fits(best.bytes)) {
    throw new RangeError(
      `${name}: intermediate results need ${best.bytes} bytes even if computed again where that helps; the limit is ${limit}`,
    );
  }
  return best.graph;
}

/** Lowers a graph whose intermediate results take at most `memory` bytes, if a limit is given. */
export function lowerWithin(
  graph: Graph,
  name: string,
  { memory, ...options }: LowerOptions & Pick<NativeOptions, "memory">,
): Lowered {
  if (memory === undefined) return lower(graph, name, options);
  const measure = (form: Graph) => lower(form, name, options).peak.bytes;
  return lower(recomputeWithin(graph, memory, measure, name), name, options);
}
