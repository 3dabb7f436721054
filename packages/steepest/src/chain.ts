import { tree } from "@jax-js/jax";
import type { Extra, GradientTransformation } from "./transformation.ts";
import type { ArrayTree } from "./tree.ts";

/** Applies transformations one after another. Its state is the list of their states. */
export function chain(...parts: readonly GradientTransformation[]): GradientTransformation<ArrayTree[]> {
  return {
    init(params) {
      const states = parts.map((part) => part.init(tree.ref(params)));
      tree.dispose(params);
      return states;
    },
    update(updates, states, params, extra) {
      let current = updates;
      const next = parts.map((part, i) => {
        const [result, state] = part.update(
          current,
          states[i] as ArrayTree,
          params && tree.ref(params),
          extra && (tree.ref(extra as never) as Extra),
        );
        current = result;
        return state;
      });
      tree.dispose(params);
      tree.dispose(extra as ArrayTree | undefined);
      return [current, next];
    },
  };
}
