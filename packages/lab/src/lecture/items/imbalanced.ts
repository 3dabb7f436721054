import { numpy as np } from "@jax-js/jax";
import { type ArrayTree, Tensor } from "@steepest/compile";
import { loadDigits } from "../../data/tables.ts";
import { characterVocabulary } from "../../data/text.ts";
import { loadTinyShakespeare } from "../../data/texts.ts";
import { linear, type Model, mlp } from "../../models/index.ts";
import { randomStream } from "../../random.ts";
import type { HostBatch } from "../../tasks/task.ts";

/** A classification problem whose classes are numbered from the most frequent to the rarest. */
export interface Classes {
  readonly name: string;
  readonly classes: number;
  readonly heavyTailed: boolean;
  readonly model: Model<ArrayTree>;
  readonly batchSize: number;
  /** The training examples of a seed. */
  examples(seed: number): HostBatch;
}

/** Characters before the one that is predicted. */
const context = 3;

/** A linear model of the next character of Shakespeare from the three before it; a seed has 8,192 places in the text. */
export async function nextCharacter(): Promise<Classes> {
  const { train } = await loadTinyShakespeare();
  const { size, encode } = characterVocabulary(train);
  const tokens = encode(train);
  const counts = new Float64Array(size);
  for (const token of tokens) counts[token] = (counts[token] as number) + 1;
  const byCount = Array.from(counts.keys()).sort((a, b) => (counts[b] as number) - (counts[a] as number));
  const rank = new Map(byCount.map((token, i) => [token, i]));
  const ranks = tokens.map((token) => rank.get(token) as number);
  const { apply, ...model } = linear({ inputs: context * size, outputs: size });
  return {
    name: "the next character of Shakespeare",
    classes: size,
    heavyTailed: true,
    model: {
      ...model,
      apply(params, x) {
        const ones = x.reshape([-1, context, 1]).equal(np.arange(size).astype(np.int32)).astype(np.float32);
        return apply(params as never, ones.reshape([-1, context * size]));
      },
    },
    batchSize: 256,
    examples(seed) {
      const random = randomStream(seed, "places in the text");
      const n = 8192;
      const x = new Int32Array(n * context);
      const y = Int32Array.from({ length: n }, (_, i) => {
        const at = random.below(ranks.length - context);
        x.set(ranks.subarray(at, at + context), i * context);
        return ranks[at + context] as number;
      });
      return { x: new Tensor("int32", [n, context], x), y: new Tensor("int32", [n], y) };
    },
  };
}

const pixels = 64;
const bits = 5;
const codes = 2 ** bits;
/** Images of a barcoded class; as many images in all are plain. */
const each = 5;
const half = 10 * codes * each;

/**
 * Digits with a network of one hidden layer, after Kunstner et al. (2024): plain ones in 10 classes, and ones with a barcode
 * of five bits, in classes of a digit and a code of five images each; both halves, or one of them.
 */
export async function barcodedDigits(which: "both" | "plain" | "barcoded"): Promise<Classes> {
  const { features, labels } = await loadDigits();
  const images = Array.from({ length: 10 }, (_, digit) =>
    Array.from(labels.data.keys()).filter((i) => labels.data[i] === digit),
  );
  const names = {
    both: "digits, half of them barcoded",
    plain: "digits",
    barcoded: "barcoded digits, all classes rare",
  };
  const width = pixels + bits;
  // The classes of barcoded digits follow the ten of plain ones, where there are any.
  const first = which === "barcoded" ? 0 : 10;
  const classes = which === "plain" ? 10 : first + 10 * codes;
  return {
    name: names[which],
    classes,
    heavyTailed: which === "both",
    model: mlp({ sizes: [width, 64, classes] }) as unknown as Model<ArrayTree>,
    batchSize: 128,
    examples(seed) {
      const random = randomStream(seed, "barcodes");
      const plain = Array.from({ length: half }, (_, i) => ({ digit: i % 10, code: undefined }));
      const barcoded = Array.from({ length: half }, (_, i) => {
        const own = Math.floor(i / each);
        return { digit: own % 10, code: Math.floor(own / 10) };
      });
      const rows = [...(which === "barcoded" ? [] : plain), ...(which === "plain" ? [] : barcoded)];
      const x = new Float32Array(rows.length * width);
      const y = Int32Array.from(rows, ({ digit, code }, row) => {
        const own = images[digit] as number[];
        const image = own[random.below(own.length)] as number;
        for (let j = 0; j < pixels; j++)
          x[row * width + j] = (features.data[image * pixels + j] as number) / 8 - 1;
        if (code === undefined) return digit;
        for (let b = 0; b < bits; b++) x[row * width + pixels + b] = (code >> b) & 1 ? 1 : -1;
        return first + 10 * code + digit;
      });
      return { x: new Tensor("float32", [rows.length, width], x), y: new Tensor("int32", [rows.length], y) };
    },
  };
}
