/** What of the lab runs in a page: models, batches and landscapes; no Node, no files. */
export { characterVocabulary, type Vocabulary } from "./data/text.ts";
export * from "./landscape/index.ts";
export * from "./models/index.ts";
export { type RandomStream, randomStream } from "./random.ts";
export { inOrder, shuffledBatches, takeRows, windowsAt } from "./tasks/batches.ts";
export { type Batch, evaluation, trainingLoss } from "./tasks/objective.ts";
export type { HostBatch, Task, TaskData } from "./tasks/task.ts";
