/** What of the lab runs in a page: models, optimizers, training, landscapes, animations; no Node, no files. */
export { characterVocabulary, type Vocabulary } from "./data/text.ts";
export * from "./landscape/index.ts";
export type { Scene, SceneOptions } from "./lecture/animation/scene.ts";
export { scenes } from "./lecture/animation/scenes.ts";
export * from "./models/index.ts";
export * from "./optimizers/index.ts";
export { eigen } from "./problems/symmetric.ts";
export { type RandomStream, randomStream } from "./random.ts";
export { inOrder, shuffledBatches, takeRows, windowsAt } from "./tasks/batches.ts";
export { type Batch, evaluation, trainingLoss } from "./tasks/objective.ts";
export { imageData, moonsData, textData } from "./tasks/small.ts";
export type { HostBatch, Task, TaskData, Trainable } from "./tasks/task.ts";
export { type PathRecorder, type RecordedPath, recordPath } from "./train/path-recorder.ts";
export { openTrainer, type Trainer } from "./train/trainer.ts";
