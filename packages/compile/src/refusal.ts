import type { Node } from "./graph.ts";
import type { Traced } from "./trace.ts";

/** An executor cannot run a node of a program. */
export class Refusal extends Error {
  readonly node: Node;

  constructor(message: string, node: Node, options?: ErrorOptions) {
    super(message, options);
    this.name = "Refusal";
    this.node = node;
  }
}

/** Lowers a traced function; a refusal of it says which line of the function is refused. */
export async function located<T>({ sourceOf }: Traced, lower: () => T | Promise<T>): Promise<T> {
  try {
    return await lower();
  } catch (error) {
    const line = error instanceof Refusal ? sourceOf(error.node) : undefined;
    if (line) (error as Refusal).message += `, ${line}`;
    throw error;
  }
}
