import { characterVocabulary } from "../data/text.ts";
import { loadTinyShakespeare } from "../data/texts.ts";
import { crossEntropy, gpt } from "../models/index.ts";
import { windowsOf } from "./sources.ts";
import { defineTask } from "./task.ts";

const context = 64;
const model = gpt({ vocabulary: 65, context, width: 64, layers: 2 });

/** The next character of Shakespeare with a small transformer. */
export const shakespeareGpt = defineTask({
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
    const { train, validation } = await loadTinyShakespeare();
    const { encode } = characterVocabulary(train);
    return windowsOf(encode(train), encode(validation), context, 64, 32);
  },
  loss: crossEntropy,
});
