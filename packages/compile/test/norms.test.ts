import { numpy as np, tree } from "@jax-js/jax";
import { expect, test } from "vitest";
import { type ArrayTree, compileStep, type PlanSegment, scalar, type Tensor, tensor } from "../src/index.ts";

/** Updates that need norms of what they update: a pass for the norms, scalar arithmetic, a pass that uses them. */

const shapes = [[7, 5], [13], [1], [3, 2, 5]];
const wave = (phase: number) =>
  shapes.map((shape, k) => {
    const length = shape.reduce((a, b) => a * b, 1);
    return tensor(
      Float32Array.from({ length }, (_, i) => Math.sin(1.3 * i + k + phase)),
      shape,
    );
  });

type State = { p: np.Array[]; m: np.Array[]; v: np.Array[]; d: np.Array };
type Update = (s: State, g: np.Array[]) => State;

const squares = (x: np.Array) => np.square(x).sum();
const total = (xs: readonly np.Array[], f: (x: np.Array) => np.Array) => xs.map(f).reduce((a, b) => a.add(b));
const refs = (xs: readonly np.Array[]) => xs.map((x) => x.ref);
const momentum = (m: np.Array, g: np.Array) => m.mul(0.9).add(g);

/** The kinds of segments of each update, and the update. A segment of "fused" is one pass over all parameters. */
const updates: Record<string, [string, Update]> = {
  "clips by the global norm": [
    "fused scalars fused",
    (s, g) => {
      const scale = np.minimum(np.array(0.5).div(np.sqrt(total(refs(g), squares))), 1);
      const m = s.m.map((m, i) => momentum(m, g[i]!.mul(scale.ref)));
      return { ...s, m, p: s.p.map((p, i) => p.sub(m[i]!.ref.mul(0.1))) };
    },
  ],
  "scales every leaf by its trust ratio": [
    "fused scalars fused",
    (s, g) => {
      const m = s.m.map((m, i) => momentum(m, g[i]!.ref));
      const v = s.v.map((v, i) => v.mul(0.99).add(np.square(g[i]!)));
      const p = s.p.map((p, i) => {
        const u = m[i]!.ref.div(np.sqrt(v[i]!.ref).add(1e-3)).add(p.ref.mul(0.01));
        const ratio = np.sqrt(squares(p.ref)).div(np.sqrt(squares(u.ref)));
        return p.sub(u.mul(ratio).mul(0.1));
      });
      return { ...s, m, v, p };
    },
  ],
  "needs a norm of what a norm has scaled": [
    "fused scalars fused scalars fused",
    (s, g) => {
      const unit = np.sqrt(total(refs(g), squares));
      const u = s.m.map((m, i) => momentum(m, g[i]!.div(unit.ref)));
      const length = np.sqrt(total(refs(u), squares));
      return { ...s, m: u, p: s.p.map((p, i) => p.sub(u[i]!.ref.div(length.ref))) };
    },
  ],
  "keeps a statistic that nothing else needs": [
    "fused scalars",
    (s, g) => ({
      ...s,
      p: s.p.map((p, i) => p.sub(g[i]!.ref)),
      d: s.d.add(total(g, (x) => np.abs(x).max())),
    }),
  ],
  "moves by the old estimate and improves it with an inner product": [
    "fused scalars",
    (s, g) => {
      const gain = s.m.map((m, i) => np.dot(m.ref.flatten(), g[i]!.ref.flatten())).reduce((a, b) => a.add(b));
      const m = s.m.map((m, i) => momentum(m, g[i]!.mul(s.d.ref)));
      const p = s.p.map((p, i) => p.sub(m[i]!.ref));
      return { ...s, m, p, d: np.maximum(s.d, gain) };
    },
  ],
  "divides by the largest and the smallest entry": [
    "fused scalars fused",
    (s, g) => ({
      ...s,
      p: s.p.map((p, i) => p.sub(g[i]!.ref.div(g[i]!.ref.max().sub(g[i]!.ref.min()).add(1)))),
      m: s.m.map((m, i) => m.mul(g[i]!.ref.mul(0.1).add(1).prod())),
    }),
  ],
  "multiplies matrices between two norms": [
    "fused scalars fused graph fused scalars fused",
    (s, g) => {
      const unit = np.sqrt(total(refs(g), squares));
      const m = s.m.map((m, i) => momentum(m, g[i]!.div(unit.ref)));
      const [w, ...rest] = s.p as [np.Array, ...np.Array[]];
      const u = np.matmul(m[0]!.ref, np.matmul(np.matrixTranspose(m[0]!.ref), w.ref));
      const length = np.sqrt(squares(u.ref));
      return { ...s, m, p: [w.sub(u.div(length)), ...rest.map((p, i) => p.sub(m[i + 1]!.ref))] };
    },
  ],
};

const numbers = (t: unknown) => (tree.leaves(t as never) as Tensor[]).flatMap((x) => Array.from(x.data));

for (const [name, [kinds, update]] of Object.entries(updates)) {
  test(`an update that ${name}: ${kinds}, and as jax-js has it`, async () => {
    const step = (s: State, g: np.Array[]): [ArrayTree, ArrayTree] => [update(s, g) as never, []];
    const results: number[][] = [];
    for (const executor of ["native", "jax"] as const) {
      const carry = {
        p: wave(0),
        m: wave(2),
        v: wave(3).map((x) =>
          tensor(
            x.data.map((y) => y * y),
            x.shape,
          ),
        ),
        d: scalar(0.01),
      };
      const program = await compileStep(step, carry as never, [wave(1)] as never, { executor, name });
      const segments: readonly PlanSegment[] = program.plan().segments;
      if (executor === "native") expect(segments.map((s) => s.kind).join(" ")).toBe(kinds);
      for (let i = 0; i < 3; i++) await (program.run as (g: Tensor[]) => Promise<unknown>)(wave(1 + i));
      results.push(numbers(await program.readCarry()));
      await program.dispose();
    }
    const [native, jax] = results as [number[], number[]];
    expect(native.length).toBe(jax.length);
    native.forEach((v, i) => {
      expect(Math.abs(v - (jax[i] as number))).toBeLessThan(1e-5 * (1 + Math.abs(jax[i] as number)));
    });
  });
}

test("the plan counts what a pass goes over", async () => {
  const [, update] = updates["clips by the global norm"] as [string, Update];
  const step = (s: State, g: np.Array[]): [ArrayTree, ArrayTree] => [update(s, g) as never, []];
  const carry = { p: wave(0), m: wave(2), v: wave(3), d: scalar(1) };
  const program = await compileStep(step, carry as never, [wave(1)] as never, { executor: "native" });
  const [norm, , move] = program.plan().segments as [PlanSegment, PlanSegment, PlanSegment];
  // The leaf with one element is a scalar, and needs no pass.
  expect([norm.elements, norm.reductions]).toEqual([35 + 13 + 30, 3]);
  expect([move.elements, move.reductions]).toEqual([35 + 13 + 30, 0]);
  await program.dispose();
});
