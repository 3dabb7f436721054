import { lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { expect, test } from "vitest";
import { compileStep, type Executor, type Tensor } from "../src/index.ts";
import { random } from "./support/agree.ts";

type Params = Record<string, np.Array>;
type State = { p: Params; m: Params; v: Params; t: np.Array };
type Loss = (p: Params, x: np.Array, y: np.Array) => np.Array;

/** AdamW, written on leaves. */
function adamw(loss: Loss) {
  return (s: State, x: np.Array, y: np.Array): [State, np.Array] => {
    const [value, g] = valueAndGrad(loss)(tree.ref(s.p), x, y) as [np.Array, Params];
    const t = s.t.add(1);
    const next: State = { p: {}, m: {}, v: {}, t: t.ref };
    for (const name of Object.keys(s.p)) {
      const [p, gradient] = [s.p[name] as np.Array, g[name] as np.Array];
      const m = (s.m[name] as np.Array).mul(0.9).add(gradient.ref.mul(0.1));
      const v = (s.v[name] as np.Array).mul(0.99).add(np.square(gradient).mul(0.01));
      const first = np.reciprocal(
        np
          .exp(t.ref.mul(Math.log(0.9)))
          .neg()
          .add(1),
      );
      const second = np.reciprocal(
        np
          .exp(t.ref.mul(Math.log(0.99)))
          .neg()
          .add(1),
      );
      const update = m.ref.mul(first).div(np.sqrt(v.ref.mul(second)).add(1e-4));
      next.m[name] = m;
      next.v[name] = v;
      next.p[name] = p.ref.sub(update.add(p.mul(0.01)).mul(0.01));
    }
    t.dispose();
    return [next, value];
  };
}

const crossEntropy = (logits: np.Array, y: np.Array) =>
  nn.logSoftmax(logits).mul(nn.softmax(y)).sum(-1).mean().neg();
const at = (p: Params, name: string) => p[name] as np.Array;

const mlp: Loss = (p, x, y) =>
  crossEntropy(np.matmul(nn.gelu(np.matmul(x, at(p, "w")).add(at(p, "b"))), at(p, "v")), y);

/** Convolution, batch statistics, residual connection, max pooling, readout. */
const resnet: Loss = (p, x, y) => {
  const normalise = (a: np.Array) => {
    const centred = a.ref.sub(a.mean([0, 2, 3], { keepdims: true }));
    const variance = np.square(centred.ref).mean([0, 2, 3], { keepdims: true });
    return centred.div(np.sqrt(variance.add(1e-5)));
  };
  const h = nn.relu(normalise(lax.convGeneralDilated(x, at(p, "k"), [1, 1], "SAME")));
  const r = h.ref.add(normalise(lax.convGeneralDilated(h, at(p, "l"), [1, 1], "SAME")));
  const pooled = lax.reduceWindow(r, (a) => np.max(a), [2, 2], [2, 2]);
  return crossEntropy(np.matmul(pooled.reshape([4, -1]), at(p, "w")), y);
};

/** Layer normalisation with gains, GELU and a residual connection. */
const block: Loss = (p, x, y) => {
  const centred = x.ref.sub(x.ref.mean(-1, { keepdims: true }));
  const variance = np.square(centred.ref).mean(-1, { keepdims: true });
  const normal = centred.div(np.sqrt(variance.add(1e-5))).mul(at(p, "gain").add(1));
  const mixed = np.matmul(nn.gelu(np.matmul(normal, at(p, "up"))), at(p, "down"));
  return crossEntropy(np.matmul(x.add(mixed), at(p, "w")), y);
};

/** Four steps of an LSTM cell over rows of the input. */
const lstm: Loss = (p, x, y) => {
  let h = np.zeros([4, 8]);
  let c = np.zeros([4, 8]);
  for (let t = 0; t < 4; t++) {
    const input = np.concatenate([x.ref.slice([], t), h], 1);
    const [i, f, o, g] = np.split(np.matmul(input, at(p, "w").ref).add(at(p, "b").ref), 4, 1) as [
      np.Array,
      np.Array,
      np.Array,
      np.Array,
    ];
    c = nn
      .sigmoid(f)
      .mul(c)
      .add(nn.sigmoid(i).mul(np.tanh(g)));
    h = nn.sigmoid(o).mul(np.tanh(c.ref));
  }
  c.dispose();
  x.dispose();
  at(p, "w").dispose();
  at(p, "b").dispose();
  return crossEntropy(np.matmul(h, at(p, "v")), y);
};

/** One causal attention block with two heads and a readout per position. */
const attention: Loss = (p, x, y) => {
  const heads = (a: np.Array) => a.reshape([2, 6, 2, 4]).transpose([0, 2, 1, 3]);
  const [q, k, v] = (["q", "k", "v"] as const).map((name) => heads(np.matmul(x.ref, at(p, name)))) as [
    np.Array,
    np.Array,
    np.Array,
  ];
  const mask = np.tril(np.ones([6, 6])).astype(np.bool);
  const weights = nn.softmax(np.where(mask, np.matmul(q, k.transpose([0, 1, 3, 2])).mul(0.5), -1e9));
  const mixed = np.matmul(weights, v).transpose([0, 2, 1, 3]).reshape([2, 6, 8]);
  return crossEntropy(np.matmul(x.add(mixed), at(p, "w")), y);
};

const models: Record<string, [Loss, Record<string, number[]>, number[], number[]]> = {
  mlp: [mlp, { w: [10, 17], b: [17], v: [17, 4] }, [12, 10], [12, 4]],
  "residual block with batch statistics": [
    resnet,
    { k: [5, 2, 3, 3], l: [5, 5, 3, 3], w: [45, 3] },
    [4, 2, 6, 6],
    [4, 3],
  ],
  lstm: [lstm, { w: [13, 32], b: [32], v: [8, 3] }, [4, 4, 5], [4, 3]],
  "transformer block": [block, { gain: [8], up: [8, 16], down: [16, 8], w: [8, 3] }, [2, 6, 8], [2, 6, 3]],
  attention: [attention, { q: [8, 8], k: [8, 8], v: [8, 8], w: [8, 3] }, [2, 6, 8], [2, 6, 3]],
};

async function train(executor: Executor, [loss, shapes, x, y]: (typeof models)[string]): Promise<number[]> {
  const leaves = (scale: number) =>
    Object.fromEntries(
      Object.entries(shapes).map(([name, shape], i) => {
        const values = random(shape, i + 1);
        values.data.forEach((value, k, data) => {
          data[k] = value * scale;
        });
        return [name, values];
      }),
    );
  const carry = { p: leaves(0.3), m: leaves(0), v: leaves(0), t: random([], 1) };
  carry.t.data[0] = 0;
  const inputs = [random(x, 7), random(y, 8)] as const;
  const step = await compileStep(adamw(loss), carry, [...inputs], { executor });
  const losses: number[] = [];
  for (let k = 0; k < 50; k++) losses.push(((await step.run(...inputs)) as Tensor).item());
  await step.dispose();
  return losses;
}

for (const [name, model] of Object.entries(models)) {
  test(`50 steps of AdamW on wasm and native follow jax-js: ${name}`, async () => {
    const jax = await train("jax", model);
    for (const executor of ["wasm", "native"] as const) {
      const losses = await train(executor, model);
      expect(losses[49]).toBeLessThan((losses[0] as number) - 0.05);
      losses.forEach((value, k) => {
        expect(Math.abs(value - (jax[k] as number)), `${executor}, step ${k}`).toBeLessThan(2e-4);
      });
    }
  });
}
