/** A directed graph with capacities, from vertex 0, the source, to vertex 1, the sink. */
export interface Network {
  /** Adds a vertex and returns it. */
  vertex(): number;
  edge(from: number, to: number, capacity: number): void;
  /**
   * The vertices on the sink's side of a minimum cut: of all such cuts the one that is nearest to the sink. The maximum flow
   * is found along shortest paths (Edmonds and Karp 1972).
   */
  sinkSide(): ReadonlySet<number>;
}

export const [SOURCE, SINK] = [0, 1];

export function network(): Network {
  /** Edge 2i and its opposite 2i + 1. */
  const target: number[] = [];
  const room: number[] = [];
  const edges: number[][] = [[], []];
  const arc = (from: number, to: number, capacity: number) => {
    (edges[from] as number[]).push(target.length);
    target.push(to);
    room.push(capacity);
  };
  /** Searches breadth first; returns the edge by which each vertex was reached. */
  const reach = (from: number, passes: (edge: number) => boolean, until = -1): Map<number, number> => {
    const by = new Map([[from, -1]]);
    for (const at of by.keys()) {
      for (const edge of edges[at] as number[]) {
        const to = target[edge] as number;
        if (by.has(to) || !passes(edge)) continue;
        by.set(to, edge);
        if (to === until) return by;
      }
    }
    return by;
  };
  return {
    vertex: () => edges.push([]) - 1,
    edge(from, to, capacity) {
      arc(from, to, capacity);
      arc(to, from, 0);
    },
    sinkSide() {
      for (;;) {
        const by = reach(SOURCE, (edge) => (room[edge] as number) > 0, SINK);
        if (!by.has(SINK)) break;
        const path: number[] = [];
        for (let at: number = SINK; at !== SOURCE; at = target[(path.at(-1) as number) ^ 1] as number)
          path.push(by.get(at) as number);
        const flow = Math.min(...path.map((edge) => room[edge] as number));
        for (const edge of path) {
          (room[edge] as number) -= flow;
          (room[edge ^ 1] as number) += flow;
        }
      }
      // Backwards from the sink: along edges whose opposite still has room.
      return new Set(reach(SINK, (edge) => (room[edge ^ 1] as number) > 0).keys());
    },
  };
}
