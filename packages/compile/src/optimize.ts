import type { Graph } from "./graph.ts";
import { recognize } from "./recognize.ts";
import { simplify } from "./simplify.ts";

/** What happens to every graph between tracing and an executor. */
export const optimize = (graph: Graph): Graph => simplify(recognize(simplify(graph)));
