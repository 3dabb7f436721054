import { fileURLToPath } from "node:url";
import { grad, jit, numpy as np } from "@jax-js/jax";
import { afterEach, expect, test } from "vitest";
import { compile, compileStep, exportOnnx, initRuntime, tensor } from "../src/index.ts";
import { sourceLine } from "../src/source.ts";
import { rules } from "../src/wasm/lower.ts";

/** What is refused is named with its primitive and the line of the user's function, which carries a mark below. */

const executors = ["native", "wasm"] as const;
const here = fileURLToPath(new URL(".", import.meta.url));
const x = tensor([3, 1, 2, 5, 4, 6], [2, 3]);

/** Takes the loops of a primitive away, which no executor but jax can then run. */
const taken = new Map<string, typeof rules extends ReadonlyMap<string, infer R> ? R : never>();
function takeAway(op: string): void {
  const rule = rules.get(op);
  if (rule === undefined) throw new Error(`no rule for ${op}`);
  taken.set(op, rule);
  (rules as Map<string, typeof rule>).delete(op);
}
afterEach(() => {
  for (const [op, rule] of taken) (rules as Map<string, typeof rule>).set(op, rule);
  taken.clear();
});

/** Marks a line of a traced function: "refusal.test.ts:42". */
let marked = "";
function mark<T>(value: T): T {
  marked = /refusal\.test\.ts:\d+/.exec(new Error().stack?.split("\n")[2] ?? "")?.[0] as string;
  return value;
}

async function refusalOf(run: () => Promise<unknown>): Promise<string> {
  return run().then(
    () => "not refused",
    (error: Error) => error.message,
  );
}

test.each(executors)("%s names the line of a primitive that it lacks", async (executor) => {
  takeAway("sort");
  const inner = (a: np.Array) => mark(np.sort(a.mul(2)));
  const program = (a: np.Array) => inner(np.exp(a)).sum();
  const message = await refusalOf(() => compile(program, [x], { executor }));
  expect(message).toMatch(
    /^program( 0)?: the wasm executor has no sort;.*= sort\(.*, at \S*refusal\.test\.ts:\d+:\d+$/,
  );
  expect(message).toContain(`${marked}:`);
});

test.each(executors)("%s names the line where a nested jit is called", async (executor) => {
  takeAway("sort");
  const sorted = jit((a: np.Array) => np.sort(a.mul(2)));
  const program = (a: np.Array) => np.exp(mark(sorted(a))).sum();
  const message = await refusalOf(() => compile(program, [x], { executor }));
  expect(message).toMatch(/has no sort/);
  expect(message).toContain(`at ${here}${marked}:`);
});

test.each(executors)(
  "%s says where the gradient of a step, or of what derives from it, is taken",
  async (executor) => {
    const loss = (w: np.Array, i: np.Array) => np.square(np.take(w, i, 1)).sum();
    const gradient = (w: np.Array, i: np.Array) => mark(grad(loss)(w, i));
    const step = (w: np.Array, i: np.Array): [np.Array, np.Array] => [gradient(w, i), np.zeros([])];
    const index = tensor([2, 0], [2], "int32");
    const still = (w: np.Array, i: np.Array): [np.Array, np.Array] => [w, i.sum()];
    const compiled = await compileStep(still, x, [index], { executor });
    takeAway("scatter");
    for (const run of [
      () => compileStep(step, x, [index], { executor }),
      () => compiled.derive(gradient, [index]),
    ]) {
      const message = await refusalOf(run);
      expect(message).toMatch(/has no scatter/);
      expect(message).toContain(`, in the gradient taken at ${here}${marked}:`);
    }
    await compiled.dispose();
  },
);

test("an ONNX file names the line of a primitive that it lacks", async () => {
  const fn = (w: np.Array, a: np.Array) => mark(np.sort(a.mul(w))).sum();
  const message = await refusalOf(() => exportOnnx(fn, [tensor([1, 2, 3]), x]));
  expect(message).toMatch(/no rule for the primitive "sort"/);
  expect(message).toContain(`, at ${here}${marked}:`);
});

test.each(executors)("%s names the primitive and the line of a dtype that it lacks", async (executor) => {
  const fn = (a: np.Array) => mark(a.astype(np.float16)).astype(np.float32).sum();
  const message = await refusalOf(() => compile(fn, [x], { executor }));
  expect(message).toMatch(
    /^fn: dtype float16 is not supported; cast to float32 first: the primitive "cast", at/,
  );
  expect(message).toContain(`${here}${marked}:`);
});

test("a function that consumes what it closes over is refused like any other", async () => {
  takeAway("sort");
  await initRuntime();
  const once = np.array([1, 2, 3]);
  const message = await refusalOf(() =>
    compile((a: np.Array) => mark(np.sort(a.mul(once))), [x], { executor: "wasm" }),
  );
  expect(message).toMatch(/^program: the wasm executor has no sort;/);
  expect(message).toContain(`, at ${here}${marked}:`);
});

test("the user's line is the innermost outside libraries, or else outside jax-js", () => {
  const frames = (...places: string[]) =>
    ["Error: no", ...places.map((place) => `    at f (${place}:1:2)`)].join("\n");
  const jax = "/home/me/node_modules/@jax-js/jax/dist/index.js";
  const library = "file:///home/me/node_modules/steepest/dist/index.js";
  const sibling = fileURLToPath(new URL("../../steepest/src/chain.ts", import.meta.url));
  const own = fileURLToPath(new URL("../src/trace.ts", import.meta.url));
  const user = "/home/me/steepest/src/model.ts";
  expect(sourceLine(frames(jax, library, sibling, own, user))).toBe(`at ${user}:1:2`);
  expect(sourceLine(frames(jax, library, own))).toBe("at /home/me/node_modules/steepest/dist/index.js:1:2");
  expect(sourceLine(frames(jax, own, "node:internal/main"))).toBeUndefined();
});
