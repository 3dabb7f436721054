import { lax, nn, numpy as np, random as nrandom, tree, valueAndGrad } from "@jax-js/jax";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  accumulateGradients,
  type CompiledStep,
  type CompileOptions,
  compile,
  compileStep,
  fromArray,
  initRuntime,
  type Plan,
  type Tensor,
  tensor,
} from "../src/index.ts";
import { network, SINK, SOURCE } from "../src/native/minCut.ts";
import { random } from "./support/agree.ts";

type Params = Record<string, np.Array>;
type State = { p: Params; key: np.Array };
type Loss = (p: Params, x: np.Array, keys: np.Array) => np.Array;

const LAYERS = 4;
const WIDTH = 16;
const leaf = (p: Params, name: string, layer: number) => p[`${name}${layer}`] as np.Array;

const normalise = (x: np.Array): np.Array => {
  const centred = x.ref.sub(x.mean(-1, { keepdims: true }));
  return centred.ref.div(np.sqrt(np.square(centred).mean(-1, { keepdims: true }).add(1e-5)));
};

/** Residual blocks of attention and GELU layers, with dropout when there are keys. */
const transformer =
  (isDropping: boolean): Loss =>
  (p, x, keys) => {
    const own = isDropping ? (np.split(keys, LAYERS, 0) as np.Array[]) : [];
    let h = x;
    for (let i = 0; i < LAYERS; i++) {
      const n = normalise(h.ref);
      const [q, k, v] = ["q", "k", "v"].map((name) => np.matmul(n.ref, leaf(p, name, i))) as np.Array[];
      n.dispose();
      const scores = np.matmul(q as np.Array, (k as np.Array).transpose([0, 2, 1])).mul(0.25);
      let mixed = np.matmul(nn.softmax(scores), v as np.Array);
      if (isDropping) {
        const bits = nrandom.uniform((own[i] as np.Array).reshape([2]), [...mixed.shape]);
        mixed = np.where(bits.less(0.8), mixed.div(0.8), 0);
      }
      h = h.add(mixed);
      h = h.ref.add(np.matmul(nn.gelu(np.matmul(normalise(h), leaf(p, "up", i))), leaf(p, "down", i)));
    }
    if (!isDropping) keys.dispose();
    return np.square(h).mean();
  };

const convolutions: Loss = (p, x, keys) => {
  keys.dispose();
  let h = x;
  for (let i = 0; i < 5; i++) {
    const y = nn.relu(lax.convGeneralDilated(h.ref, leaf(p, "k", i), [1, 1], "SAME"));
    h = h.add(y);
  }
  return np.square(lax.reduceWindow(h, (a) => np.max(a), [2, 2], [2, 2])).mean();
};

const shapes = {
  q: [WIDTH, WIDTH],
  k: [WIDTH, WIDTH],
  v: [WIDTH, WIDTH],
  up: [WIDTH, 64],
  down: [64, WIDTH],
};
const weights = (shapes: Record<string, number[]>, layers: number) => {
  let seed = 1;
  const entries = Array.from({ length: layers }, (_, i) =>
    Object.entries(shapes).map(([name, shape]) => {
      const values = random(shape, seed++);
      values.data.forEach((v, k, data) => {
        data[k] = v * 0.3;
      });
      return [`${name}${i}`, values] as const;
    }),
  );
  return Object.fromEntries(entries.flat());
};

const models: Record<string, { loss: Loss; p: Record<string, Tensor>; x: Tensor }> = {
  transformer: { loss: transformer(false), p: weights(shapes, LAYERS), x: random([4, 32, WIDTH]) },
  "transformer with dropout": {
    loss: transformer(true),
    p: weights(shapes, LAYERS),
    x: random([4, 32, WIDTH]),
  },
  convolutions: { loss: convolutions, p: weights({ k: [6, 6, 3, 3] }, 5), x: random([4, 6, 16, 16]) },
};

/** Gradient descent; dropout takes new keys in each step. */
const descent =
  (loss: Loss) =>
  ({ p, key }: State, x: np.Array): [State, np.Array] => {
    const [next, own] = np.split(nrandom.split(key, LAYERS + 1), [1], 0) as [np.Array, np.Array];
    const [value, g] = valueAndGrad(loss)(tree.ref(p), x, own) as [np.Array, Params];
    const stepped = tree.map((p: np.Array, g: np.Array) => p.sub(g.mul(0.1)), p, g) as Params;
    return [{ p: stepped, key: next.reshape([2]) }, value];
  };

type Step = CompiledStep<ReturnType<typeof descent>>;

async function open(model: string, options: Pick<CompileOptions, "memory"> = {}): Promise<Step> {
  await initRuntime();
  const { loss, p, x } = models[model] as (typeof models)[string];
  const carry = { p, key: fromArray(nrandom.key(5)) };
  return compileStep(descent(loss), carry, [x], { executor: "native", name: model, ...options });
}

async function train(step: Step, model: string): Promise<number[]> {
  const losses: number[] = [];
  for (let i = 0; i < 5; i++) losses.push((await step.run((models[model] as { x: Tensor }).x)).item());
  const { p } = await step.readCarry();
  return [...losses, ...Object.values(p).flatMap((x) => Array.from(x.data))];
}

const intermediates = ({ segments }: Plan) => segments.reduce((sum, { peak }) => sum + (peak?.bytes ?? 0), 0);

describe("memory", () => {
  for (const [model, part] of Object.entries({
    transformer: 0.4,
    "transformer with dropout": 0.4,
    convolutions: 0.9,
  })) {
    test(`"least" gives a ${model} the same steps to the bit in less memory`, async () => {
      const [plain, lean] = [await open(model), await open(model, { memory: "least" })];
      const expected = await train(plain, model);
      expect(expected[4]).not.toBe(expected[0]);
      expect(await train(lean, model)).toEqual(expected);
      expect(intermediates(lean.plan())).toBeLessThan(part * intermediates(plain.plan()));
      await plain.dispose();
      await lean.dispose();
    });
  }

  test("a limit is kept, with as few nodes more as do; one that cannot be kept is an error that says what can", async () => {
    const plain = await open("transformer");
    const all = intermediates(plain.plan());
    await plain.dispose();
    const nodes: number[] = [];
    for (const limit of [all, 0.75 * all, 0.5 * all].map(Math.floor)) {
      const step = await open("transformer", { memory: limit });
      expect(intermediates(step.plan())).toBeLessThanOrEqual(limit);
      nodes.push(step.plan().segments.reduce((n, { peak }) => n + (peak?.nodes ?? 0), 0));
      await step.dispose();
    }
    expect(nodes).toEqual([...nodes].sort((a, b) => a - b));
    expect(new Set(nodes).size).toBe(3);
    await expect(open("transformer", { memory: 1000 })).rejects.toThrow(
      /^transformer \d: intermediate results need \d+ bytes .*the limit is 1000$/,
    );
  });

  test("micro-batches are each computed again", async () => {
    const { loss, p } = models.transformer as (typeof models)[string];
    const x = random([16, 32, WIDTH]);
    const micro = (p: Params, x: np.Array) => loss(p, x, np.zeros([2]));
    const step = (p: Params, x: np.Array): [Params, np.Array] => {
      const [value, g] = accumulateGradients(micro, 4)(p, x) as unknown as [np.Array, Params];
      return [g, value];
    };
    const peaks: number[] = [];
    for (const options of [{}, { memory: "least" }] as const) {
      const program = await compileStep(step as never, p as never, [x] as never, {
        executor: "native",
        ...options,
      });
      peaks.push(intermediates(program.plan()));
      await program.dispose();
    }
    expect(peaks[1]).toBeLessThan(0.5 * (peaks[0] as number));
  });

  test("is checked", async () => {
    for (const memory of [0, -5, 1.5, Number.NaN, "most"] as number[]) {
      await expect(
        compile((x: np.Array) => x, [tensor([1])], { executor: "native", memory }),
      ).rejects.toThrow(/memory is (0|-5|1\.5|NaN|most); expected a whole number of bytes or "least"/);
    }
  });
});

test("the cut between source and sink is the smallest of all, and of those the nearest to the sink", () => {
  const graph = fc.record({
    capacities: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 5, maxLength: 5 }),
    edges: fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { maxLength: 18 }),
  });
  fc.assert(
    fc.property(graph, ({ capacities, edges }) => {
      // Vertices 0 to 4 have capacities, 5 is the source and 6 the sink; edges lead from smaller to larger numbers.
      const arrows = edges
        .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
        .filter(([a, b]) => a < b);
      const net = network();
      const ends = capacities.map((c) => {
        const [before, after] = [net.vertex(), net.vertex()];
        net.edge(before, after, c);
        return [before, after] as const;
      });
      for (const [a, b] of arrows) {
        if (b < 5)
          net.edge(
            (ends[a] as readonly number[])[1] as number,
            (ends[b] as readonly number[])[0] as number,
            Infinity,
          );
        else if (a < 5 && b === 5) net.edge(SOURCE, (ends[a] as readonly number[])[0] as number, Infinity);
        else if (a < 5) net.edge((ends[a] as readonly number[])[1] as number, SINK, Infinity);
      }
      const isCut = (removed: number) => {
        const seen = new Set(arrows.filter(([a, b]) => b === 5 && !((removed >> a) & 1)).map(([a]) => a));
        for (const at of seen) {
          for (const [a, b] of arrows) if (a === at && b < 5 && !((removed >> b) & 1)) seen.add(b);
        }
        return !arrows.some(([a, b]) => b === 6 && seen.has(a));
      };
      const cost = (removed: number) =>
        capacities.reduce((sum, c, i) => sum + ((removed >> i) & 1 ? c : 0), 0);
      const cuts = Array.from({ length: 32 }, (_, i) => i).filter(isCut);
      const best = Math.min(...cuts.map(cost));
      const side = net.sinkSide();
      const chosen = ends.reduce(
        (set, [before, after], i) => set | (side.has(after) && !side.has(before) ? 1 << i : 0),
        0,
      );
      expect(isCut(chosen)).toBe(true);
      expect(cost(chosen)).toBe(best);
    }),
    { seed: 7, numRuns: 500 },
  );
});
