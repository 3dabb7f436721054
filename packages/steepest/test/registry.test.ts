import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { numpy as np, tree } from "@jax-js/jax";
import type { ArrayTree, RoleTree } from "steepest";
import * as steepest from "steepest";
import { registry, startingValues } from "steepest/registry";
import { describe, expect, test } from "vitest";
import "./support.ts";

const exported: Readonly<Record<string, unknown>> = steepest;

// What the registry says of an optimizer must be so.

describe.each([...registry.values()])("$name", (optimizer) => {
  const values = startingValues(optimizer);

  test("is made by an exported function and starts inside its ranges", () => {
    expect(typeof exported[optimizer.factory]).toBe("function");
    expect(optimizer.description).toMatch(/^[A-Z].*\.$/);
    for (const { default: start, min, max, scale } of Object.values(optimizer.hyperparameters)) {
      expect(start).toBeGreaterThanOrEqual(min);
      expect(start).toBeLessThanOrEqual(max);
      if (scale === "log") expect(min).toBeGreaterThan(0);
      if (scale === "decay") expect(max).toBeLessThan(1);
    }
  });

  test.each([[[6, 4]], [[130, 128]], [[5]]])("keeps as much state as it says for shape %j", (shape) => {
    const roles: RoleTree = shape.length === 2 ? "hidden" : "vector";
    const params = np.zeros(shape);
    const arrays = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, np.array(value)]));
    const state = optimizer.create(arrays, { roles }).init(params);
    const kept = tree
      .leaves<np.Array>(state as ArrayTree)
      .filter((x) => x.ndim > 0)
      .reduce((sum, x) => sum + x.size, 0);
    tree.dispose(state);
    const expected = optimizer.memory(shape);
    // Muon's vectors are AdamW's, with two numbers each.
    if (optimizer.name === "muon" && shape.length === 1) expect(kept).toBe(2 * 5);
    else expect(kept).toBe(expected);
  });

  test("takes every hyperparameter as an array, so that none needs a new program", () => {
    const arrays = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, np.array(value)]));
    const [byNumber, byArray] = [values, arrays].map((given) => {
      const rule = optimizer.create(given, { roles: "hidden" });
      const params = np.ones([2, 3]);
      const state = rule.init(params.ref);
      const gradient = np.array([
        [1, 2, 3],
        [-1, 0.5, 0],
      ]);
      const extra = {
        value: { value: np.array(2) },
        index: { index: np.array(0, { dtype: np.int32 }) },
        reference: { reference: gradient.ref, anchor: gradient.ref },
      };
      const [updates, next] = rule.update(
        gradient,
        state,
        params,
        Object.assign({}, ...optimizer.needs.map((need) => extra[need as keyof typeof extra] ?? {})),
      );
      tree.dispose(next);
      return (updates as np.Array).js().flat() as number[];
    }) as [number[], number[]];
    for (const [i, v] of byNumber.entries()) expect(byArray[i]).toBeCloseTo(v, 5);
  });
});

test("every file of an optimizer is registered", () => {
  const folder = fileURLToPath(new URL("../src/optimizers", import.meta.url));
  const names = readdirSync(folder).map((file) => basename(file, ".ts"));
  const functions = names.filter((name) => typeof exported[name] === "function");
  const factories = new Set([...registry.values()].map(({ factory }) => factory));
  // scheduleFree wraps a direction.
  expect(functions.filter((name) => !factories.has(name))).toEqual(["scheduleFree"]);
  expect(functions.length).toBeGreaterThan(25);
});
