import { numpy as np, tree } from "@jax-js/jax";
import { valueAt } from "../inject.ts";
import { eigenbasis, orthonormalize, roundoff } from "../linalg.ts";
import { ema, emaOfOnes, num, oneMinus, type Scalar, type ScalarOrSchedule, scalarZero } from "../scalar.ts";
import { discard, type GradientTransformation, need } from "../transformation.ts";
import { type ArrayTree, eachLeaf, leafPaths, zerosLike } from "../tree.ts";
import type { Refresh } from "./shampoo.ts";

export type SoapOptions = {
  /** Default 3e-3. */
  learningRate?: ScalarOrSchedule;
  /** Default 0.95. */
  b1?: Scalar;
  /** Default 0.95. */
  b2?: Scalar;
  /** Decay of the Gram matrices. Default 0.95. */
  shampooBeta?: Scalar;
  /** Default 1e-8. */
  eps?: Scalar;
  /** Steps between turns of the basis. Default 10. */
  every?: number;
  /** As for `shampoo`. The first step must be a refreshing one. Default "due". */
  refresh?: Refresh;
  /** Axes longer than this keep the identity as basis. Default 10000. */
  maxDimension?: number;
  /** Decoupled, scaled by the learning rate, after the step. Default 0.01. */
  weightDecay?: Scalar;
};

/** By path, one entry for each axis that has a basis. */
type Bases = Record<string, np.Array[]>;

type State = {
  mu: ArrayTree;
  nu: ArrayTree;
  grams: Bases;
  bases: Bases;
  muWeight: np.Array;
  nuWeight: np.Array;
  count: np.Array;
};

/**
 * SOAP: Adam in the slowly turning eigenbasis of Shampoo.
 *
 * Rule: $L, R$ moving averages of $GG^\top, G^\top G$ with eigenvectors $Q_L, Q_R$; Adam on $Q_L^\top G Q_R$, rotated back. The first
 * gradient only sets the basis. Every few steps the basis makes one step of orthogonal iteration, and the first moment
 * turns with it. The bias corrections are in the step size, not inside the root. Vectors are preconditioned by plain Adam.
 * Defaults: nikhilvyas/SOAP: learning rate 3e-3, betas 0.95, eps 1e-8, weight decay 0.01, every 10 steps.
 * Use: Language models and other matrices where Shampoo works; it tolerates refreshing the basis rarely, every 10 to 100
 * steps.
 * Avoid: Axes above `maxDimension` and vectors, where it is Adam; memory-bound training.
 * Memory: two numbers per parameter, and 2 m^2 + 2 n^2 for an (m, n) matrix.
 * Cost: For an (m, n) matrix about 6 m n (m + n) + m^2 n + m n^2 multiplications and, when due, two orthogonalisations of
 * m^3 and n^3.
 * Paper: Vyas et al., SOAP: improving and stabilizing Shampoo using Adam, 2024.
 */
export function soap({
  learningRate = 3e-3,
  b1 = 0.95,
  b2 = 0.95,
  shampooBeta = 0.95,
  eps = 1e-8,
  every = 10,
  refresh = "due",
  maxDimension = 10000,
  weightDecay = 0.01,
}: SoapOptions = {}): GradientTransformation<State> {
  const axesOf = (shape: readonly number[]): number[] =>
    shape.length < 2 ? [] : [...shape.keys()].filter((axis) => (shape[axis] as number) <= maxDimension);
  const perAxis = (t: ArrayTree, make: (n: number, dtype: np.DType) => np.Array): Bases =>
    Object.fromEntries(
      leafPaths<np.Array>(t).map(([path, x]) => [
        path,
        axesOf(x.shape).map((axis) => make(x.shape[axis] as number, x.dtype)),
      ]),
    );

  return {
    init(params) {
      const weight = scalarZero(params);
      const grams = perAxis(params, (n, dtype) => np.zeros([n, n], { dtype }));
      const bases = perAxis(params, (n, dtype) => np.eye(n, n, { dtype }));
      const mu = zerosLike(params);
      const count = np.array(0, { dtype: np.int32 });
      return { mu, nu: tree.ref(mu), grams, bases, muWeight: weight, nuWeight: weight.ref, count };
    },
    update(updates, state, given, extra) {
      discard(extra);
      const params = need(given, "soap");
      const zero = np.array(0, { dtype: np.int32 });
      const first = np.equal(state.count.ref, zero.ref);
      const due = np.equal(state.count.ref.mod(every), zero);
      const turns = refresh === "always" ? np.array(true) : due.ref;
      due.dispose();
      // The first call must leave moments and weights at zero.
      const on = np.where(first.ref, num(0, state.muWeight), num(1, state.muWeight));
      const muWeight = emaOfOnes(state.muWeight, b1).mul(on.ref);
      const nuWeight = emaOfOnes(state.nuWeight, b2).mul(on.ref);
      const rate = valueAt(learningRate, state.count.ref.astype(on.dtype));
      const started = np.where(first.ref, num(1, muWeight), muWeight.ref);
      const factor = np.sqrt(nuWeight.ref).div(started).mul(rate.ref);

      const grams: Bases = {};
      const bases: Bases = {};
      const paths = leafPaths<np.Array>(updates)
        .map(([path]) => path)
        .values();
      const [step, mu, nu] = eachLeaf([updates, params, state.mu, state.nu], (g, x, m, v) => {
        const path = paths.next().value as string;
        const axes = axesOf(g.shape);
        const old = state.bases[path] as np.Array[];
        const gate = num(on, g);
        const turned = rotate(g.ref, old, axes);
        const nextM = ema(m, turned.ref, b1).mul(gate.ref);
        const nextV = ema(v, np.square(turned), b2).mul(gate.ref);
        const root = np.sqrt(nextV.ref).add(num(eps, g));
        const direction = rotate(nextM.ref.div(root), old, axes, true);
        const shrink = num(weightDecay, g).mul(num(rate, g)).mul(gate);
        const moved = direction.mul(num(factor, g)).mul(oneMinus(shrink, g).mul(-1));
        const update = moved.sub(x.mul(shrink));

        const nextGrams = axes.map((axis, k) =>
          ema(state.grams[path]?.[k] as np.Array, gramAlong(g.ref, axis), shampooBeta),
        );
        g.dispose();
        if (refresh === "never") {
          grams[path] = nextGrams;
          bases[path] = old;
          return [update, nextM, nextV];
        }
        // Sorting permutes the second moment; turning back and forth carries the first.
        const plain = rotate(nextM.ref, old, axes, true);
        let sortedV = nextV.ref;
        const nextBases = axes.map((axis, k) => {
          const basis = old[k] as np.Array;
          const gram = nextGrams[k] as np.Array;
          const order = np.argsort(
            np.diagonal(np.matmul(np.matmul(np.matrixTranspose(basis.ref), gram.ref), basis.ref)).mul(-1),
          );
          sortedV = np.take(sortedV, order.ref, axis);
          const improved = orthogonalStep(gram.ref, np.take(basis.ref, order, 1));
          const kept = np.where(turns.ref, improved, basis.ref);
          return np.where(first.ref, eigenbasis(gram.ref), kept);
        });
        const finalV = np.where(turns.ref, sortedV, nextV);
        const finalM = np.where(turns.ref, rotate(plain, nextBases, axes), nextM);
        tree.dispose(old);
        grams[path] = nextGrams;
        bases[path] = nextBases;
        return [update, finalM, finalV];
      });
      for (const x of [first, turns, on, rate, factor]) x.dispose();
      return [step, { mu, nu, grams, bases, muWeight, nuWeight, count: state.count.add(1) }];
    },
  };
}

/** Multiplies each of the axes by its basis, transposed unless `back`. Consumes x, borrows the bases. */
function rotate(x: np.Array, bases: readonly np.Array[], axes: readonly number[], back = false): np.Array {
  return axes.reduce((y, axis, k) => {
    const basis = (bases[k] as np.Array).ref;
    const moved = np.moveaxis(y, axis, -1);
    return np.moveaxis(np.matmul(moved, back ? np.matrixTranspose(basis) : basis), -1, axis);
  }, x);
}

function gramAlong(x: np.Array, axis: number): np.Array {
  const n = x.shape[axis] as number;
  const rows = np.moveaxis(x, axis, 0).reshape([n, -1]);
  return np.matmul(rows.ref, np.matrixTranspose(rows));
}

/** One step of orthogonal iteration, with a shift that keeps the basis whole where the Gram matrix is singular. */
function orthogonalStep(gram: np.Array, basis: np.Array): np.Array {
  const shift = np
    .trace(gram.ref)
    .mul(num(roundoff(gram.dtype), gram))
    .add(num(1e-30, gram));
  return orthonormalize(np.matmul(gram, basis.ref).add(basis.mul(shift)));
}
