import { tree } from "@jax-js/jax";
import { Tensor, type TensorTree } from "@steepest/compile";
import { adamw, globalNorm } from "steepest";
import { accuracy, crossEntropy, mlp } from "../../models/index.ts";
import { permutation, randomStream } from "../../random.ts";
import type { HostBatch } from "../../tasks/task.ts";
import type { Item, Panel, Point, Series } from "../item.ts";
import { trainLanes } from "../run/lanes.ts";
import { checkInterval, geometricMean, meanOf, show } from "../verdict.ts";

/** Modulus; there are p^2 sums. */
const p = 31;
const learningRate = 0.01;
/** When the training sums count as learnt by heart, and the others as understood. */
const memorised = 0.99;
const generalised = 0.95;

const model = mlp({ sizes: [2 * p, 128, p] });

interface Setting {
  readonly weightDecay: number;
  /** Share of the sums that is trained on. */
  readonly share: number;
}

export const grokkingItem: Item = {
  id: "grokking",
  title: "Grokking: generalisation long after memorisation",
  line: "modular sums are learnt by heart in a few dozen steps and understood long after, if there is weight decay",
  claim: String.raw`\begin{gathered}(a,b)\mapsto a+b\bmod p:\quad \text{training sums learnt by heart at step}\ t_1,\\ \text{the others understood only at}\ t_2\gg t_1,\ \text{and only with weight decay}\end{gathered}`,
  about: `All ${p * p} sums modulo $p=${p}$, of which 70 % are trained on, as two one-hot numbers into a network with one hidden layer of 128 ReLU units; AdamW with rate ${learningRate} and $\\beta_2=0.98$ on all training sums at once. Learnt by heart: ${100 * memorised} % of the training sums are right. Generalised: ${100 * generalised} % of the others. With and without weight decay, and in the full form with less decay and on fewer sums.`,
  source:
    "Power, Burda, Edwards, Babuschkin and Misra (2022); Gromov (2023) for networks of one hidden layer; Liu, Michaud and Tegmark (2023) for the norm",
  async run({ quick, progress }) {
    const seeds = 5;
    const steps = quick ? 800 : 2500;
    const settings: readonly Setting[] = [
      { weightDecay: 1, share: 0.7 },
      { weightDecay: 0, share: 0.7 },
      ...(quick
        ? []
        : [
            { weightDecay: 0.3, share: 0.7 },
            { weightDecay: 1, share: 0.6 },
            { weightDecay: 1, share: 0.5 },
          ]),
    ];
    const record = [
      ...Array.from({ length: 20 }, (_, i) => 5 * i),
      ...Array.from({ length: (steps - 100) / 25 + 1 }, (_, i) => 100 + 25 * i),
    ];
    const runs: Run[] = [];
    for (const setting of settings) {
      progress?.(nameOf(setting));
      runs.push(await train(setting, seeds, record));
    }
    const [decayed, free] = runs as [Run, Run, ...Run[]];
    const when = (values: readonly Float64Array[], level: number) =>
      Float64Array.from({ length: seeds }, (_, s) => {
        const i = values.findIndex((v) => (v[s] as number) >= level);
        return i < 0 ? Infinity : (record[i] as number);
      });
    const learnt = runs.map(({ training }) => when(training, memorised));
    const understood = runs.map(({ validation }) => when(validation, generalised));
    const [t1, t2] = [learnt[0], understood[0]] as [Float64Array, Float64Array];
    const ratio = (a: Float64Array, b: Float64Array) =>
      geometricMean(a.map((v, s) => Math.log(v / (b[s] as number))));
    const atMemory = Float64Array.from(
      t1,
      (k, s) => decayed.validation[record.indexOf(k)]?.[s] ?? Number.NaN,
    );
    const last = (values: readonly Float64Array[]) => values.at(-1) as Float64Array;
    const fewer = settings.findIndex(({ share, weightDecay }) => share === 0.6 && weightDecay === 1);
    const stepsCell = (values: Float64Array) =>
      values.every(Number.isFinite)
        ? `${show(meanOf(values).mean)} (${show(Math.min(...values))} to ${show(Math.max(...values))})`
        : `in ${values.filter(Number.isFinite).length} of ${seeds} runs`;
    return {
      seeds,
      assumptions: [
        {
          text: "training and validation sums are different ones, drawn at random",
          problem: `sums modulo ${p}`,
          satisfied: true,
          why: `${Math.round(0.7 * p * p)} and ${p * p - Math.round(0.7 * p * p)} of ${p * p}; blind guessing is right for ${show(100 / p)} %`,
        },
      ],
      checks: [
        checkInterval("with decay: steps until generalised over steps until learnt by heart", ratio(t2, t1), [
          3,
          Infinity,
        ]),
        checkInterval(
          "with decay: share of the other sums that is right when the training sums are learnt by heart",
          meanOf(atMemory),
          [-Infinity, 0.2],
        ),
        checkInterval(
          `with decay: share of the other sums that is right after ${steps} steps`,
          meanOf(last(decayed.validation)),
          [generalised, Infinity],
        ),
        checkInterval(
          `without decay: the same after ${steps} steps, all training sums right`,
          meanOf(last(free.validation)),
          [-Infinity, 0.5],
        ),
        ...(fewer < 0
          ? []
          : [
              checkInterval(
                "steps until generalised, trained on 60 % over 70 %",
                ratio(understood[fewer] as Float64Array, t2),
                [1, Infinity],
              ),
            ]),
      ],
      notes: [
        "The decay of 1 and 70 % of the sums were settled by about six runs on two seeds before: grokking needs such settings, and the claim is that it occurs, not that it always does.",
      ],
      panels: [
        accuracyPanel("With weight decay 1", record, decayed),
        accuracyPanel("Without weight decay", record, free),
        {
          title: "The length of the weights",
          x: { label: "step", log: true },
          y: { label: "‖w‖", log: true },
          series: [
            line("weight decay 1", record, decayed.norm),
            line("without weight decay", record, free.norm),
          ],
        },
        ...(quick
          ? []
          : [
              {
                title: "Sums that were not trained on",
                x: { label: "step", log: true },
                y: { label: "share that is right", log: false },
                series: settings.flatMap((setting, i) =>
                  setting.weightDecay === 0
                    ? []
                    : [line(nameOf(setting), record, (runs[i] as Run).validation)],
                ),
              },
            ]),
      ],
      tables: [
        {
          title: "Steps, mean and range over the seeds",
          header: ["", "learnt by heart", "generalised", "right at the end, other sums"],
          rows: settings.map((setting, i) => {
            const { mean, low, high } = meanOf(last((runs[i] as Run).validation));
            return [
              nameOf(setting),
              stepsCell(learnt[i] as Float64Array),
              stepsCell(understood[i] as Float64Array),
              `${show(mean)} [${show(low)}, ${show(high)}]`,
            ];
          }),
        },
      ],
    };
  },
};

const nameOf = ({ weightDecay, share }: Setting): string =>
  `decay ${weightDecay}, trained on ${Math.round(100 * share)} %`;

/** By recorded step and seed. */
interface Run {
  readonly training: readonly Float64Array[];
  readonly validation: readonly Float64Array[];
  readonly norm: readonly Float64Array[];
}

/** Sums as two one-hot numbers and their class; a sum's number is a p + b. */
export function sums(numbers: Uint32Array): HostBatch {
  const x = new Float32Array(numbers.length * 2 * p);
  const y = Int32Array.from(numbers, (number, i) => {
    const [a, b] = [Math.floor(number / p), number % p];
    x[i * 2 * p + a] = 1;
    x[i * 2 * p + p + b] = 1;
    return (a + b) % p;
  });
  return {
    x: new Tensor("float32", [numbers.length, 2 * p], x),
    y: new Tensor("int32", [numbers.length], y),
  };
}

async function train(
  { weightDecay, share }: Setting,
  seeds: number,
  record: readonly number[],
): Promise<Run> {
  const orders = Array.from({ length: seeds }, (_, seed) => permutation(p * p, randomStream(seed, "sums")));
  const count = Math.round(share * p * p);
  const training = orders.map((order) => sums(order.subarray(0, count)));
  const { measured } = await trainLanes({
    name: "modular sums",
    starts: orders.map((_, seed) => model.init(seed) as unknown as TensorTree),
    loss: (params, { x, y }) => crossEntropy(model.apply(params as never, x), y),
    rule: (rate) => adamw({ learningRate: rate, weightDecay, b2: 0.98 }),
    batch: (_, lane) => training[lane] as HostBatch,
    rate: () => learningRate,
    measure: (params, { x, y }) => {
      const logits = model.apply(tree.ref(params) as never, x);
      const part = (rows: [number, number]) => accuracy(logits.ref.slice(rows), y.ref.slice(rows));
      const measures = {
        training: part([0, count]),
        validation: part([count, p * p]),
        norm: globalNorm(params),
      };
      tree.dispose([logits, y]);
      return measures;
    },
    examples: orders.map(sums),
    record,
  });
  const rows = measured as unknown as Record<keyof Run, Tensor>[];
  const of = (which: keyof Run) => rows.map((row) => Float64Array.from(row[which].data));
  return { training: of("training"), validation: of("validation"), norm: of("norm") };
}

const line = (name: string, record: readonly number[], values: readonly Float64Array[]): Series => ({
  name,
  kind: "measured",
  points: record
    .map((x, i): Point => {
      const { mean, low, high } = meanOf(values[i] as Float64Array);
      return { x, mean, low, high };
    })
    .filter(({ x }) => x > 0),
});

const accuracyPanel = (title: string, record: readonly number[], run: Run): Panel => ({
  title,
  x: { label: "step", log: true },
  y: { label: "share that is right", log: false },
  series: [line("training sums", record, run.training), line("other sums", record, run.validation)],
});
