import { entryOf } from "../engine/catalog.ts";
import { variablesOf } from "../engine/objective.ts";
import type { Contestant } from "../engine/simulate.ts";
import { parse } from "../formula/parse.ts";
import { printTypeScript } from "../formula/print.ts";
import { objectiveOf, type TrajectoryState } from "./state.ts";

/**
 * A TypeScript program that computes the same paths with the library and prints where they end. Noise and mini-batches
 * are left out: the program follows the exact gradient.
 */
export function codeFor(state: TrajectoryState): string {
  const objective = objectiveOf(state);
  const variables = variablesOf(objective);
  const formula = parse(objective.formula, variables);
  const isSum = objective.data !== undefined;
  const columns = Object.entries(objective.data ?? {}).map(
    ([name, values]) => `  const ${name} = np.array([${values.join(", ")}]);`,
  );
  const parameters = Object.entries(objective.parameters).map(
    ([name, value]) => `  const ${name} = np.array(${value});`,
  );
  const coordinates = ["x", "y"]
    .slice(0, objective.dimensions)
    .map((name, i) => `  const ${name} = flat.ref.slice(${i});`);
  const factories = [...new Set(state.optimizers.map(({ name }) => entryOf(name).factory))].sort();
  const noisy = state.noise > 0 || isSum;
  const isSharpnessAware = state.optimizers.some(({ name }) => entryOf(name).sharpnessAware);
  return `// npm install steepest @steepest/compile @jax-js/jax
import { grad, numpy as np, tree } from "@jax-js/jax";
import { initRuntime } from "@steepest/compile";
import { ${["applyUpdates", ...factories, ...(isSharpnessAware ? ["sam"] : [])].join(", ")} } from "steepest";

await initRuntime();

// ${objective.formula}${noisy ? "\n// Without the picture's noise: this follows the exact gradient." : ""}
function f(point: np.Array): np.Array {
  const flat = point.reshape([-1]);
${[...coordinates, "  flat.dispose();", ...parameters, ...columns].join("\n")}
  return ${printTypeScript(formula)}${isSum ? ".mean()" : ""};
}

const gradient = (params: { x: np.Array }) => ({ x: grad(f)(params.x) });
const steps = ${state.steps};
const runs = [
${state.optimizers.map((o) => `  ${contestant(o, state.start)},`).join("\n")}
];
for (const { name, optimizer, gradients, start } of runs) {
  let params = { x: np.array(start) };
  let state = optimizer.init(tree.ref(params));
  for (let step = 0; step < steps; step++) {
    const [updates, next] = optimizer.update(gradients(tree.ref(params)), state, tree.ref(params));
    params = applyUpdates(params, updates);
    state = next;
  }
  console.log(name, params.x.js());
}
`;
}

function contestant({ name, hyperparameters }: Contestant, start: readonly number[]): string {
  const { factory, label, options, matrix, sharpnessAware } = entryOf(name);
  const { rho, ...others } = hyperparameters;
  const own = sharpnessAware ? others : hyperparameters;
  const settings = Object.entries({ ...own, ...options }).map(([key, v]) => `${key}: ${v}`);
  const gradients = sharpnessAware ? `sam(gradient, { rho: ${rho} })` : "gradient";
  const point = `[${start.join(", ")}]`;
  return `{ name: "${label}", optimizer: ${factory}({ ${settings.join(", ")} }), gradients: ${gradients}, start: ${matrix ? `[${point}]` : point} }`;
}
