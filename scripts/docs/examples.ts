import { numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import {
  type ArrayTree,
  type GradientTransformation,
  identity,
  linf,
  type MinimizeLbfgsState,
  minimizeLbfgs,
  normalizedSteepestDescent,
  type ScheduleFreeState,
  sam,
  scheduleFree,
  scheduleFreeAverage,
  sgd,
  steepestDescent,
} from "steepest";
import { type RegisteredOptimizer, registry } from "steepest/registry";
import { matrix } from "./quadratic.ts";

/** Uses of what is no entry of the registry, because it wraps something or needs a norm: what its page shows. */

type Use = Pick<RegisteredOptimizer, "label" | "create"> & Partial<Pick<RegisteredOptimizer, "evaluated">>;

const asEntry = (name: string, use: Use): RegisteredOptimizer => ({
  ...(registry.get("sgd") as RegisteredOptimizer),
  name,
  factory: name,
  ...use,
});

const weights = () => np.array(matrix.flat(), { shape: [2, 2], dtype: np.float64 });
const quadratic = (x: np.Array): np.Array => np.dot(x.ref, np.matmul(weights(), x)).mul(0.5);

/** Both take their own gradients, where an optimizer is given them. */
const sharpnessAware = (rule: GradientTransformation): GradientTransformation => ({
  init: rule.init,
  update(updates, state, params, extra) {
    tree.dispose(updates);
    const gradient = sam((x: np.Array) => np.matmul(weights(), x), { rho: 0.3 });
    return rule.update(gradient(tree.ref(params) as np.Array) as typeof updates, state, params, extra);
  },
});
const { init, step } = minimizeLbfgs((x: np.Array) => valueAndGrad(quadratic)(x) as [np.Array, np.Array]);
const wholeSteps: GradientTransformation = {
  init: (params) => init(params as np.Array) as unknown as ArrayTree,
  update(updates, state, params) {
    tree.dispose(updates);
    const next = step(state as unknown as MinimizeLbfgsState<np.Array>);
    return [next.params.ref.sub(params as np.Array) as typeof updates, next as unknown as ArrayTree];
  },
};

export const examples: ReadonlyMap<string, RegisteredOptimizer> = new Map(
  Object.entries({
    minimizeLbfgs: { label: "L-BFGS with a line search", create: () => wholeSteps },
    scheduleFree: {
      label: "Schedule-Free SGD, its average",
      create: ({ learningRate = 1 }) => scheduleFree(identity(), { learningRate }),
      evaluated: (params, state) => scheduleFreeAverage(params, state as ScheduleFreeState),
    },
    sam: {
      label: "Gradient descent on sharpness-aware gradients of rho 0.3",
      create: ({ learningRate = 1 }) => sharpnessAware(sgd({ learningRate })),
    },
    steepestDescent: {
      label: "Steepest descent under the maximum norm",
      create: ({ learningRate = 1 }) => steepestDescent({ learningRate, norm: linf }),
    },
    normalizedSteepestDescent: {
      label: "Normalised steepest descent under the maximum norm",
      create: ({ learningRate = 1 }) => normalizedSteepestDescent({ learningRate, norm: linf }),
    },
  } satisfies Record<string, Use>).map(([name, use]) => [name, asEntry(name, use)]),
);
