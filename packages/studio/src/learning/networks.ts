import {
  accuracy,
  cnn,
  crossEntropy,
  gpt,
  imageData,
  mlp,
  moonsData,
  type TaskData,
  type Trainable,
  textData,
} from "@steepest/lab/browser";
import type { NetworkName } from "./catalog.ts";
import { readFile } from "./data.ts";

/** A network with its data, ready to be trained. */
export interface Loaded {
  readonly task: Trainable;
  readonly data: TaskData;
  /** Of a text: what its tokens mean, and how many a window has. */
  readonly text?: { readonly context: number; decode(tokens: ArrayLike<number>): string };
}

/** Characters of context, width and layers of the transformer. */
export const gptSize = { vocabulary: 62, context: 32, width: 32, layers: 2, heads: 2 } as const;

/** The networks: each is written here once, and again in the program that `code.ts` writes; a test compares them. */
function taskOf(name: NetworkName): Trainable {
  switch (name) {
    case "moons-mlp":
      return classifier(name, mlp({ sizes: [2, 16, 16, 2] }), 32);
    case "digits-mlp":
      return classifier(name, mlp({ sizes: [64, 32, 10], dropout: 0.2 }), 64);
    case "fashion-cnn":
      return classifier(name, cnn({ image: [1, 28, 28], channels: [8, 16], classes: 10 }), 32);
    case "shakespeare-gpt":
      return { name, model: gpt(gptSize) as unknown as Trainable["model"], batchSize: 8, loss: crossEntropy };
  }
}

/** A network that tells classes apart. */
const classifier = (name: string, model: object, batchSize: number): Trainable => ({
  name,
  model: model as Trainable["model"],
  batchSize,
  loss: crossEntropy,
  metrics: { accuracy },
});

const kept = new Map<NetworkName, Promise<Loaded>>();

/** Loads a network's data, once. `base` is the address of the page. */
export function loadNetwork(name: NetworkName, base: string): Promise<Loaded> {
  const loaded = kept.get(name) ?? load(name, base);
  kept.set(name, loaded);
  loaded.catch(() => kept.delete(name));
  return loaded;
}

async function load(name: NetworkName, base: string): Promise<Loaded> {
  const whole = (data: Loaded["data"]): Loaded => ({ task: taskOf(name), data });
  switch (name) {
    case "moons-mlp":
      return whole(moonsData());
    case "digits-mlp":
      return whole(imageData(await readFile(base, "digits.bin"), [64], (v) => v / 16, 1497));
    case "fashion-cnn":
      // Mean and standard deviation of Fashion-MNIST's training pixels, scaled to [0, 1].
      return whole(
        imageData(await readFile(base, "fashion.bin"), [1, 28, 28], (v) => (v / 255 - 0.286) / 0.353, 1000),
      );
    case "shakespeare-gpt": {
      const { context } = gptSize;
      const { data, vocabulary } = textData(await readFile(base, "shakespeare.txt"), context);
      return { ...whole(data), text: { context, decode: (tokens) => vocabulary.decode(tokens) } };
    }
  }
}
