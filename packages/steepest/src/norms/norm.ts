import { numpy as np, random } from "@jax-js/jax";
import { num } from "../scalar.ts";

/**
 * A norm and everything that follows from it. All functions consume their array arguments; `radius` is a number.
 *
 * Matrix norms read the last two axes as (out, in); leading axes are a batch, of which they take the maximum.
 */
export interface Norm {
  readonly name: string;
  /** ||x||, a scalar. */
  norm(x: np.Array): np.Array;
  /** The dual norm, the maximum of <x, y> over ||y|| <= 1; a scalar. */
  dual(x: np.Array): np.Array;
  /** Linear minimisation oracle: a y with ||y|| <= 1 of least <x, y>, namely -dual(x). */
  lmo(x: np.Array): np.Array;
  /** The y of largest <x, y> - ||y||^2 / 2, namely -dual(x) lmo(x): steepest descent goes along its negative. */
  sharp(x: np.Array): np.Array;
  /** The Euclidean projection onto the ball of a radius, 1 by default. */
  project(x: np.Array, radius?: number): np.Array;
  /** A random point of norm 1: the oracle's answer to a normal array. */
  initialise(key: np.Array, shape: readonly number[], dtype?: np.DType): np.Array;
}

/** What a norm must state itself. */
export type NormCore = Pick<Norm, "name" | "norm" | "dual" | "lmo" | "project">;

/** Completes a norm. */
export function makeNorm(core: NormCore): Norm {
  return {
    ...core,
    sharp(x) {
      const dual = core.dual(x.ref);
      return core.lmo(x).mul(dual).mul(-1);
    },
    initialise: (key, shape, dtype = np.float32) =>
      core.lmo(random.normal(key, [...shape]).astype(dtype)).mul(-1),
  };
}

/**
 * The norm divided by a factor that may depend on the shape: its unit ball is larger by that factor. With
 * sqrt(out / in), the spectral norm becomes the operator norm between root mean squares.
 */
export function rescale(
  base: Norm,
  factor: number | ((shape: readonly number[]) => number),
  name = base.name,
): Norm {
  const factorOf = (x: np.Array) => (typeof factor === "function" ? factor(x.shape) : factor);
  const times = (y: np.Array, f: number) => {
    const scalar = num(f, y);
    return y.mul(scalar);
  };
  return makeNorm({
    name,
    norm(x) {
      const f = factorOf(x);
      return times(base.norm(x), 1 / f);
    },
    dual(x) {
      const f = factorOf(x);
      return times(base.dual(x), f);
    },
    lmo(x) {
      const f = factorOf(x);
      return times(base.lmo(x), f);
    },
    project: (x, radius = 1) => base.project(x, radius * factorOf(x)),
  });
}

/** The norm of an array seen in another shape of the same size: a kernel as a matrix, say. */
export function viewedAs(base: Norm, view: (shape: readonly number[]) => readonly number[]): Norm {
  const seen = (x: np.Array) => x.reshape([...view(x.shape)]);
  const back = (rule: (y: np.Array) => np.Array) => (x: np.Array) => {
    const shape = [...x.shape];
    return rule(seen(x)).reshape(shape);
  };
  return makeNorm({
    name: base.name,
    norm: (x) => base.norm(seen(x)),
    dual: (x) => base.dual(seen(x)),
    lmo: back(base.lmo),
    project: (x, radius) => back((y) => base.project(y, radius))(x),
  });
}
