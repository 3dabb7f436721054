import { numpy as np } from "@jax-js/jax";
import { chain } from "../chain.ts";
import { pow } from "../elementary.ts";
import { ema, num, oneMinus, type Scalar, type ScalarOrSchedule, scalarZero } from "../scalar.ts";
import { discard, type GradientTransformation, need, stateless } from "../transformation.ts";
import { averageGradients } from "../transforms/average.ts";
import { addDecayedWeights } from "../transforms/decay.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { type ArrayTree, eachLeaf } from "../tree.ts";

export type AdafactorOptions = {
  /** Relative to the root mean square of the weights. Default 1e-3. */
  learningRate?: ScalarOrSchedule;
  /** The decay of step t is 1 - t^-decayRate. Default 0.8. */
  decayRate?: number;
  /** Matrices are factored when their second-largest axis is at least this long. Default 128. */
  minFactored?: number;
  /** The update of every array has at most this root mean square; null: no clipping. Default 1. */
  clipping?: Scalar | null;
  /** Multiply by the root mean square of the weights, at least 1e-3. Default true. */
  scaleByWeights?: boolean;
  /** Added to squared gradients. Default 1e-30. */
  eps?: Scalar;
  /** Weight of the past in a moving average of the finished updates. Default 0: none. */
  momentum?: Scalar;
  /** Independent of learning rate and of the weights' size: a step shrinks the weights by weightDecay. Default 0. */
  weightDecay?: number;
};

type State = { rows: ArrayTree; columns: ArrayTree; count: np.Array };

/** The two longest axes, the longer one last, when the shorter is long enough. */
function factoredAxes(shape: readonly number[], least: number): [number, number] | undefined {
  if (shape.length < 2) return undefined;
  const byLength = [...shape.keys()].sort((a, b) => (shape[a] as number) - (shape[b] as number) || a - b);
  const [second, first] = byLength.slice(-2) as [number, number];
  return (shape[second] as number) >= least ? [second, first] : undefined;
}

/**
 * Adafactor: Adam's second moment as the outer product of its row and column means.
 *
 * Rule: $\beta_t = 1 - t^{-0.8}$; row and column means of $g^2 + \epsilon$ averaged with $\beta_t$;
 * $u = g\, (v_{row} / \overline{v_{row}})^{-1/2} v_{col}^{-1/2}$ (short axes: $g / \sqrt v$), clipped to root mean square 1;
 * $x \leftarrow x - \eta\, \mathrm{rms}(x)\, u$.
 * Defaults: optax.adafactor; its learning rate has none, 1e-3 here.
 * Use: Memory-bound training of large matrices, embeddings above all.
 * Avoid: Small models, where it saves nothing; vectors keep a full second moment. Without momentum it is noisier than
 * Adam.
 * Memory: m + n numbers for an (m, n) matrix; one number per parameter of arrays that are not factored.
 * Cost: Two reductions over g and two elementwise passes per matrix: reads g, x, writes x.
 * Paper: Shazeer, Stern, Adafactor: adaptive learning rates with sublinear memory cost, 2018.
 */
export function adafactor({
  learningRate = 1e-3,
  decayRate = 0.8,
  minFactored = 128,
  clipping = 1,
  scaleByWeights = true,
  eps = 1e-30,
  momentum = 0,
  weightDecay = 0,
}: AdafactorOptions = {}): GradientTransformation {
  const axesOf = (x: np.Array) => factoredAxes(x.shape, minFactored);
  const direction: GradientTransformation<State> = {
    init(params) {
      const count = scalarZero(params);
      const [rows, columns] = eachLeaf([params], (x) => {
        const axes = axesOf(x);
        const { shape, dtype } = x;
        x.dispose();
        const without = (axis: number) => np.zeros(shape.toSpliced(axis, 1), { dtype });
        if (axes === undefined) return [np.zeros([...shape], { dtype }), np.zeros([], { dtype })];
        return [without(axes[1]), without(axes[0])];
      });
      return { rows, columns, count };
    },
    update(updates, state, params, extra) {
      discard(params, extra);
      const count = state.count.add(1);
      const decay = oneMinus(pow(count.ref, -decayRate), count);
      const [result, rows, columns] = eachLeaf([updates, state.rows, state.columns], (g, r, c) => {
        const axes = axesOf(g);
        const squares = np.square(g.ref).add(num(eps, g));
        if (axes === undefined) {
          const next = ema(r, squares, decay);
          return [g.div(np.sqrt(next.ref)), next, c];
        }
        const [second, first] = axes;
        const nextR = ema(r, np.mean(squares.ref, first), decay);
        const nextC = ema(c, np.mean(squares, second), decay);
        // In v_row the longest axis is gone, so the other may have moved one to the left.
        const axis = second > first ? second - 1 : second;
        const share = nextR.ref.div(np.mean(nextR.ref, axis, { keepdims: true }));
        const rowRoot = np.expandDims(np.sqrt(share), first);
        const columnRoot = np.expandDims(np.sqrt(nextC.ref), second);
        return [g.div(rowRoot).div(columnRoot), nextR, nextC];
      });
      decay.dispose();
      return [result, { rows, columns, count }];
    },
  };
  const parts: GradientTransformation[] = [direction];
  if (clipping !== null) parts.push(clipByRms(clipping));
  parts.push(scaleByLearningRate(learningRate));
  if (scaleByWeights) parts.push(scaleByParameterRms());
  if (momentum !== 0) parts.push(averageGradients({ decay: momentum }) as GradientTransformation);
  if (weightDecay !== 0) parts.push(addDecayedWeights(-weightDecay));
  return chain(...parts);
}

const rootMeanSquare = (x: np.Array): np.Array => {
  const size = x.size;
  return np.sqrt(np.square(x).sum().div(size));
};

/** Scales every array so that its root mean square is at most `limit`. */
export const clipByRms = (limit: Scalar): GradientTransformation =>
  stateless((updates, params) => {
    discard(params);
    return eachLeaf([updates], (g) => {
      const bound = num(limit, g);
      const factor = bound.ref.div(np.maximum(rootMeanSquare(g.ref), bound));
      return [g.mul(factor)];
    })[0];
  });

/** Multiplies the update of every array by the root mean square of the array, at least `least`. */
export const scaleByParameterRms = (least: Scalar = 1e-3): GradientTransformation =>
  stateless(
    (updates, params) =>
      eachLeaf([updates, need(params, "scaleByParameterRms")], (u, x) => {
        const bound = num(least, u);
        return [u.mul(np.maximum(rootMeanSquare(x), bound))];
      })[0],
  );
