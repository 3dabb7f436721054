import { grad, jit, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import {
  type ArrayTree,
  applyUpdates,
  type GradientTransformation,
  lbfgs,
  mask,
  minimizeLbfgs,
  multiSteps,
  type RoleTree,
  sgd,
  wolfeLineSearch,
} from "steepest";
import { describe, expect, test } from "vitest";
import { registry } from "./registry.ts";
import { array, difference, normals, randomArray, type Step, step, values } from "./support.ts";

// Problems that every optimizer must make progress on: a check of the whole, where the traces check the rule.

type Problem = {
  readonly name: string;
  readonly start: () => ArrayTree;
  readonly loss: (x: ArrayTree) => np.Array;
  readonly roles: RoleTree;
};

const squaredDistance = (x: np.Array, target: np.Array) => np.square(x.sub(target)).sum();

const problems: Problem[] = [
  {
    name: "parabola",
    roles: "vector",
    start: () => array([-1, 10, 1].map((v) => v / 4)),
    loss: (x) => squaredDistance(x as np.Array, array([1, -1, 1])),
  },
  {
    name: "Rosenbrock",
    roles: "vector",
    start: () => array([0, 0]),
    loss(x) {
      const a = (x as np.Array).ref.slice(0);
      const b = (x as np.Array).slice(1);
      return np.square(array(1).sub(a.ref)).add(np.square(b.sub(np.square(a))).mul(10));
    },
  },
  {
    name: "matrix",
    roles: "hidden",
    start: () => randomArray([4, 3], normals(1)),
    loss: (x) =>
      squaredDistance(x as np.Array, array(Array.from({ length: 4 }, (_, i) => [i / 4, 1, -i / 4]))),
  },
  {
    name: "mixed tree",
    roles: { w: "hidden", b: "vector", s: "vector" },
    start: () => ({ w: randomArray([3, 2], normals(2)), b: array([1, 2]), s: array(-1) }),
    loss(x) {
      const { w, b, s } = x as Record<"w" | "b" | "s", np.Array>;
      return np
        .square(w.sub(0.5))
        .sum()
        .add(squaredDistance(b, array([0, 1])))
        .add(np.square(s.sub(1)));
    },
  },
];

describe.each(registry)("$name", ({ make, learningRate }) => {
  test.each(problems)("descends on the $name", ({ start, loss, roles }) => {
    const optimizer = make(learningRate, roles);
    const gradient = grad(loss as (x: np.Array) => np.Array) as unknown as (x: ArrayTree) => ArrayTree;
    let traced = 0;
    const iterate = jit(({ params, state }: Step): Step => {
      traced++;
      return step(optimizer, { params: tree.ref(params), state }, gradient(params));
    });
    const params = start();
    const first = loss(tree.ref(params)).item();
    let current: Step = { params, state: optimizer.init(tree.ref(params)) };
    for (let t = 0; t < 100; t++) current = iterate(current) as Step;
    // Compiled once, and never again.
    expect(traced).toBe(1);
    const last = loss(tree.ref(current.params)).item();
    expect(last).toBeLessThan(first);
    tree.dispose(current);
    iterate.dispose();
  });

  test("accumulation equals the large batch, and masks leave leaves alone", () => {
    const params = () => ({ a: randomArray([2, 3], normals(1)), b: randomArray([2, 2], normals(2)) });
    const roles: RoleTree = { a: "hidden", b: "hidden" };
    const gradient = (seed: number) => ({
      a: randomArray([2, 3], normals(seed)),
      b: randomArray([2, 2], normals(seed + 1)),
    });
    const mean = (x: ArrayTree, y: ArrayTree) =>
      tree.map((p: np.Array, q: np.Array) => p.add(q).mul(0.5), x, y) as ArrayTree;

    const inner = make(learningRate, roles);
    const accumulated = multiSteps(inner, 2) as GradientTransformation;
    let one: Step = { params: params(), state: inner.init(params()) };
    let two: Step = { params: params(), state: accumulated.init(params()) };
    for (const seed of [10, 20, 30]) {
      one = step(inner, one, mean(gradient(seed), gradient(seed + 5)));
      two = step(accumulated, two, gradient(seed));
      two = step(accumulated, two, gradient(seed + 5));
    }
    expect(difference(one.params, two.params)).toBeLessThan(1e-11);

    const masked = mask(make(learningRate, { a: "hidden" }), { a: true, b: false });
    const [updates] = masked.update(gradient(1), masked.init(params()), params());
    expect(values(updates)[1]).toEqual(values(gradient(1))[1]);
  });
});

test("L-BFGS solves a badly conditioned quadratic in a few steps, where gradient descent crawls", () => {
  const curvature = array([1, 10, 100, 1000]);
  const run = (optimizer: GradientTransformation, steps: number) => {
    let x = array([1, 1, 1, 1]);
    let state = optimizer.init(x.ref);
    for (let t = 0; t < steps; t++) {
      const [u, next] = optimizer.update(x.ref.mul(curvature.ref), state, x.ref);
      [x, state] = [applyUpdates(x, u), next];
    }
    return np.max(np.abs(x)).item();
  };
  expect(run(lbfgs(), 40)).toBeLessThan(1e-8);
  expect(run(sgd({ learningRate: 1e-3 }), 40)).toBeGreaterThan(0.9);
});

describe("L-BFGS with a line search", () => {
  const rosenbrock = (x: np.Array): np.Array => {
    const [a, b] = [x.ref.slice(0), x.slice(1)];
    return np.square(array(1).sub(a.ref)).add(np.square(b.sub(np.square(a))).mul(100));
  };
  test("solves Rosenbrock's valley from the usual start, and is compiled once", () => {
    let traced = 0;
    const { init, step } = minimizeLbfgs<np.Array>((x) => {
      traced++;
      return valueAndGrad(rosenbrock)(x) as [np.Array, np.Array];
    });
    const jitted = jit(step as never) as unknown as typeof step;
    let state = init(array([-1.2, 1]));
    let last = state.value.ref.item();
    let early = 0;
    for (let t = 0; t < 40; t++) {
      state = jitted(state);
      if (t === 0) early = traced;
      const value = state.value.ref.item();
      // Armijo: no step goes up.
      expect(value).toBeLessThanOrEqual(last);
      last = value;
    }
    expect(traced).toBe(early);
    expect(difference(state.params, array([1, 1]))).toBeLessThan(1e-8);
    tree.dispose(state as never);
  });

  test("its steps satisfy the strong Wolfe conditions", () => {
    const objective = (x: np.Array) => valueAndGrad(rosenbrock)(x) as [np.Array, np.Array];
    const [value, gradients] = objective(array([-1.2, 1]));
    const direction = gradients.ref.mul(-1);
    const slope = gradients.ref.mul(direction.ref).sum().item();
    const start = value.ref.item();
    const found = wolfeLineSearch(objective)({ params: array([-1.2, 1]), value, gradients }, direction.ref);
    const moved = found.params.sub(array([-1.2, 1]));
    const size = moved.mul(direction.ref).sum().item() / -slope;
    expect(found.value.item()).toBeLessThanOrEqual(start + 1e-4 * size * slope);
    expect(Math.abs(found.gradients.mul(direction).sum().item())).toBeLessThanOrEqual(0.9 * Math.abs(slope));
  });

  test("stays where it is when no step descends", () => {
    const flat = (x: np.Array): [np.Array, np.Array] => [array(1), x.mul(0).add(1)];
    const { init, step } = minimizeLbfgs<np.Array>(flat, { evaluations: 3 });
    expect(values(step(init(array([2, 3]))).params)).toEqual([[2, 3]]);
  });
});
