import { lookUp } from "../suggest.ts";
import { a9aLogistic } from "./a9a-logistic.ts";
import { fashionCnn } from "./fashion-cnn.ts";
import { shakespeareGpt } from "./shakespeare-gpt.ts";
import type { Task } from "./task.ts";

/** Every task, in the order of the reports. To add one: write its file and add it here. */
const all: readonly unknown[] = [a9aLogistic, fashionCnn, shakespeareGpt];

// Whoever looks up a task by name cannot know the type of its parameters.
export const tasks: ReadonlyMap<string, Task> = new Map((all as Task[]).map((task) => [task.name, task]));

/** The task of this name. Throws a RangeError that suggests the nearest one. */
export const findTask = (name: string): Task => lookUp("task", name, tasks);

export { type Batch, evaluation, trainingLoss } from "./objective.ts";
export {
  type HostBatch,
  reaches,
  type Source,
  type Target,
  type Task,
  type TaskData,
} from "./task.ts";
