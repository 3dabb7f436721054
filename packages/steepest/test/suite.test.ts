import { makeJaxpr, numpy as np, tree } from "@jax-js/jax";
import { type ArrayTree, leafPaths, loadState, type RoleTree, saveState } from "steepest";
import { describe, expect, test } from "vitest";
import { registry } from "./registry.ts";
import {
  array,
  difference,
  jitStep,
  liveReferences,
  normals,
  type Real,
  randomArray,
  type Step,
  step,
  values,
} from "./support.ts";

// What every optimizer must do, whatever its rule.

const roles: RoleTree = { layer: { weight: "hidden", bias: "vector" }, embed: "embedding", gain: "vector" };

const mixedTree = (next: () => number, dtype: Real = "float64"): ArrayTree => ({
  layer: { weight: randomArray([4, 3], next, dtype), bias: randomArray([4], next, dtype) },
  embed: randomArray([5, 2], next, dtype),
  gain: randomArray([], next, dtype),
});

describe.each(registry)("$name", ({ make, learningRate }) => {
  const optimizer = make(learningRate, roles);
  const start = (dtype: Real = "float64"): Step => {
    const params = mixedTree(normals(1), dtype);
    return { params, state: optimizer.init(tree.ref(params)) };
  };

  test("runs the same under jit", () => {
    const jitted = jitStep(optimizer);
    let eager = start();
    let compiled = start();
    for (let t = 0; t < 4; t++) {
      eager = step(optimizer, eager, mixedTree(normals(10 + t)));
      compiled = jitted(compiled, mixedTree(normals(10 + t))) as Step;
      expect(difference(eager.params, compiled.params)).toBeLessThan(1e-12);
    }
    tree.dispose([eager.params, eager.state, compiled.params, compiled.state]);
    jitted.dispose();
  });

  // What jit compiles anew for, were it otherwise.
  test("keeps the structure, shapes and types of its state", () => {
    const before = start("float32");
    const shapes = (t: ArrayTree) =>
      leafPaths<np.Array>(t).map(
        ([path, x]) => `${path} ${x.weakType ? "weak " : ""}${x.dtype} [${x.shape}]`,
      );
    const expected = shapes(before.state);
    const after = step(optimizer, before, mixedTree(normals(2), "float32"));
    expect(shapes(after.state)).toEqual(expected);
    expect(new Set(tree.leaves<np.Array>(after.params).map((x) => x.dtype))).toEqual(new Set([np.float32]));
    tree.dispose([after.params, after.state]);
  });

  test("releases every array that it made", () => {
    const run = () => {
      let current = start();
      for (let t = 0; t < 2; t++) current = step(optimizer, current, mixedTree(normals(3)));
      // Arrays hold memory from the moment they are computed.
      difference(current.params, current.params);
      difference(current.state, current.state);
      tree.dispose([current.params, current.state]);
    };
    run();
    const before = liveReferences();
    run();
    expect(liveReferences()).toBe(before);
  });

  test("continues after a restore as if nothing had happened", () => {
    // Compiled, since eager jax-js folds constants that it still knows in float64, and a restore makes it forget them.
    const jitted = jitStep(optimizer);
    let current = start("float32");
    for (let t = 0; t < 3; t++) current = jitted(current, mixedTree(normals(20 + t), "float32")) as Step;
    const restored = loadState(saveState(current), current);
    const next = jitted(current, mixedTree(normals(30), "float32")) as Step;
    const again = jitted(restored, mixedTree(normals(30), "float32")) as Step;
    expect(difference(next, again)).toBe(0);
    tree.dispose([next, again]);
    jitted.dispose();
  });

  test("takes zero gradients without a NaN", () => {
    let current = start();
    for (let t = 0; t < 3; t++) {
      const zeros = tree.map((x: np.Array) => np.zerosLike(x), mixedTree(normals(1))) as ArrayTree;
      current = step(optimizer, current, zeros);
    }
    expect(values([current.params, current.state]).flat().filter(Number.isNaN)).toEqual([]);
    tree.dispose(current);
  });

  test("does not hide a NaN gradient", () => {
    const current = start();
    const bad = tree.map((x: np.Array) => x.mul(Number.NaN), mixedTree(normals(1))) as ArrayTree;
    const first = step(optimizer, current, bad);
    // Some rules move only at the step after.
    const after = step(optimizer, first, mixedTree(normals(2)));
    expect(values([after.params, after.state]).flat().some(Number.isNaN)).toBe(true);
    tree.dispose(after);
  });

  test("takes an empty tree and a bare scalar", () => {
    const empty = make(learningRate, {});
    expect(step(empty, { params: {}, state: empty.init({}) }, {}).params).toEqual({});
    const alone = make(learningRate, "vector");
    let current: Step = { params: array(2), state: alone.init(array(2)) };
    for (let t = 0; t < 3; t++) current = step(alone, current, array(1));
    const [moved] = values(current.params).flat() as [number];
    expect(moved).toBeLessThan(2);
    tree.dispose(current);
  });

  test("can be traced", () => {
    const { params, state } = start("float32");
    const gradients = mixedTree(normals(2), "float32");
    const { jaxpr } = makeJaxpr((current: Step, g: ArrayTree) => step(optimizer, current, g))(
      { params, state },
      gradients,
    );
    expect(jaxpr.jaxpr.flatten().simplify().eqns.length).toBeGreaterThan(0);
    jaxpr.dispose();
  });
});
