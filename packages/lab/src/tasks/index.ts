import { lookUp } from "../suggest.ts";
import { a9aLogistic } from "./a9a-logistic.ts";
import { adultMlp } from "./adult-mlp.ts";
import { agaricusLogistic } from "./agaricus-logistic.ts";
import { cifarResnet } from "./cifar-resnet.ts";
import { digitsLstm } from "./digits-lstm.ts";
import { digitsMlp } from "./digits-mlp.ts";
import { fashionCnn } from "./fashion-cnn.ts";
import { fashionMlp } from "./fashion-mlp.ts";
import { fashionResnet } from "./fashion-resnet.ts";
import { housingLeastSquares } from "./housing-least-squares.ts";
import { mnistAutoencoder } from "./mnist-autoencoder.ts";
import { shakespeareGpt } from "./shakespeare-gpt.ts";
import { shakespeareLstm } from "./shakespeare-lstm.ts";
import type { Task } from "./task.ts";
import { w8aLogistic } from "./w8a-logistic.ts";
import { wikitextGpt } from "./wikitext-gpt.ts";

/** Every task, from convex to deep, in the order of the reports. To add one: write its file and add it here. */
const all: readonly unknown[] = [
  housingLeastSquares,
  agaricusLogistic,
  a9aLogistic,
  w8aLogistic,
  adultMlp,
  digitsMlp,
  digitsLstm,
  fashionMlp,
  fashionCnn,
  fashionResnet,
  cifarResnet,
  mnistAutoencoder,
  shakespeareLstm,
  shakespeareGpt,
  wikitextGpt,
];

// Whoever looks up a task by name cannot know the type of its parameters.
const registered = new Map((all as Task[]).map((task) => [task.name, task]));
export const tasks: ReadonlyMap<string, Task> = registered;

/** Adds a task for the rest of this process. */
export const addTask = (task: Task): unknown => registered.set(task.name, task);

/** The task of this name. Throws a RangeError that suggests the nearest one. */
export const findTask = (name: string): Task => lookUp("task", name, tasks);

export { type Batch, evaluation, trainingLoss } from "./objective.ts";
export {
  defineTask,
  type HostBatch,
  type LastBatch,
  reaches,
  type Source,
  type Target,
  type Task,
  type TaskData,
} from "./task.ts";
