import { nn, numpy as np, tree } from "@jax-js/jax";
import { type ArrayTree, Tensor, type TensorTree } from "@steepest/compile";
import { constant, exponential, liArora, type Schedule, sgd, stepDecay, warmupCosine } from "steepest";
import { crossEntropy, heInit, mlp } from "../../models/index.ts";
import { randomStream } from "../../random.ts";
import { digitsData } from "../../tasks/digits.ts";
import type { Batch } from "../../tasks/objective.ts";
import type { HostBatch, TaskData } from "../../tasks/task.ts";
import type { Item, Point, Series } from "../item.ts";
import { type LanesOptions, toDouble, trainLanes } from "../run/lanes.ts";
import { bestRate, tuningSeed } from "../run/tuning.ts";
import { type Check, checkInterval, meanOf, show } from "../verdict.ts";

/** SGD with weight decay, as the equivalence starts from it. */
const [learningRate, momentum, weightDecay] = [0.2, 0.9, 0.005];
const widths = [64, 48, 48, 10];
const batchSize = 64;
/** Relative change of a start that stands for rounding. */
const rounding = 1e-15;

export const exponentialScheduleItem: Item = {
  id: "exponential-schedule",
  title: "Weight decay is an exponentially growing learning rate",
  line: "with normalised layers, constant rate and weight decay = a rate that grows exponentially, without decay",
  claim: String.raw`\begin{gathered}f(cw)=f(w):\quad \text{SGD}(\eta,\mu,\lambda)\ \equiv\ \text{SGD}(\eta\,\alpha^{-2t-1},\mu,0),\quad w_t=\alpha^t\,\tilde w_t,\\ \alpha\ \text{the larger root of}\ \alpha^2-(1+\mu-\eta\lambda)\,\alpha+\mu=0\end{gathered}`,
  about: `Two hidden layers on digits whose outputs, and the logits, are normalised over the batch without gain and bias: the loss does not change when a matrix is multiplied by a positive number. Then SGD with rate ${learningRate}, momentum ${momentum} and weight decay ${weightDecay} walks through the same directions as SGD without decay whose rate grows (the library's liArora, with its initial buffer of momentum), and both have the same losses. In double precision only rounding is left between them, which training amplifies: two runs with decay from starts that differ by a relative $10^{-15}$ show how much. For comparison, the constant rate without decay. Last, the usual schedules at an equal budget, each at the best of the same five peak rates.`,
  source:
    "Li and Arora (2020), An exponential learning rate schedule for deep learning; Loshchilov and Hutter (2017) for the cosine",
  async run({ quick, progress }) {
    const seeds = quick ? 5 : 10;
    const steps = quick ? 200 : 600;
    const data = await digitsData([widths[0] as number]);
    const record = Array.from({ length: 21 }, (_, i) => Math.round((steps * i) / 20));
    progress?.("equivalence");
    const { alpha, schedule, initialBuffer } = liArora(learningRate, momentum, weightDecay);
    const run = (rule: LanesOptions["rule"], state?: LanesOptions["state"], perturbation = 0) =>
      equivalence(data, seeds, record, rule, state, perturbation);
    const withDecay = () => sgd({ learningRate, momentum, weightDecay });
    const decayed = await run(withDecay);
    const nearby = await run(withDecay, undefined, rounding);
    const grown = await run(
      () => sgd({ learningRate: schedule, momentum }),
      (initial, start) =>
        (initial as unknown as object[]).map((part) =>
          "trace" in part ? { trace: scaled(start, initialBuffer) } : part,
        ) as unknown as TensorTree,
    );
    const free = await run(() => sgd({ learningRate, momentum }));

    const across = (of: (s: number) => number) => meanOf(Array.from({ length: seeds }, (_, s) => of(s)));
    const apart = (a: Path, b: Path, i: number, s: number) =>
      Math.abs((a.loss[i]?.[s] as number) - (b.loss[i]?.[s] as number)) / (a.loss[i]?.[s] as number);
    const largest = (of: (i: number) => number, until = Infinity) =>
      Math.max(...record.map((k, i) => (k <= until ? of(i) : 0)));
    const furthest = (a: Path, b: Path, until = Infinity) =>
      across((s) => largest((i) => apart(a, b, i, s), until));
    const offDirection = (i: number, s: number) => {
      const [w, v] = [decayed.params[i]?.[s], grown.params[i]?.[s]] as [Float64Array, Float64Array];
      const back = alpha ** (record[i] as number);
      return Math.hypot(...w.map((x, j) => x - back * (v[j] as number))) / Math.hypot(...w);
    };
    const amplified = across((s) =>
      Math.log10(largest((i) => apart(decayed, grown, i, s)) / largest((i) => apart(decayed, nearby, i, s))),
    );
    progress?.("schedules");
    const compared = await compareSchedules(data, quick);

    const line = (name: string, of: (i: number) => Point): Series => ({
      name,
      kind: "measured",
      points: record.map((_, i) => of(i)),
    });
    const point = (i: number, values: (s: number) => number): Point => {
      const { mean, low, high } = across(values);
      return { x: record[i] as number, mean, low, high };
    };
    const norm = (w: Float64Array) => Math.hypot(...w);
    return {
      seeds,
      assumptions: [
        {
          text: "the loss is unchanged when the weights are multiplied by 7",
          problem: "digits, normalised layers",
          satisfied: decayed.invariance < 1e-9,
          why: `relative change ${show(decayed.invariance)}`,
        },
        {
          text: "$\\eta\\lambda<(1-\\sqrt\\mu)^2$",
          problem: "SGD with momentum",
          satisfied: learningRate * weightDecay < (1 - Math.sqrt(momentum)) ** 2,
          why: `${show(learningRate * weightDecay)} < ${show((1 - Math.sqrt(momentum)) ** 2)}; alpha = ${alpha.toFixed(6)}, the rate grows by ${show(100 * (alpha ** -2 - 1))} % a step`,
        },
      ],
      checks: [
        checkInterval(
          "growing rate and weight decay, first 200 steps: largest relative difference of the losses",
          furthest(decayed, grown, 200),
          [-Infinity, 1e-8],
        ),
        checkInterval(
          "and of the weights, those without decay times alpha^t: largest relative distance",
          across((s) => largest((i) => offDirection(i, s), 200)),
          [-Infinity, 1e-8],
        ),
        checkInterval(
          `all ${steps} steps: difference over that of two runs with decay whose starts differ by 1e-15, as a power of ten`,
          amplified,
          [-Infinity, 2],
        ),
        checkInterval(
          "the constant rate without decay is something else: largest relative difference of the losses",
          furthest(decayed, free),
          [0.01, Infinity],
        ),
        ...compared.checks,
      ],
      panels: [
        {
          title: "Three ways to train a normalised network",
          x: { label: "step", log: false },
          y: { label: "training loss", log: true },
          series: [
            line("weight decay, constant rate", (i) => point(i, (s) => decayed.loss[i]?.[s] as number)),
            {
              ...line("no decay, growing rate: on the same curve", (i) =>
                point(i, (s) => grown.loss[i]?.[s] as number),
              ),
              kind: "dots",
            },
            line("no decay, constant rate", (i) => point(i, (s) => free.loss[i]?.[s] as number)),
          ],
        },
        {
          title: "What differs: the learning rate and the length of the weights",
          x: { label: "step", log: false },
          y: { label: "rate, length", log: true },
          series: [
            line("growing rate", (i) => ({
              x: record[i] as number,
              mean: learningRate * alpha ** (-2 * (record[i] as number) - 1),
            })),
            line("‖w‖ with decay", (i) => point(i, (s) => norm(decayed.params[i]?.[s] as Float64Array))),
            line("‖w‖ with the growing rate", (i) =>
              point(i, (s) => norm(grown.params[i]?.[s] as Float64Array)),
            ),
          ],
        },
        {
          title: "Relative difference of the losses",
          x: { label: "step", log: false },
          y: { label: "to weight decay with a constant rate", log: true },
          series: [
            line("growing rate: rounding", (i) => point(i, (s) => apart(decayed, grown, i, s))),
            line("the same decay, start changed by 1e-15", (i) =>
              point(i, (s) => apart(decayed, nearby, i, s)),
            ),
            line("constant rate without decay", (i) => point(i, (s) => apart(decayed, free, i, s))),
          ],
        },
        {
          title: "Schedules at an equal budget",
          x: { label: "step", log: false },
          y: { label: "training loss", log: true },
          series: compared.series,
        },
      ],
      tables: [compared.table],
      notes: [
        `Over all ${steps} steps the losses of growing rate and weight decay part by up to ${show(furthest(decayed, grown).mean)}.`,
        "The tolerance was first meant for all 600 steps, where 4.7e-8 exceeded it; since training amplifies rounding, it was then asked of the first 200, and the comparison of nearby starts was added.",
      ],
    };
  },
};

const model = mlp({ sizes: widths, init: heInit });

/** Each unit less its mean over the batch, over its deviation: no gain, no bias, and nothing to guard the division. */
function normalized(z: np.Array): np.Array {
  const centred = z.ref.sub(z.mean([0], { keepdims: true }));
  const variance = np.square(centred.ref).mean([0], { keepdims: true });
  return centred.div(np.sqrt(variance));
}

/** The loss of the matrices of an MLP with every layer normalised, the logits too. */
function invariantLoss(params: ArrayTree, { x, y }: Batch): np.Array {
  const matrices = params as unknown as np.Array[];
  const last = matrices.length - 1;
  const logits = matrices.reduce((h, w, l) => {
    const z = normalized(np.matmul(h, w.transpose()));
    return l < last ? nn.relu(z) : z.mul(4);
  }, x);
  return crossEntropy(logits, y);
}

/** The losses and weights of every seed after every recorded step. */
interface Path {
  readonly loss: readonly Float64Array[];
  readonly params: readonly (readonly Float64Array[])[];
  /** Relative change of the first loss when the weights are multiplied by 7. */
  readonly invariance: number;
}

const scaled = (params: TensorTree, factor: number): TensorTree =>
  tree.map(
    (x: Tensor) =>
      new Tensor(
        "float64",
        x.shape,
        Float64Array.from(x.data, (v) => factor * v),
      ),
    params as never,
  ) as TensorTree;

export async function equivalence(
  data: TaskData,
  seeds: number,
  record: readonly number[],
  rule: LanesOptions["rule"],
  state: LanesOptions["state"],
  perturbation = 0,
): Promise<Path> {
  const batchOf = (rows: Uint32Array): HostBatch => {
    const { x, y } = data.train.batch(rows);
    return { x: toDouble(x), y };
  };
  const random = Array.from({ length: seeds }, (_, seed) => randomStream(seed, "batches, double precision"));
  const size = data.train.size;
  const { measured } = await trainLanes({
    name: "normalised network",
    starts: Array.from({ length: seeds }, (_, seed) => {
      const { hidden, head } = model.init(seed);
      const noise = randomStream(seed, "perturbation");
      return [...hidden, head].map(
        ({ w }) =>
          new Tensor(
            "float64",
            w.shape,
            Float64Array.from(w.data, (v) => v * (1 + perturbation * noise.normal())),
          ),
      );
    }),
    loss: invariantLoss,
    rule,
    ...(state && { state }),
    batch: (_, lane) =>
      batchOf(Uint32Array.from({ length: batchSize }, () => random[lane]?.below(size) as number)),
    rate: () => learningRate,
    measure: (params, batch) => {
      const seven = tree.map((w: np.Array) => w.ref.mul(7), params as never) as ArrayTree;
      return {
        loss: invariantLoss(tree.ref(params), tree.ref(batch)),
        rescaled: invariantLoss(seven, batch),
        params,
      };
    },
    examples: [batchOf(Uint32Array.from({ length: 512 }, (_, i) => i))],
    record,
  });
  const rows = measured as unknown as { loss: Tensor; rescaled: Tensor; params: Tensor[] }[];
  const [first] = rows as [(typeof rows)[0]];
  return {
    loss: rows.map(({ loss }) => Float64Array.from(loss.data)),
    params: rows.map(({ params }) =>
      Array.from({ length: seeds }, (_, s) =>
        Float64Array.from(
          params.flatMap(({ data: all }) => {
            const count = all.length / seeds;
            return Array.from(all.subarray(s * count, (s + 1) * count) as Float64Array);
          }),
        ),
      ),
    ),
    invariance: Math.max(
      ...Array.from(first.loss.data, (v, s) => Math.abs((first.rescaled.data[s] as number) / v - 1)),
    ),
  };
}

const peaks = [0.01, 0.03, 0.1, 0.3, 1];

/** The shapes of schedules with peak 1. */
const schedules = (steps: number): readonly (readonly [string, Schedule])[] => [
  ["constant", constant(1)],
  ["step: a tenth after each third", stepDecay(1, Math.ceil(steps / 3), 0.1)],
  ["linear to zero", (count) => np.subtract(1, count.mul(1 / steps))],
  ["cosine to zero", warmupCosine({ peak: 1, warmupSteps: 0, totalSteps: steps })],
  ["exponential to a hundredth", exponential(1, 0.01 ** (1 / steps))],
];

async function compareSchedules(data: TaskData, quick: boolean) {
  const seeds = quick ? 5 : 10;
  const steps = quick ? 100 : 300;
  const record = Array.from({ length: 11 }, (_, i) => Math.round((steps * i) / 10));
  const size = data.train.size;
  const everything = data.train.batch(Uint32Array.from({ length: size }, (_, i) => i));
  const train = async (
    schedule: Schedule,
    lanes: readonly { seed: number; peak: number }[],
    record: number[],
  ) => {
    const random = lanes.map(({ seed }) => randomStream(seed, "batches under schedules"));
    const { measured } = await trainLanes({
      name: "schedules",
      starts: lanes.map(({ seed }) => model.init(seed) as unknown as TensorTree),
      loss: (params, { x, y }) => crossEntropy(model.apply(params as never, x), y),
      rule: (rate) => sgd({ learningRate: (count) => schedule(count).mul(rate.ref), momentum }),
      batch: (_, lane) =>
        data.train.batch(Uint32Array.from({ length: 16 }, () => random[lane]?.below(size) as number)),
      rate: (_, lane) => (lanes[lane] as { peak: number }).peak,
      measure: (params, { x, y }) => crossEntropy(model.apply(params as never, x), y),
      examples: [everything],
      record,
    });
    return measured.map((loss) => Float64Array.from((loss as unknown as Tensor).data));
  };
  const series: Series[] = [];
  const rows: string[][] = [];
  const ends: Float64Array[] = [];
  for (const [name, schedule] of schedules(steps)) {
    const trials = peaks.map((peak) => ({ seed: tuningSeed, peak }));
    const [tries = new Float64Array()] = await train(schedule, trials, [steps]);
    const peak = bestRate(peaks, tries);
    const lanes = Array.from({ length: seeds }, (_, seed) => ({ seed, peak }));
    const path = await train(schedule, lanes, record);
    const means = path.map(meanOf);
    series.push({
      name: `${name}, peak ${show(peak)}`,
      kind: "measured",
      points: means.map(({ mean, low, high }, i) => ({ x: record[i] as number, mean, low, high })),
    });
    ends.push(path.at(-1) as Float64Array);
    const { mean, low, high } = means.at(-1) as (typeof means)[0];
    rows.push([name, show(peak), `${show(mean)} [${show(low)}, ${show(high)}]`]);
  }
  const [flat = new Float64Array()] = ends;
  const checks: Check[] = schedules(steps)
    .slice(1)
    .map(([name], i) =>
      checkInterval(
        `schedules: log of the final training loss, ${name} less constant`,
        meanOf(Array.from(ends[i + 1] as Float64Array, (v, s) => Math.log(v / (flat[s] as number)))),
        [-Infinity, 0],
      ),
    );
  return {
    checks,
    series,
    table: {
      title: `Schedules: ${steps} steps of SGD with momentum ${momentum}, batches of 16, ${seeds} seeds`,
      header: ["schedule", "peak rate", "training loss"],
      rows,
    },
  };
}
