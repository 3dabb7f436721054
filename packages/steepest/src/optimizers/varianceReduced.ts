import { numpy as np, tree, vjp } from "@jax-js/jax";
import { chain } from "../chain.ts";
import { num, type ScalarOrSchedule } from "../scalar.ts";
import { discard, type GradientTransformation, need } from "../transformation.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { type ArrayTree, eachLeaf, zerosLike } from "../tree.ts";

// Methods for a finite sum f = (1/n) sum f_i, one f_i (or block of examples) a step. What they need beyond the gradient of
// f_i comes in `extra`.

export type TableOptions = {
  learningRate: ScalarOrSchedule;
  /** Number of summands n. */
  examples: number;
};

type Table = { table: ArrayTree; mean: ArrayTree };

/** A table with numbers added to one of its rows; where programs are compiled that costs a row. Consumes all. */
function addToRow(table: np.Array, index: np.Array, row: np.Array): np.Array {
  const [old, transpose] = vjp((x: np.Array) => np.take(x, index, 0), [table.ref]);
  old.dispose();
  return table.add((transpose(row) as np.Array[])[0] as np.Array);
}

function gradientTable(examples: number, unbiased: boolean): GradientTransformation<Table> {
  const name = unbiased ? "saga" : "sag";
  return {
    init(params) {
      const [table] = eachLeaf([tree.ref(params)], (x) => {
        const { shape, dtype } = x;
        x.dispose();
        return [np.zeros([examples, ...shape], { dtype })];
      });
      return { table, mean: zerosLike(params) };
    },
    update(updates, state, params, extra) {
      const { index, ...rest } = extra ?? {};
      discard(params, rest);
      const given = need(index, name, "extra.index, the number of the example");
      const chosen = given.astype(np.int32).reshape([]);
      const [direction, table, mean] = eachLeaf([updates, state.table, state.mean], (g, all, m) => {
        const change = g.sub(np.take(all.ref, chosen.ref, 0));
        const share = num(1 / examples, m);
        const nextMean = m.ref.add(change.ref.mul(share));
        const step = unbiased ? change.ref.add(m) : nextMean.ref;
        if (!unbiased) m.dispose();
        return [step, addToRow(all, chosen.ref, change), nextMean];
      });
      chosen.dispose();
      return [direction, { table, mean }];
    },
  };
}

/**
 * SAG: the mean of the last gradient seen of every example.
 *
 * Rule: $g_i \leftarrow \nabla f_i(x)$; $x \leftarrow x - \eta \frac1n \sum_j g_j$. Pass the number i as `extra.index`.
 * Defaults: none; scikit-learn uses the learning rate 1/L.
 * Use: Finite sums of a few thousand terms, such as logistic regression: linear convergence at the cost of one gradient a
 * step.
 * Avoid: Deep networks: a gradient per example does not fit in memory, and augmentation changes the examples.
 * Memory: n + 1 numbers per parameter.
 * Cost: One elementwise pass; compiled, a row of the table is read and written. jax-js's own jit makes a new table.
 * Paper: Le Roux, Schmidt, Bach, A stochastic gradient method with an exponential convergence rate, 2012.
 */
export const sag = ({ learningRate, examples }: TableOptions): GradientTransformation =>
  chain(gradientTable(examples, false), scaleByLearningRate(learningRate));

/**
 * SAGA: the unbiased relative of SAG.
 *
 * Rule: $x \leftarrow x - \eta (\nabla f_i(x) - g_i + \frac1n \sum_j g_j)$, then $g_i \leftarrow \nabla f_i(x)$. Pass the number i as `extra.index`.
 * Defaults: none; scikit-learn uses the learning rate 1/(2L + min(2n mu, L)).
 * Use: As sag; simpler theory, and proximal steps work.
 * Avoid: As sag.
 * Memory: n + 1 numbers per parameter.
 * Cost: As sag.
 * Paper: Defazio, Bach, Lacoste-Julien, SAGA, 2014.
 */
export const saga = ({ learningRate, examples }: TableOptions): GradientTransformation =>
  chain(gradientTable(examples, true), scaleByLearningRate(learningRate));

/**
 * SVRG: gradients corrected by an anchor at which the full gradient is known.
 *
 * Rule: $x \leftarrow x - \eta (\nabla f_i(x) - \nabla f_i(\tilde x) + \nabla f(\tilde x))$. Pass $\nabla f_i(\tilde x)$ as `extra.reference` and
 * $\nabla f(\tilde x)$ as `extra.anchor`; move the anchor every epoch or two.
 * Defaults: none.
 * Use: Finite sums whose gradients do not fit in memory.
 * Avoid: Deep networks: the anchor is out of date before it has paid off. Fewer than one or two epochs.
 * Memory: nothing here; the anchor and its gradient are the caller's.
 * Cost: One elementwise pass; two gradients a step, and a full one for every anchor.
 * Paper: Johnson, Zhang, Accelerating stochastic gradient descent using predictive variance reduction, 2013.
 */
export function svrg({ learningRate }: { learningRate: ScalarOrSchedule }): GradientTransformation {
  const direction: GradientTransformation<Record<string, never>> = {
    init(params) {
      discard(params);
      return {};
    },
    update(updates, state, params, extra) {
      const { reference, anchor, ...rest } = extra ?? {};
      discard(params, rest);
      const old = need(reference, "svrg", "extra.reference, this example's gradient at the anchor");
      const full = need(anchor, "svrg", "extra.anchor, the full gradient at the anchor");
      return [eachLeaf([updates, old, full], (g, r, a) => [g.sub(r).add(a)])[0], state];
    },
  };
  return chain(direction, scaleByLearningRate(learningRate));
}

/**
 * SARAH: a gradient estimate that is updated recursively.
 *
 * Rule: $v \leftarrow \nabla f_i(x_t) - \nabla f_i(x_{t-1}) + v$; $x \leftarrow x - \eta v$. Pass $\nabla f_i(x_{t-1})$ as `extra.reference`; at the
 * start of every epoch pass the full gradient as `extra.anchor` in its place, which sets v.
 * Defaults: none.
 * Use: Finite sums, non-convex ones too: the best known number of gradients for smooth non-convex sums.
 * Avoid: As svrg; the estimate is biased between anchors.
 * Memory: one number per parameter.
 * Cost: One elementwise pass; two gradients a step, and a full one for every epoch.
 * Paper: Nguyen, Liu, Scheinberg, Takac, SARAH, 2017.
 */
export function sarah({ learningRate }: { learningRate: ScalarOrSchedule }): GradientTransformation {
  const direction: GradientTransformation<{ estimate: ArrayTree }> = {
    init: (params) => ({ estimate: zerosLike(params) }),
    update(updates, state, params, extra) {
      const { reference, anchor, ...rest } = extra ?? {};
      discard(params, rest);
      if (anchor !== undefined) {
        discard(state.estimate, reference);
        const [v] = eachLeaf([updates, anchor], (g, a) => {
          g.dispose();
          return [a];
        });
        return [tree.ref(v), { estimate: v }];
      }
      const old = need(reference, "sarah", "extra.reference (or extra.anchor at the start of an epoch)");
      const [v] = eachLeaf([updates, old, state.estimate], (g, r, e) => [g.sub(r).add(e)]);
      return [tree.ref(v), { estimate: v }];
    },
  };
  return chain(direction, scaleByLearningRate(learningRate));
}
