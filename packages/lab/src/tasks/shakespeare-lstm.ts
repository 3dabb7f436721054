import { characterVocabulary } from "../data/text.ts";
import { loadTinyShakespeare } from "../data/texts.ts";
import { crossEntropy, lstm } from "../models/index.ts";
import { windowsOf } from "./sources.ts";
import { defineTask } from "./task.ts";

const context = 32;
const model = lstm({ inputs: { vocabulary: 65 }, context, width: 128, outputs: 65, predict: "each" });

/** The next character of Shakespeare with a recurrent network. */
export const shakespeareLstm = defineTask({
  name: "shakespeare-lstm",
  title: "LSTM on tinyshakespeare",
  description:
    "Predict the next of 65 characters of Shakespeare's plays; an LSTM of width 128 that starts from zero in every window of " +
    "32 characters: 148,289 parameters.",
  dataset: "tinyshakespeare",
  model,
  batchSize: 16,
  steps: 400,
  evaluations: 20,
  // `npm run targets`: at 75 % of the budget AdamW 2.015 (SGD 2.061).
  target: { metric: "loss", value: 2.02, direction: "min" },
  async load() {
    const { train, validation } = await loadTinyShakespeare();
    const { encode } = characterVocabulary(train);
    return windowsOf(encode(train), encode(validation), context, 128, 64);
  },
  loss: crossEntropy,
});
