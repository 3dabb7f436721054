import { numpy as np, tree } from "@jax-js/jax";
import { symmetricPower } from "../linalg.ts";
import { num, type Scalar, type ScalarOrSchedule } from "../scalar.ts";
import { discard, type GradientTransformation } from "../transformation.ts";
import { type ArrayTree, eachLeaf, leafPaths, zerosLike } from "../tree.ts";
import { joinBlocks, splitBlocks } from "./blocks.ts";
import { descend } from "./descend.ts";

/**
 * Which steps do the expensive, rare work (roots, bases).
 * - `due`: those whose number divides by `every`. A compiled program has no branches: it does the work at every step and uses
 *   it when due, so `every` saves no time there.
 * - `always`, `never`: all, or none. To save the time compile a step of each, with the same state, and let the host choose:
 *   `t % every === 0 ? always : never`. Together they are the same optimizer as `due`.
 */
export type Refresh = "due" | "always" | "never";

export type ShampooOptions = {
  /** Default 1e-2. */
  learningRate?: ScalarOrSchedule;
  /** Start of the statistics' diagonal, and the least eigenvalue before the root. Default 1e-12. */
  eps?: number;
  /** Decay of the statistics; 1 sums them. Default 1. */
  beta?: Scalar;
  /** Power of the statistics. Default -1 / (2 axes): -1/4 for a matrix, -1/2 for a vector. */
  exponent?: number;
  /** Axes longer than this are cut into blocks, each with its own statistics. Default 1024. */
  blockSize?: number;
  /** Steps between new roots. Default 1. */
  every?: number;
  /** Default "due". */
  refresh?: Refresh;
  /** Length of the step on every array: as Shampoo's own (default), as Adagrad's, or as the gradient. */
  graft?: "none" | "adagrad" | "sgd";
  /** Decoupled. Default 0. */
  weightDecay?: Scalar;
};

type State = {
  /** By path, block and axis. */
  statistics: Record<string, np.Array[][]>;
  roots: Record<string, np.Array[][]>;
  /** Sums of squares, for grafting. */
  squares: ArrayTree;
  count: np.Array;
};

/**
 * Shampoo: a preconditioner for every axis of an array.
 *
 * Rule, for a matrix: $L \leftarrow \beta L + GG^\top$, $R \leftarrow \beta R + G^\top G$; $x \leftarrow x - \eta\, L^{-1/4} G R^{-1/4}$; for k axes the power is
 * $-1/(2k)$. Grafting keeps the direction and takes the length from another rule.
 * Defaults: Gupta et al., algorithm 1, with eps and block size of facebookresearch/optimizers.
 * Use: Matrices of moderate size when a step's gradient costs much more than eigenvectors do; graft to a tuned method's
 * step length.
 * Avoid: Large axes without `blockSize`, or when every step counts: eigenvectors take n^3 time, and float32 needs eps of
 * 1e-6 or more.
 * Memory: m^2 + n^2 numbers for an (m, n) block, twice (statistics and roots), and one number per parameter with Adagrad's
 * length.
 * Cost: For an (m, n) block 2 m n (m + n) + m^3 + n^3 multiplications and, when due, two eigendecompositions (about 10
 * m^3 + 10 n^3).
 * Paper: Gupta, Koren, Singer, Shampoo: preconditioned stochastic tensor optimization, 2018; Anil et al., 2020.
 */
export function shampoo({
  learningRate = 1e-2,
  eps = 1e-12,
  beta = 1,
  exponent,
  blockSize = 1024,
  every = 1,
  refresh = "due",
  graft = "none",
  weightDecay = 0,
}: ShampooOptions = {}): GradientTransformation {
  const perBlock = (t: ArrayTree, make: (block: np.Array, axis: number) => np.Array) =>
    Object.fromEntries(
      leafPaths<np.Array>(t).map(([path, leaf]) => [
        path,
        splitBlocks(leaf.ref, blockSize).map((block) => {
          const made = axesOf(block).map((axis) => make(block, axis));
          block.dispose();
          return made;
        }),
      ]),
    );
  const identity = (block: np.Array, axis: number) => {
    const n = block.shape[axis] as number;
    return np.eye(n, n, { dtype: block.dtype });
  };
  const direction: GradientTransformation<State> = {
    init(params) {
      const statistics = perBlock(params, (block, axis) => identity(block, axis).mul(num(eps, block)));
      const roots = perBlock(params, identity);
      const count = np.array(0, { dtype: np.int32 });
      const squares = graft === "adagrad" ? zerosLike(params) : {};
      if (graft !== "adagrad") discard(params);
      return { statistics, roots, squares, count };
    },
    update(updates, state, params, extra) {
      discard(params, extra);
      const due = np.equal(state.count.ref.mod(every), np.array(0, { dtype: np.int32 }));
      const statistics: State["statistics"] = {};
      const roots: State["roots"] = {};
      const paths = leafPaths<np.Array>(updates)
        .map(([path]) => path)
        .values();
      const [preconditioned] = eachLeaf([tree.ref(updates)], (g) => {
        const path = paths.next().value as string;
        statistics[path] = [];
        roots[path] = [];
        const results = splitBlocks(g.ref, blockSize).map((block, b) => {
          const axes = axesOf(block);
          const power = exponent ?? -1 / (2 * axes.length);
          const blockStatistics = axes.map((axis, k) => {
            const old = state.statistics[path]?.[b]?.[k] as np.Array;
            return old.mul(num(beta, block)).add(gramAlong(block.ref, axis));
          });
          const blockRoots = blockStatistics.map((s, k) => {
            const old = state.roots[path]?.[b]?.[k] as np.Array;
            if (refresh === "never") return old;
            const fresh = symmetricPower(s.ref, power, eps);
            if (refresh === "due") return np.where(due.ref, fresh, old);
            old.dispose();
            return fresh;
          });
          statistics[path]?.push(blockStatistics);
          roots[path]?.push(blockRoots);
          return axes.reduce((x, axis, k) => applyAlong(x, (blockRoots[k] as np.Array).ref, axis), block);
        });
        return [joinBlocks(results, g, blockSize)];
      });
      due.dispose();
      const count = state.count.add(1);
      if (graft === "none") {
        discard(updates);
        return [preconditioned, { statistics, roots, squares: state.squares, count }];
      }
      if (graft === "sgd") {
        const [grafted] = eachLeaf([preconditioned, updates], (p, g) => [withLengthOf(p, g)]);
        return [grafted, { statistics, roots, squares: state.squares, count }];
      }
      const [grafted, squares] = eachLeaf([preconditioned, updates, state.squares], (p, g, s) => {
        const sum = s.add(np.square(g.ref));
        const small = num(1e-10, g);
        return [withLengthOf(p, g.div(np.sqrt(sum.ref).add(small))), sum];
      });
      return [grafted, { statistics, roots, squares, count }];
    },
  };
  return descend(direction, learningRate, weightDecay);
}

/** Every axis gets a preconditioner. */
const axesOf = (block: np.Array): number[] => block.shape.map((_, axis) => axis);

/** The array as a matrix whose rows run along an axis. */
function unfold(x: np.Array, axis: number): np.Array {
  const rows = x.shape[axis] as number;
  return np.moveaxis(x, axis, 0).reshape([rows, -1]);
}

function gramAlong(x: np.Array, axis: number): np.Array {
  const rows = unfold(x, axis);
  return np.matmul(rows.ref, np.matrixTranspose(rows));
}

function applyAlong(x: np.Array, matrix: np.Array, axis: number): np.Array {
  const moved = np.moveaxis(x, axis, 0);
  const shape = [...moved.shape];
  const result = np.matmul(matrix, moved.reshape([shape[0] as number, -1])).reshape(shape);
  return np.moveaxis(result, 0, axis);
}

/** The direction of p with the Euclidean length of g. Consumes both. */
function withLengthOf(p: np.Array, g: np.Array): np.Array {
  const length = np.sqrt(np.square(g).sum());
  const own = np.sqrt(np.square(p.ref).sum());
  const zero = np.equal(own.ref, 0);
  const safe = np.where(zero, num(1, p), own);
  return p.mul(length.div(safe));
}
