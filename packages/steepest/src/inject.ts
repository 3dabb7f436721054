import { numpy as np } from "@jax-js/jax";
import { asFloat, numOf, type Scalar, type ScalarOrSchedule, type Schedule } from "./scalar.ts";
import type { GradientTransformation } from "./transformation.ts";
import { type ArrayTree, floatTypeOf } from "./tree.ts";

/** A function from hyperparameters to a transformation: every optimizer of this library is one. */
export type Factory = (hyperparameters: never) => GradientTransformation;

/** What a factory takes. */
export type Hyperparameters<F extends Factory> = NonNullable<Parameters<F>[0]>;

/** Names of the hyperparameters that may be scalar arrays. */
export type Injectable<H> = { [K in keyof H]-?: np.Array extends H[K] ? K : never }[keyof H] & string;

/** The state of an optimizer whose hyperparameters live in the state. */
export type InjectedState = {
  /** Completed steps, int32. */
  count: np.Array;
  /** Current values, scalars in the parameters' floating type. Replace one to change it from the next step on. */
  hyperparams: Record<string, np.Array>;
  inner: ArrayTree;
};

/** What `injectHyperparams` makes. */
export type InjectedTransformation<Names extends string = string> = GradientTransformation<InjectedState> & {
  /**
   * The state before the first step with other values than those given, for rules that use a hyperparameter in `init`.
   * Consumes the parameters.
   *
   * @throws RangeError naming a hyperparameter that is not in the state.
   */
  initWith(params: ArrayTree, values: Readonly<Partial<Record<Names, number>>>): InjectedState;
};

/**
 * Moves hyperparameters into the state as scalar arrays, so that they change without compiling anew:
 *
 *     const optimizer = injectHyperparams(adamw, ["learningRate", "weightDecay"])({ learningRate: 1e-3, weightDecay: 0.1 });
 *     state.hyperparams.learningRate.dispose();
 *     state.hyperparams.learningRate = np.array(1e-4);
 *
 * A hyperparameter given as a schedule is written into the state at every step. Names outside the list stay constants.
 *
 * @throws Error when a listed hyperparameter has no value.
 */
export function injectHyperparams<F extends Factory>(
  factory: F,
  names: readonly Injectable<Hyperparameters<F>>[],
): (hyperparameters: Hyperparameters<F>) => InjectedTransformation<Injectable<Hyperparameters<F>>> {
  return (hyperparameters) => {
    const given = hyperparameters as Record<string, ScalarOrSchedule | undefined>;
    for (const name of names) {
      if (given[name] === undefined)
        throw new Error(`injectHyperparams: '${name}' is listed but has no value`);
    }
    const build = (values: Record<string, np.Array>) =>
      factory({ ...(hyperparameters as object), ...values } as never);
    const valuesAt = (count: np.Array, dtype: np.DType) =>
      Object.fromEntries(
        names.map((name) => [name, valueAt(given[name] as ScalarOrSchedule, count.ref.astype(dtype))]),
      );
    const initWith = (params: ArrayTree, values: Readonly<Record<string, number | undefined>>) => {
      const count = np.array(0, { dtype: np.int32 });
      const dtype = floatTypeOf(params);
      const hyperparams = valuesAt(count, dtype);
      for (const [name, value] of Object.entries(values)) {
        if (value === undefined) continue;
        if (!Object.hasOwn(hyperparams, name)) {
          throw new RangeError(`unknown hyperparameter "${name}"; known: ${names.join(", ")}`);
        }
        hyperparams[name]?.dispose();
        hyperparams[name] = numOf(value, dtype);
      }
      return { count, hyperparams, inner: build(hyperparams).init(params) };
    };
    return {
      init: (params) => initWith(params, {}),
      initWith,
      update(updates, { count, hyperparams, inner }, params, extra) {
        const current = { ...hyperparams };
        const dtype = floatTypeOf(updates);
        for (const name of names) {
          const value = given[name];
          if (typeof value !== "function") continue;
          current[name]?.dispose();
          current[name] = valueAt(value, count.ref.astype(dtype));
        }
        const [result, next] = build(current).update(updates, inner, params, extra);
        return [result, { count: count.add(1), hyperparams: current, inner: next }];
      },
    };
  };
}

/** A hyperparameter's value after `count` steps, in count's floating type. Consumes count. */
export function valueAt(value: ScalarOrSchedule, count: np.Array): np.Array {
  if (typeof value === "function") return (value as Schedule)(count);
  const dtype = asFloat(count.ref).dtype;
  count.dispose();
  return numOf(value as Scalar, dtype);
}
