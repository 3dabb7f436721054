import "steepest/node";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defaultDevice, init, tree } from "@jax-js/jax";
import {
  type ArrayTree,
  compileStep,
  type Executor,
  fromArray,
  initRuntime,
  type Tensor,
  tensor,
  toArray,
} from "@steepest/compile";
import { adafactor, adaptiveClip, applyUpdates, chain, type GradientTransformation, sgd } from "steepest";
import { registry, startingValues } from "steepest/registry";
import { describe, expect, test } from "vitest";
import { hyperparametersOf } from "../../steepest/conformance/hyperparameters.ts";
import { originOf, registry as rules } from "../../steepest/conformance/registry.ts";
import { type Case, type Matrix, readTraces, type TraceFile } from "../../steepest/conformance/trace.ts";

// What the library's own tests cannot see, since it knows no executors: rules in float32 on each of them against float64,
// and how many passes an update takes.

await init();
defaultDevice("wasm");
await initRuntime();

const host = (m: Matrix): Tensor =>
  tensor(Float32Array.from(m.flat()), [m.length, (m[0] as readonly number[]).length]);
const onHost = (t: ArrayTree) => tree.map(fromArray, t as never);

/** What the tests use of a compiled step. */
interface Update {
  run(gradient: Tensor): Promise<unknown>;
  readCarry(): Promise<{ params: { data: ArrayLike<number> } }>;
  plan(): { segments: readonly { kind: string; elements?: number }[] };
  explain(): string;
  dispose(): Promise<void>;
}

/** Compiles an update alone: the gradient is an input. */
async function compileUpdate(
  optimizer: GradientTransformation,
  params: ArrayTree,
  gradient: unknown,
  executor: Executor,
): Promise<Update> {
  const carry = { params: onHost(params), state: onHost(optimizer.init(tree.ref(params))) };
  tree.dispose(params);
  const step = (current: { params: ArrayTree; state: ArrayTree }, g: ArrayTree) => {
    const [updates, state] = optimizer.update(g, current.state, tree.ref(current.params));
    return [{ params: applyUpdates(current.params, updates), state }, {}];
  };
  const options = { executor, name: "update", ...(executor === "native" && { threads: 1 }) };
  return (await compileStep(
    step as never,
    carry as never,
    [gradient] as never,
    options,
  )) as unknown as Update;
}

/**
 * Allowed difference of a float32 path from the float64 one, relative to the way gone plus the size of the parameters. Rules
 * that orthogonalise or take roots of matrices amplify rounding by their condition numbers.
 */
const allowed = (name: string): number => {
  if (/^(soap|shampoo|muon.*svd)/.test(name)) return 1e-2;
  if (/^(muon|scion_spectral)/.test(name)) return 1e-3;
  return 2e-5;
};

const folder = fileURLToPath(new URL("../../steepest/test/reference/", import.meta.url));
const files = readdirSync(folder).filter((name) => /^seed-.*-(5x2|3x3)\.json$/.test(name));
const cases = files.flatMap((name) => {
  const file = readTraces(`${folder}${name}`);
  // The square file only for what the tall one lacks.
  return file.cases
    .filter((entry) => /5x2/.test(name) || entry.name === "soap")
    .map((entry) => ({ name: entry.name, file, entry }));
});

/** The largest difference over the path, relative to the size of the parameters on it. */
async function worstOf(file: TraceFile, entry: Case, executor: Executor): Promise<number> {
  const rule = rules.find(({ matches }) => matches.test(entry.name));
  if (rule === undefined) throw new Error(`no rule for ${entry.name}`);
  const optimizer = rule.optimizer(hyperparametersOf(entry.hyperparameters), originOf(entry));
  const update = await compileUpdate(
    optimizer,
    toArray(host(file.x0)),
    host(file.gradients[0] as Matrix),
    executor,
  );
  let worst = 0;
  const size = Math.max(...[file.x0, ...entry.x].flat(2).map(Math.abs));
  for (const [t, gradient] of file.gradients.entries()) {
    const before = (await update.readCarry()).params.data;
    await update.run(host(gradient));
    const at = rule.beforeStep ? before : (await update.readCarry()).params.data;
    const expected = (entry.x[t] as Matrix).flat();
    for (const [i, value] of expected.entries()) {
      const difference = Math.abs((at[i] as number) - value) / size;
      // A NaN must not pass for small.
      worst = Math.max(difference, worst);
    }
  }
  await update.dispose();
  return worst;
}

describe.each<Executor>(["native", "wasm", "jax"])("float32 on the %s executor", (executor) => {
  test.each(cases)("$name stays with float64", async ({ name, file, entry }) => {
    expect(await worstOf(file, entry, executor)).toBeLessThan(allowed(name));
  });
});

describe("updates that are one pass over memory", () => {
  const params = (): ArrayTree => ({
    w: toArray(
      tensor(
        Float32Array.from({ length: 35 }, (_, i) => Math.sin(i)),
        [5, 7],
      ),
    ),
    b: toArray(tensor(Float32Array.of(1, 2, 3), [3])),
  });
  const elementwise = [...registry.values()].filter(
    ({ elementwise, needs }) => elementwise && needs.length === 0,
  );

  test.each(elementwise)("$name", async (optimizer) => {
    const update = await compileUpdate(
      optimizer.create(startingValues(optimizer)),
      params(),
      onHost(params()),
      "native",
    );
    const kinds = update.plan().segments.map(({ kind }) => kind);
    // Arithmetic on single numbers (bias corrections, learning rates) may stand before the pass; nothing else may.
    expect(kinds.filter((kind) => kind !== "scalars")).toEqual(["fused"]);
    // A count that is kept beside 35 + 3 parameters is an element too.
    expect(update.explain()).toMatch(/fused WebAssembly: (38|39) elements in one pass/);
    await update.dispose();
  });
});

describe("updates that need means of rows and columns", () => {
  const [m, n] = [130, 200];
  const wave = (phase: number) => ({
    w: tensor(
      Float32Array.from({ length: m * n }, (_, i) => Math.sin(i + phase)),
      [m, n],
    ),
    b: tensor(
      Float32Array.from({ length: n }, (_, i) => Math.cos(i + phase)),
      [n],
    ),
  });
  const params = (): ArrayTree => ({ w: toArray(wave(0).w), b: toArray(wave(0).b) });

  test.each<[string, number, () => GradientTransformation]>([
    ["Adafactor: the means, the length of the update, the update", 3, () => adafactor()],
    ["Adafactor without clipping", 2, () => adafactor({ clipping: null })],
    [
      "adaptive clipping: the lengths, the update",
      2,
      () => chain(adaptiveClip(), sgd({ learningRate: 0.1, momentum: 0.9 })),
    ],
  ])("%s: %i passes and no graph, as jax-js has it", async (_, passes, make) => {
    const results: Tensor[][] = [];
    for (const executor of ["native", "jax"] as const) {
      const update = await compileUpdate(make(), params(), wave(1), executor);
      const { segments } = update.plan();
      if (executor === "native") {
        expect(segments.map(({ kind }) => kind)).not.toContain("graph");
        expect(segments.filter(({ elements = 0 }) => elements >= m * n)).toHaveLength(passes);
      }
      for (let i = 0; i < 3; i++) await update.run(wave(1 + i) as never);
      results.push(tree.leaves((await update.readCarry()).params as never));
      await update.dispose();
    }
    const [native, jax] = results as [Tensor[], Tensor[]];
    native.forEach((x, leaf) => {
      x.data.forEach((v, i) => {
        expect(Math.abs(v - (jax[leaf]?.data[i] as number))).toBeLessThan(1e-5);
      });
    });
  });
});
