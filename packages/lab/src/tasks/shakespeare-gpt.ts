import { characterVocabulary } from "../data/text.ts";
import { loadTinyShakespeare } from "../data/texts.ts";
import { crossEntropy, type GptParams, gpt } from "../models/index.ts";
import { inOrder, windowsAt } from "./batches.ts";
import type { Task } from "./task.ts";

const context = 64;
const model = gpt({ vocabulary: 65, context, width: 64, layers: 2 });

/** Evaluation windows, spread evenly over the validation text. */
const windows = 64;

/** The next character of Shakespeare with a small transformer. */
export const shakespeareGpt: Task<GptParams> = {
  name: "shakespeare-gpt",
  title: "GPT on tinyshakespeare",
  description:
    "Predict the next of 65 characters of Shakespeare's plays; a transformer of 2 layers, width 64, 64 characters " +
    "of context: 111,040 parameters.",
  dataset: "tinyshakespeare",
  model,
  batchSize: 8,
  steps: 300,
  evaluations: 20,
  target: { metric: "loss", value: 2.45, direction: "min" },
  async load() {
    const text = await loadTinyShakespeare();
    const vocabulary = characterVocabulary(text.train);
    const [train, validation] = [vocabulary.encode(text.train), vocabulary.encode(text.validation)];
    const stride = Math.floor((validation.length - context - 1) / windows);
    return {
      // An example is a window; each character except the last 64 starts one.
      train: { size: train.length - context, batch: (starts) => windowsAt(train, starts, context) },
      validation: inOrder(windows, 32, (rows) =>
        windowsAt(
          validation,
          rows.map((row) => row * stride),
          context,
        ),
      ),
    };
  },
  loss: crossEntropy,
};
