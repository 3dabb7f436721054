import { grad, nn, numpy as np, tree, vmap } from "@jax-js/jax";
import { type ArrayTree, compile, type Tensor, type TensorTree } from "@steepest/compile";
import { sgd } from "steepest";
import { dense } from "../../models/dense.ts";
import {
  accuracy,
  constantInit,
  crossEntropy,
  heInit,
  type Initializer,
  type MlpParams,
  mlp,
  normalInit,
  orthogonalInit,
  xavierInit,
} from "../../models/index.ts";
import { randomStream } from "../../random.ts";
import { digitsData } from "../../tasks/digits.ts";
import type { TaskData } from "../../tasks/task.ts";
import { slope } from "../fit.ts";
import type { Item, Point, Series } from "../item.ts";
import { toDouble, trainLanes } from "../run/lanes.ts";
import { tuningSeed } from "../run/tuning.ts";
import { type Check, checkInterval, meanOf, show } from "../verdict.ts";

/** Hidden layers and their width; that of He et al. (2015) has 30 layers. */
const depth = 30;
const width = 64;

interface Start {
  readonly name: string;
  readonly init: Initializer;
  /** Variance of a weight times the number of inputs. */
  readonly c: number;
  /** Whether the network is expected to train. */
  readonly trains: boolean;
}

const starts: readonly Start[] = [
  { name: "zero", init: constantInit(0), c: 0, trains: false },
  { name: "N(0, 1)", init: normalInit(1), c: width, trains: false },
  { name: "Xavier", init: xavierInit, c: 1, trains: false },
  { name: "He", init: heInit, c: 2, trains: true },
  { name: "orthogonal, gain √2", init: orthogonalInit(Math.SQRT2), c: 2, trains: true },
];

const network = ({ init }: Start) => mlp({ sizes: [width, ...Array<number>(depth).fill(width), 10], init });

export const initialisationItem: Item = {
  id: "initialisation",
  title: "Initialisation of deep networks",
  line: "through ReLU layers the signal changes by c/2 a layer, c = inputs x variance; only c = 2 trains a deep network",
  claim: String.raw`\mathbb E\|h_l\|^2=\left(\tfrac c2\right)^{l}\,\mathbb E\|h_0\|^2,\qquad \mathbb E\|\delta_l\|^2=\left(\tfrac c2\right)^{L-l}\,\mathbb E\|\delta_L\|^2,\qquad c=n\operatorname{Var}(w)`,
  about: `A network of ${depth} hidden ReLU layers of width ${width} on digits, from five kinds of initial weights: $c=0$ for zeros, $c=n=${width}$ for $N(0,1)$, $c=1$ for Xavier, $c=2$ for He and for orthogonal matrices times $\\sqrt2$. First the mean squares of the activations $h_l$, and of the gradients $\\delta_l$ of one example's loss by the pre-activations, layer by layer, in double precision. Then each is trained by SGD with momentum, at the best of the same grid of learning rates for all: it trains when it gets to 90 % of the training digits right, or in the quick form, which is too short for that, to twice as many as chance; it does not when it stays below that.`,
  source:
    "Glorot and Bengio (2010); He, Zhang, Ren and Sun (2015), section 2.2 and figure 3; Saxe, McClelland and Ganguli (2014)",
  async run({ quick, progress }) {
    const seeds = 20;
    const data = await digitsData([width]);
    progress?.("signals");
    const signals = await measureSignals(data, seeds);
    progress?.("training");
    const training = await trainAll(data, quick);

    const layers = Array.from({ length: depth }, (_, i) => i + 1);
    const checks: Check[] = [];
    const factors = (which: "activations" | "gradients", s: number) =>
      signals.map((bySeed) => {
        const squares = bySeed[s]?.[which] as Float64Array;
        return Math.exp(slope(layers, Array.from(squares, Math.log)));
      });
    starts.forEach(({ name, c }, s) => {
      if (c === 0) return;
      const expected = { activations: c / 2, gradients: 2 / c };
      for (const which of ["activations", "gradients"] as const) {
        const relative = factors(which, s).map((f) => f / expected[which]);
        checks.push(
          checkInterval(
            `${name}: mean square of ${which}, its factor from one layer to the next over ${show(expected[which])}`,
            meanOf(relative),
            [0.9, 1.1],
          ),
        );
      }
    });
    const largest = Math.max(
      ...signals.flatMap(([zero]) => [...(zero?.activations ?? []), ...(zero?.gradients.slice(0, -1) ?? [])]),
    );
    checks.push(
      checkInterval(
        "zero: all activations are zero, and all gradients below the layer that the head reaches",
        { mean: largest, low: largest, high: largest },
        [0, 0],
      ),
    );
    starts.forEach(({ name, trains }, s) => {
      const { accuracies } = training[s] as Training;
      const range = trains ? ([quick ? 0.2 : 0.9, Infinity] as const) : ([-Infinity, 0.2] as const);
      checks.push(
        checkInterval(
          `${name}: ${trains ? "trains" : "does not train"} (accuracy on the training digits after ${training[0]?.at.at(-1)} steps)`,
          meanOf(accuracies.at(-1) as Float64Array),
          range,
        ),
      );
    });

    const signalSeries = (which: "activations" | "gradients"): Series[] =>
      starts.flatMap(({ name, c }, s): Series[] => {
        if (c === 0) return [];
        const of = (l: number) =>
          meanOf(signals.map((bySeed) => Math.log10(bySeed[s]?.[which][l - 1] as number)));
        const [first, end] = [of(1).mean, of(depth).mean];
        const per = Math.log10(c / 2);
        return [
          {
            name: `${name}, c = ${c}`,
            kind: "measured",
            group: name,
            points: layers.map((l) => {
              const { mean, low, high } = of(l);
              return { x: l, mean: 10 ** mean, low: 10 ** low, high: 10 ** high };
            }),
          },
          {
            name: `(${c}/2)${which === "activations" ? "ˡ" : "ᴸ⁻ˡ"}`,
            kind: "bound",
            group: name,
            points: layers.map((l) => ({
              x: l,
              mean: 10 ** (which === "activations" ? first + per * (l - 1) : end + per * (depth - l)),
            })),
          },
        ];
      });
    const curves = (values: (t: Training) => readonly Float64Array[]) =>
      starts.map(({ name }, s): Series => {
        const own = training[s] as Training;
        return {
          name: `${name}, rate ${show(own.rate)}`,
          kind: "measured",
          points: own.at.map((x, i): Point => {
            const { mean, low, high } = meanOf(values(own)[i] as Float64Array);
            return { x, mean, low, high };
          }),
        };
      });
    return {
      seeds,
      assumptions: [
        {
          text: "weights independent with mean zero, of one variance; ReLU; biases zero; layers of equal width",
          problem: "digits, all starts but the orthogonal one",
          satisfied: true,
          why: "drawn so; Xavier is uniform, zero trivial. The head starts with variance 1/n for all.",
        },
        {
          text: "the same",
          problem: "digits, orthogonal start",
          satisfied: false,
          why: "entries of an orthogonal matrix depend on each other: for it the formula is a heuristic",
        },
      ],
      checks,
      panels: [
        {
          title: "Activations by layer",
          x: { label: "layer l", log: false },
          y: { label: "mean square of h", log: true },
          series: signalSeries("activations"),
        },
        {
          title: "Gradients by layer",
          x: { label: "layer l", log: false },
          y: { label: "mean square of δ", log: true },
          series: signalSeries("gradients"),
        },
        {
          title: "Training",
          x: { label: "step", log: false },
          y: { label: "accuracy on the training digits", log: false },
          series: curves((t) => t.accuracies),
        },
      ],
      notes: [
        `Training: ${training[0]?.accuracies[0]?.length} seeds, SGD with momentum 0.9, batches of 64; rates tried: ${(quick ? rates.quick : rates.full).map(show).join(", ")}, the best on a seed of its own.`,
        "An accuracy of zero is that of outputs that are not finite.",
        "The factors are fitted to logarithms, whose mean falls by about $5/(2n)$ a layer below that of the formula: a few percent at this width.",
      ],
    };
  },
};

/** Mean squares over units and examples, by layer 1 ... depth. */
export interface Signals {
  readonly activations: Float64Array;
  readonly gradients: Float64Array;
}

/** For every seed and kind of start, in double precision, on 32 training digits. */
export async function measureSignals(data: TaskData, seeds: number): Promise<Signals[][]> {
  const { x, y } = data.train.batch(Uint32Array.from({ length: 32 }, (_, i) => i));
  const examples = { x: toDouble(x), y };
  const model = network(starts[0] as Start);
  const measure = (params: MlpParams, x: np.Array, y: np.Array): ArrayTree => {
    let h = x.ref;
    const activations = tree.ref(params).hidden.map((layer) => {
      h = nn.relu(dense(h, layer));
      return np.square(h.ref).mean();
    });
    h.dispose();
    const loss = (p: MlpParams, image: np.Array, label: np.Array) =>
      crossEntropy(model.apply(p, image.reshape([1, width])), label.reshape([1]));
    // With one example the gradient by a bias is that by the pre-activation.
    const one = grad(loss as never) as unknown as (p: MlpParams, x: np.Array, y: np.Array) => MlpParams;
    const each = vmap(one as never, [null, 0, 0] as never) as unknown as typeof one;
    const gradients = each(params, x, y);
    const squares = gradients.hidden.map(({ b }) => np.square(b.ref).mean());
    tree.dispose(gradients);
    return { activations, gradients: squares } as unknown as ArrayTree;
  };
  const of = (start: Start, seed: number) => double(network(start).init(seed) as unknown as TensorTree);
  const program = await compile(measure as never, [of(starts[0] as Start, 0), examples.x, y] as never, {
    executor: "native",
    name: "signals by layer",
  });
  const results: Signals[][] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const row: Signals[] = [];
    for (const start of starts) {
      const out = (await program.run(...([of(start, seed), examples.x, y] as never))) as unknown as {
        activations: Tensor[];
        gradients: Tensor[];
      };
      const numbers = (tensors: Tensor[]) => Float64Array.from(tensors, (t) => t.item());
      row.push({ activations: numbers(out.activations), gradients: numbers(out.gradients) });
    }
    results.push(row);
  }
  await program.dispose();
  return results;
}

const double = (params: TensorTree): TensorTree => tree.map(toDouble, params as never) as TensorTree;

const rates = { full: [1e-4, 1e-3, 1e-2, 1e-1, 1], quick: [1e-3, 1e-2, 1e-1] };

interface Training {
  readonly rate: number;
  readonly at: readonly number[];
  /** For every recorded step, by seed. */
  readonly accuracies: readonly Float64Array[];
}

/** Trains every kind of start: first one seed at all rates, then the seeds at the best. */
async function trainAll(data: TaskData, quick: boolean): Promise<Training[]> {
  const seeds = quick ? 5 : 10;
  const steps = quick ? 100 : 400;
  const grid = quick ? rates.quick : rates.full;
  const record = Array.from({ length: 11 }, (_, i) => Math.round((steps * i) / 10));
  const model = network(starts[0] as Start);
  const size = data.train.size;
  const everything = data.train.batch(Uint32Array.from({ length: size }, (_, i) => i));
  type Lane = { readonly start: Start; readonly seed: number; readonly rate: number };
  const run = async (lanes: readonly Lane[], record: readonly number[]) => {
    const random = lanes.map(({ seed }) => randomStream(seed, "batches of the deep network"));
    const { measured } = await trainLanes({
      name: "deep network",
      starts: lanes.map(({ start, seed }) => network(start).init(seed) as unknown as TensorTree),
      loss: (params, { x, y }) => crossEntropy(model.apply(params as never, x), y),
      rule: (learningRate) => sgd({ learningRate, momentum: 0.9 }),
      batch: (_, lane) =>
        data.train.batch(Uint32Array.from({ length: 64 }, () => random[lane]?.below(size) as number)),
      rate: (_, lane) => (lanes[lane] as Lane).rate,
      measure: (params, { x, y }) => accuracy(model.apply(params as never, x), y),
      examples: [everything],
      record,
    });
    return measured.map((m) => Float64Array.from((m as unknown as Tensor).data));
  };
  const trials = starts.flatMap((start) => grid.map((rate) => ({ start, seed: tuningSeed, rate })));
  const [ends = new Float64Array()] = await run(trials, [steps]);
  const chosen = starts.map((_, s) => {
    const own = Array.from(ends.subarray(s * grid.length, (s + 1) * grid.length));
    return grid[own.indexOf(Math.max(...own))] as number;
  });
  const lanes = starts.flatMap((start, s) =>
    Array.from({ length: seeds }, (_, seed) => ({ start, seed, rate: chosen[s] as number })),
  );
  const accuracies = await run(lanes, record);
  return starts.map((_, s) => ({
    rate: chosen[s] as number,
    at: record,
    accuracies: accuracies.map((values) => values.slice(s * seeds, (s + 1) * seeds)),
  }));
}
