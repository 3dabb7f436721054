import { tree } from "@jax-js/jax";
import { Tensor, type TensorTree } from "@steepest/compile";
import { sam, sgd } from "steepest";
import { filterDirection } from "../../landscape/directions.ts";
import { layoutOf } from "../../landscape/vectors.ts";
import { accuracy, crossEntropy, mlp } from "../../models/index.ts";
import { randomStream } from "../../random.ts";
import { shuffledBatches } from "../../tasks/batches.ts";
import { digitsData } from "../../tasks/digits.ts";
import type { HostBatch, TaskData } from "../../tasks/task.ts";
import type { Item, Point, Series } from "../item.ts";
import { stack, trainLanes } from "../run/lanes.ts";
import { openSharpness } from "../run/sharpness.ts";
import { bestRate, tuningSeed } from "../run/tuning.ts";
import { checkInterval, geometricMean, type Mean, meanOf, show } from "../verdict.ts";

interface Way {
  readonly name: string;
  readonly batch: number;
  readonly sam: boolean;
}

const ways: readonly [small: Way, usual: Way, large: Way, flat: Way] = [
  { name: "SGD, batch 16", batch: 16, sam: false },
  { name: "SGD, batch 64", batch: 64, sam: false },
  { name: "SGD, batch 512", batch: 512, sam: false },
  { name: "SAM, batch 64", batch: 64, sam: true },
];

/** SAM's neighbourhood (Foret et al., 2021), and the ball in which the worst loss is looked for. */
const rho = 0.05;
const radius = 0.5;
const rates = [0.01, 0.03, 0.1, 0.3];
/** Powers of two, so that nothing is rounded. */
const factors = [1, 2, 4, 8, 16];

const model = mlp({ sizes: [64, 64, 64, 10] });

export const samItem: Item = {
  id: "sam-flat-minima",
  title: "Sharp and flat minima",
  line: "large batches end in sharper minima that test worse, SAM in flatter ones; yet sharpness can be rescaled at will",
  claim: String.raw`\begin{gathered}\lambda_{\max}(\nabla^2f),\ \max_{\|\epsilon\|\le r}f(w+\epsilon)-f(w):\ \text{large batch}>\text{small batch},\quad \text{SAM}<\text{SGD};\\ \text{but}\ f(\alpha W_1,\alpha b_1,\tfrac1\alpha W_2,\dots)=f(W_1,b_1,W_2,\dots)\ \text{with any sharpness}\end{gathered}`,
  about: `A network of two hidden layers on digits, trained for the same number of epochs by SGD with momentum in small, usual and large batches, and by sharpness-aware minimisation (the library's sam, radius ${rho}), each at the best of the same four rates by its training loss. At the end: the largest eigenvalue of the Hessian, by power iteration with products of the Hessian and a vector; how far the loss rises in a ball of radius ${radius}; and the errors on 360 other digits. Then the first layer is multiplied and the second divided by $\\alpha$: with ReLU the network computes the same, at another sharpness.`,
  source:
    "Keskar et al. (2017), On large-batch training; Foret et al. (2021), SAM; Dinh et al. (2017), Sharp minima can generalize for deep nets; Li et al. (2018) for the slices",
  async run({ quick, progress }) {
    const seeds = quick ? 5 : 10;
    const epochs = quick ? 25 : 40;
    const data = await digitsData([64]);
    const probe = data.train.batch(Uint32Array.from({ length: 512 }, (_, i) => i));
    const example = model.init(0) as unknown as TensorTree;
    const sharpness = await openSharpness(loss, example, seeds, probe, quick ? 30 : 60);

    const results: Result[] = [];
    for (const way of ways) {
      progress?.(way.name);
      const trained = await train(way, data, seeds, epochs);
      const networks = stack(trained.params);
      results.push({
        ...trained,
        eigenvalue: await sharpness.topEigenvalues(networks),
        rise: await sharpness.worstRises(networks, radius),
        slice: await slices(trained.params, sharpness.losses),
      });
    }
    const [small, usual, large, flat] = results as [Result, Result, Result, Result];
    progress?.("rescaling");
    const rescaled: { eigenvalue: ReturnType<typeof geometricMean>; change: number }[] = [];
    const outputs = await sharpness.losses(stack(small.params));
    for (const factor of factors) {
      const networks = stack(small.params.map((params) => rescale(params, factor)));
      const values = await sharpness.losses(networks);
      rescaled.push({
        eigenvalue: geometricMean((await sharpness.topEigenvalues(networks)).map(Math.log)),
        change: Math.max(...values.map((v, s) => Math.abs(v - (outputs[s] as number)))),
      });
    }
    await sharpness.dispose();

    const ratio = (of: "eigenvalue" | "rise", a: Result, b: Result) =>
      geometricMean(a[of].map((v, s) => Math.log(v / (b[of][s] as number))));
    const better = (a: Result, b: Result) =>
      meanOf(a.accuracy.map((v, s) => 100 * (v - (b.accuracy[s] as number))));
    const change = Math.max(...rescaled.map((r) => r.change));
    const grown = (rescaled.at(-1)?.eigenvalue.mean as number) / (rescaled[0]?.eigenvalue.mean as number);
    const exact = (v: number) => ({ mean: v, low: v, high: v });
    const geometric = (values: Float64Array) => geometricMean(values.map(Math.log));
    const cell = ({ mean, low, high }: Pick<Mean, "mean" | "low" | "high">) =>
      `${show(mean)} [${show(low)}, ${show(high)}]`;
    const against = (of: "eigenvalue" | "rise"): Series[] =>
      ways.map(({ name }, i): Series => {
        const own = results[i] as Result;
        const { mean, low, high } = meanOf(own.accuracy.map((v) => 100 * (1 - v)));
        return { name, kind: "dots", points: [{ x: geometric(own[of]).mean, mean, low, high }] };
      });
    return {
      seeds,
      assumptions: ways.map(({ name }, i) => ({
        text: "the training digits are learnt: minima are compared",
        problem: name,
        satisfied: meanOf((results[i] as Result).training).mean >= 0.99,
        why: `${show(100 * meanOf((results[i] as Result).training).mean)} % right, loss ${cell(geometric((results[i] as Result).loss))}, rate ${show((results[i] as Result).rate)}`,
      })),
      checks: [
        checkInterval(
          "rescaling by 2, 4, 8, 16 changes no loss at all: largest change",
          exact(change),
          [0, 0],
        ),
        checkInterval("and multiplies the largest eigenvalue, at 16 by", exact(grown), [10, Infinity]),
        checkInterval("largest eigenvalue, batch 512 over batch 16", ratio("eigenvalue", large, small), [
          1,
          Infinity,
        ]),
        checkInterval("worst rise, batch 512 over batch 16", ratio("rise", large, small), [1, Infinity]),
        checkInterval("digits right, percent: batch 16 less batch 512", better(small, large), [0, Infinity]),
        checkInterval("largest eigenvalue, SAM over SGD", ratio("eigenvalue", flat, usual), [-Infinity, 1]),
        checkInterval("worst rise, SAM over SGD", ratio("rise", flat, usual), [-Infinity, 1]),
        checkInterval("digits right, percent: SAM less SGD", better(flat, usual), [0, Infinity]),
      ],
      panels: [
        {
          title: "Sharpness and error",
          x: { label: "largest eigenvalue of the Hessian", log: true },
          y: { label: "wrong on other digits, percent", log: false },
          series: against("eigenvalue"),
        },
        {
          title: `Worst rise of the loss within ${radius}, and error`,
          x: { label: "rise of the loss", log: true },
          y: { label: "wrong on other digits, percent", log: false },
          series: against("rise"),
        },
        {
          title: "The loss along a filter-normalised direction",
          x: { label: "distance, in lengths of the filters", log: false },
          y: { label: "training loss", log: true },
          series: ways.map(({ name }, i): Series => {
            const own = (results[i] as Result).slice;
            return {
              name,
              kind: "measured",
              points: places.map((x, k): Point => ({ x, ...geometric(own[k] as Float64Array) })),
            };
          }),
        },
        {
          title: "The same network, its layers rescaled",
          x: { label: "factor α", log: true },
          y: { label: "largest eigenvalue", log: true },
          series: [
            {
              name: `${small.name}; its loss stays the same`,
              kind: "measured",
              points: rescaled.map(({ eigenvalue }, i) => ({ x: factors[i] as number, ...eigenvalue })),
            },
          ],
        },
      ],
      tables: [
        {
          title: `After ${epochs} epochs`,
          header: [
            "trained by",
            "rate",
            "training loss",
            "largest eigenvalue",
            "worst rise",
            "right, percent",
          ],
          rows: results.map((r) => [
            r.name,
            show(r.rate),
            cell(geometric(r.loss)),
            cell(geometric(r.eigenvalue)),
            cell(geometric(r.rise)),
            cell(meanOf(r.accuracy.map((v) => 100 * v))),
          ]),
        },
      ],
      notes: [
        "Curvature also falls with the training loss: with cross-entropy both vanish as the network gets sure. Equal epochs mean fewer steps for larger batches, and a higher loss at the end.",
        "Eigenvalue and rise are of the loss on 512 training digits; means over seeds of them, and of losses, are geometric.",
      ],
    };
  },
};

interface Trained {
  readonly name: string;
  readonly rate: number;
  readonly params: readonly TensorTree[];
  /** On the training digits, and shares that are right on them and on others, by seed. */
  readonly loss: Float64Array;
  readonly training: Float64Array;
  readonly accuracy: Float64Array;
}

interface Result extends Trained {
  readonly eigenvalue: Float64Array;
  readonly rise: Float64Array;
  /** At every place, by seed. */
  readonly slice: readonly Float64Array[];
}

const loss: Parameters<typeof openSharpness>[0] = (params, { x, y }) =>
  crossEntropy(model.apply(params as never, x), y);

/** Rows of one batch after those of another. */
function joined(a: HostBatch, b: HostBatch): HostBatch {
  const rows = (x: Tensor, y: Tensor) => {
    const data = (x.data as Float32Array).constructor as new (n: number) => Tensor["data"];
    const all = new data(x.data.length + y.data.length);
    all.set(x.data as never);
    all.set(y.data as never, x.data.length);
    return new Tensor(x.dtype, [(x.shape[0] as number) + (y.shape[0] as number), ...x.shape.slice(1)], all);
  };
  return { x: rows(a.x, b.x), y: rows(a.y, b.y) };
}

/** Tunes on a seed of its own, then trains the seeds. */
async function train(
  way: Way,
  { train, validation }: TaskData,
  seeds: number,
  epochs: number,
): Promise<Trained> {
  const { size } = train;
  const everything = train.batch(Uint32Array.from({ length: size }, (_, i) => i));
  const digits = joined(everything, validation[0] as HostBatch);
  const count = digits.x.shape[0] as number;
  const run = async (lanes: readonly { seed: number; rate: number }[]) => {
    const batches = lanes.map(({ seed }) => shuffledBatches(size, way.batch, seed));
    const { measured, params } = await trainLanes({
      name: way.name,
      starts: lanes.map(({ seed }) => model.init(seed) as unknown as TensorTree),
      loss,
      rule: (learningRate) => sgd({ learningRate, momentum: 0.9 }),
      ...(way.sam && { wrap: (gradient) => sam(gradient, { rho }) }),
      batch: (_, lane) => train.batch(batches[lane]?.next().value as Uint32Array),
      rate: (_, lane) => (lanes[lane] as { rate: number }).rate,
      measure: (p, { x, y }) => {
        const logits = model.apply(p as never, x);
        const part = (measure: typeof accuracy, rows: [number, number]) =>
          measure(logits.ref.slice(rows), y.ref.slice(rows));
        const measures = {
          loss: part(crossEntropy, [0, size]),
          training: part(accuracy, [0, size]),
          accuracy: part(accuracy, [size, count]),
        };
        tree.dispose([logits, y]);
        return measures;
      },
      examples: [digits],
      record: [epochs * Math.floor(size / way.batch)],
    });
    const [end] = measured as unknown as [Record<"loss" | "training" | "accuracy", Tensor>];
    const of = (which: keyof typeof end) => Float64Array.from(end[which].data);
    return { params, loss: of("loss"), training: of("training"), accuracy: of("accuracy") };
  };
  const tuning = await run(rates.map((rate) => ({ seed: tuningSeed, rate })));
  const rate = bestRate(rates, tuning.loss);
  const lanes = Array.from({ length: seeds }, (_, seed) => ({ seed, rate }));
  return { name: way.name, rate, ...(await run(lanes)) };
}

const places = Array.from({ length: 21 }, (_, i) => (i - 10) / 20);

/** The losses of every network along a direction of its own. */
async function slices(
  networks: readonly TensorTree[],
  losses: (networks: TensorTree) => Promise<Float64Array>,
): Promise<Float64Array[]> {
  const layout = layoutOf(networks[0] as TensorTree);
  const centers = networks.map((params) => layout.flatten(params));
  const directions = centers.map((center, seed) =>
    filterDirection(center, layout, randomStream(seed, "slice")),
  );
  const result: Float64Array[] = [];
  for (const t of places) {
    const moved = centers.map((center, i) => center.map((v, j) => v + t * (directions[i]?.[j] as number)));
    result.push(await losses(stack(moved.map((vector) => layout.unflatten(vector)))));
  }
  return result;
}

/** The first layer times `factor`, the second one's matrix over it: the same function (Dinh et al., 2017, section 4). */
export function rescale(params: TensorTree, factor: number): TensorTree {
  const times = (x: Tensor, f: number) =>
    new Tensor(
      "float32",
      x.shape,
      Float32Array.from(x.data, (v) => f * v),
    );
  const { hidden, head } = params as unknown as { hidden: { w: Tensor; b: Tensor }[]; head: TensorTree };
  const [first, second] = hidden as [(typeof hidden)[0], (typeof hidden)[0]];
  return {
    hidden: [
      { w: times(first.w, factor), b: times(first.b, factor) },
      { w: times(second.w, 1 / factor), b: second.b },
    ],
    head,
  } as unknown as TensorTree;
}
