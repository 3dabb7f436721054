import { makeJaxpr, type numpy as np, tree } from "@jax-js/jax";
import {
  type ArrayTree,
  adamw,
  addDecayedWeights,
  applyUpdates,
  chain,
  checkRoles,
  clipByGlobalNorm,
  type GradientTransformation,
  injectHyperparams,
  mask,
  muon,
  partition,
  scale,
  scaleByLearningRate,
  setToZero,
  sgd,
  shampoo,
  soap,
  warmupCosine,
} from "steepest";
import { describe, expect, test } from "vitest";
import { array, difference, jitStep, type Step, step, values } from "./support.ts";

const apply = (t: GradientTransformation, updates: ArrayTree, params: ArrayTree) => {
  const [result, state] = t.update(updates, t.init(tree.ref(params)), params);
  tree.dispose(state);
  return values(result);
};

describe("chain and partition", () => {
  test("chain applies its parts in order", () => {
    const t = chain(scale(2), addDecayedWeights(0.5), scaleByLearningRate(0.1));
    expect(apply(t, { a: array([1, 2]) }, { a: array([10, 20]) })).toEqual([
      [-0.7000000000000001, -1.4000000000000001],
    ]);
  });

  test("partition sends every parameter to its own transformation", () => {
    const t = partition(
      { fast: scale(10), slow: scale(0.5), still: setToZero() },
      { a: "fast", b: ["slow", "still"] },
    );
    const updates = { a: array([1]), b: [array([1, 2]), array(3)] };
    expect(apply(t, updates, tree.ref(updates))).toEqual([[10], [0.5, 1], [0]]);
  });

  test("partition names the parameter whose label it cannot place", () => {
    const labels = { a: "fast", b: { c: "slow" } } as const;
    const params = () => ({ a: array([1]), b: { c: array([1]) } });
    const t = partition({ fast: scale(1) }, labels as never);
    expect(() => t.init(params())).toThrow(/parameter 'b\.c' has label 'slow'.*fast/);
    const missing = partition({ fast: scale(1) }, { a: "fast" });
    expect(() => missing.init(params())).toThrow("partition: parameter 'b.c' has no label");
  });

  test("mask leaves the other updates untouched", () => {
    const t = mask(addDecayedWeights(1), { w: true, b: false });
    const params = { w: array([1, 2]), b: array([3]) };
    expect(apply(t, { w: array([0, 0]), b: array([5]) }, params)).toEqual([[1, 2], [5]]);
    expect(() => mask(scale(1), { w: true }).init({ w: array(1), b: array(1) })).toThrow(
      "'b' is not in the mask",
    );
  });

  test("trees of different structure are refused with the place", () => {
    expect(() => applyUpdates({ a: array(1), b: array(1) }, { a: array(1), c: array(1) } as never)).toThrow(
      "expected 'b', found 'c'",
    );
  });
});

describe("roles", () => {
  const params = () => ({ embed: { table: array([[1, 2]]) }, w: array([[1, 2]]), b: array([1]) });

  test("a role tree must mirror the parameters", () => {
    expect(() => checkRoles({ embed: { table: "embedding" }, w: "hidden" }, params())).toThrow(
      "'b' has no role",
    );
    expect(() =>
      checkRoles({ embed: { table: "embedding" }, w: "matrix", b: "vector" } as never, params()),
    ).toThrow("'w' has unknown role 'matrix'; known: hidden");
    expect(() => checkRoles({ embed: { table: "embedding" }, w: "hidden", b: "hidden" }, params())).toThrow(
      "'b' has role hidden, which needs 2 axes or more, but shape [1]",
    );
    expect(() =>
      checkRoles({ embed: { table: "embedding" }, w: "hidden", b: "vector", c: "vector" }, params()),
    ).toThrow("'c', but there is no such parameter");
  });

  test("muon refuses what is not a matrix", () => {
    expect(() => muon().init(params())).toThrow(
      "muon: parameter 'b' of shape [1] is not a matrix; set roles",
    );
    const roles = { embed: { table: "embedding" }, w: "hidden", b: "vector" } as const;
    expect(() => muon({ roles, adamw: false }).init(params())).toThrow(
      "muon: parameter 'embed.table' of shape [1, 2] has role embedding; give it to adamw with partition()",
    );
  });

  test("muon gives embeddings and vectors to adamw", () => {
    const roles = { embed: { table: "embedding" }, w: "hidden", b: "vector" } as const;
    const options = { learningRate: 0.1, b1: 0.8 };
    const routed = muon({ roles, adamw: options });
    const alone = adamw({ ...options, b2: 0.95, eps: 1e-10, weightDecay: 0 });
    const gradients = () => ({ embed: { table: array([[3, -1]]) }, w: array([[1, 1]]), b: array([0.5]) });
    const all = apply(routed, gradients(), params());
    const { embed, b } = gradients();
    const [table, bias] = apply(alone, { embed, b }, { embed: params().embed, b: params().b });
    expect(all[0]).toEqual(table);
    expect(all[2]).toEqual(bias);
  });

  test("muon flattens kernels and splits fused query, key and value", () => {
    const kernel = Array.from({ length: 24 }, (_, i) => Math.sin(i));
    const flat = (shape: number[], role: "hidden" | "conv" | "qkv") => {
      const x = array(kernel).reshape(shape);
      return apply(muon({ roles: role }), x.ref, x)[0] as number[];
    };
    // Kernel axes (2, 3, 2, 2) are the matrix (2, 12).
    expect(flat([2, 3, 2, 2], "conv")).toEqual(flat([2, 12], "hidden"));
    const [q, k, v] = [0, 8, 16].map((from) => {
      const x = array(kernel.slice(from, from + 8)).reshape([2, 4]);
      return apply(muon(), x.ref, x)[0] as number[];
    }) as [number[], number[], number[]];
    const fused = flat([6, 4], "qkv");
    expect(Math.max(...[...q, ...k, ...v].map((x, i) => Math.abs(x - (fused[i] as number))))).toBeLessThan(
      1e-15,
    );
  });

  test("muon takes query, key and value head by head, and other views of a matrix", () => {
    const numbers = Array.from({ length: 48 }, (_, i) => Math.sin(i * i));
    const x = () => array(numbers).reshape([12, 4]);
    const heads = apply(muon({ roles: "qkv", heads: 2 }), x(), x())[0] as number[];
    const view = apply(muon({ view: () => [6, 2, 4] }), x(), x())[0] as number[];
    expect(heads).toEqual(view);
    const first = array(numbers.slice(0, 8)).reshape([2, 4]);
    const alone = apply(muon(), first.ref, first)[0] as number[];
    expect(Math.max(...alone.map((v, i) => Math.abs(v - (heads[i] as number))))).toBeLessThan(1e-15);
    expect(() => muon({ roles: "qkv", heads: 5 }).init(x())).toThrow("do not divide into 3 x 5 heads");
    expect(() => muon({ view: () => [5, 4] }).init(x())).toThrow("cannot be seen as [5, 4]");
    expect(() => muon({ variant: "adam" as never })).toThrow(
      "unknown variant 'adam'; expected one of keller",
    );
    expect(() => muon({ scale: "big" as never }).init(x())).toThrow("unknown scale 'big'");
  });

  test("muon's variants are their published defaults", () => {
    const x = () => array([[3, 1, -2]]);
    const step = (options: Parameters<typeof muon>[0]) => apply(muon(options), x(), x())[0] as number[];
    // Scale 0.2 sqrt(3) against 1, and a decay of 0.1, at the rate 1e-3.
    const keller = step({ learningRate: 1e-3, weightDecay: 0.1 });
    expect(step({ variant: "torch" })).toEqual(keller.map((v) => expect.closeTo(v, 9)));
    const plain = step({ learningRate: 1e-3 });
    const moonshot = plain.map((v, i) => 0.2 * Math.sqrt(3) * v - 1e-4 * ([3, 1, -2][i] as number));
    expect(step({ variant: "moonshot" })).toEqual(moonshot.map((v) => expect.closeTo(v, 12)));
    // Adaptive: times <momentum, update>; corrected, the first momentum with the look-ahead is a multiple of the gradient.
    const optax = step({ variant: "optax", learningRate: 1 });
    const adaptive = step({ variant: "optax", learningRate: 1, adaptive: true });
    const weight = 0.95 / (1 + 0.95) + 1;
    const dual = weight * -optax.reduce((sum, v, i) => sum + v * ([3, 1, -2][i] as number), 0);
    expect(adaptive).toEqual(optax.map((v) => expect.closeTo(v * dual, 9)));
  });

  test.each([
    ["shampoo", shampoo],
    ["soap", soap],
  ] as const)(
    "%s: a host that picks the refreshing step gets the same, without the work between",
    (_, make) => {
      const rule = (refresh: "due" | "always" | "never") => make({ every: 3, refresh });
      const [due, always, never] = [rule("due"), rule("always"), rule("never")];
      const start = () => array(Array.from({ length: 6 }, (_, i) => Math.cos(i))).reshape([2, 3]);
      const gradient = (t: number) =>
        array(Array.from({ length: 6 }, (_, i) => Math.sin(t + i * i + 1))).reshape([2, 3]);
      let one: Step = { params: start(), state: due.init(start()) };
      let two: Step = { params: start(), state: always.init(start()) };
      for (let t = 0; t < 8; t++) {
        one = step(due, one, gradient(t));
        two = step(t % 3 === 0 ? always : never, two, gradient(t));
        expect(difference(one.params, two.params)).toBeLessThan(1e-13);
        expect(difference(one.state, two.state)).toBeLessThan(1e-12);
      }
      const size = (optimizer: GradientTransformation) => {
        const current = { params: start(), state: optimizer.init(start()) };
        const { jaxpr } = makeJaxpr((c: Step, g: ArrayTree) => step(optimizer, c, g))(current, gradient(0));
        return jaxpr.jaxpr.flatten().simplify().eqns.length;
      };
      expect(size(never)).toBeLessThan(size(due) / 2);
    },
  );
});

describe("hyperparameters in the state", () => {
  test("a learning rate changes without compiling anew", () => {
    let traced = 0;
    const counting = (h: Parameters<typeof sgd>[0]) => {
      const inner = sgd(h);
      const update: typeof inner.update = (...args) => {
        traced++;
        return inner.update(...args);
      };
      return { ...inner, update };
    };
    const optimizer = injectHyperparams(counting, ["learningRate"])({ learningRate: 0.1, momentum: 0.5 });
    const jitted = jitStep(optimizer as GradientTransformation);
    const params = array([1]);
    let current: Step = { params, state: optimizer.init(params.ref) };
    current = jitted(current, array([1])) as Step;
    expect(values(current.params)).toEqual([[0.9]]);
    const { hyperparams } = current.state as { hyperparams: Record<string, np.Array> };
    hyperparams.learningRate?.dispose();
    hyperparams.learningRate = array(1);
    current = jitted(current, array([0])) as Step;
    expect(values(current.params)).toEqual([[0.4]]);
    expect(traced).toBe(1);
  });

  test("a schedule fills the state, and agrees with the schedule given directly", () => {
    const learningRate = warmupCosine({ peak: 1, warmupSteps: 2, totalSteps: 6 });
    const direct = adamw({ learningRate });
    const injected = injectHyperparams(adamw, ["learningRate", "b1", "weightDecay"])({
      learningRate,
      b1: 0.9,
      weightDecay: 1e-2,
    });
    const params = array([1, -2]);
    let a: Step = { params: params.ref, state: direct.init(params.ref) };
    let b: Step = { params: params.ref, state: injected.init(params) };
    for (let t = 0; t < 5; t++) {
      a = step(direct, a, array([t, 1 - t]));
      b = step(injected as GradientTransformation, b, array([t, 1 - t]));
    }
    expect(difference(a.params, b.params)).toBeLessThan(1e-14);
  });

  test("a listed hyperparameter needs a value", () => {
    expect(() => injectHyperparams(adamw, ["eps"])({})).toThrow("'eps' is listed but has no value");
  });
});

describe("clipping by the global norm", () => {
  test("scales all leaves by one factor", () => {
    const clipped = apply(
      clipByGlobalNorm(1),
      { a: array([3]), b: array([4]) },
      { a: array([0]), b: array([0]) },
    );
    expect(clipped.flat()).toEqual([expect.closeTo(0.6, 14), expect.closeTo(0.8, 14)]);
  });
  test("leaves small and zero gradients alone", () => {
    expect(apply(clipByGlobalNorm(1), array([0.3, 0.4]), array([0, 0]))).toEqual([[0.3, 0.4]]);
    expect(apply(clipByGlobalNorm(1), array([0, 0]), array([0, 0]))).toEqual([[0, 0]]);
  });
});
