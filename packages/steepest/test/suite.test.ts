import { makeJaxpr, numpy as np, tree } from "@jax-js/jax";
import { type ArrayTree, leafPaths, type RoleTree } from "steepest";
import { describe, expect, test } from "vitest";
import { registry } from "./registry.ts";
import {
  difference,
  jitStep,
  liveReferences,
  normals,
  type Real,
  randomArray,
  type Step,
  step,
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

  test("keeps the structure, shapes and types of its state", () => {
    const before = start("float32");
    const shapes = (t: ArrayTree) =>
      leafPaths<np.Array>(t).map(([path, x]) => `${path} ${x.dtype} [${x.shape}]`);
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
