import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { TensorTree } from "@steepest/compile";
import { trainedTree } from "../../models/index.ts";
import { defaultsOf, findOptimizer } from "../../optimizers/index.ts";
import { formatNumber } from "../../report/numbers.ts";
import { readResults } from "../../report/read.ts";
import { loadFilesOf } from "../../report/user-files.ts";
import { findTask, type Task, tasks } from "../../tasks/index.ts";
import { codeVersion } from "../../train/code.ts";
import { modelPath, readModel } from "../../train/model-file.ts";
import { pathFile, readPath } from "../../train/path.ts";
import { parseTrial } from "../../train/record.ts";
import { createRunner, type Runner } from "../../train/runner.ts";
import type { TrialSpec } from "../../train/spec.ts";
import { readTrial, trialPath } from "../../train/store.ts";
import { type Layout, layoutOf } from "../vectors.ts";
import type { Network, TrainingPath } from "../view.ts";

/** Networks to look around, and where they come from. */
export interface Source {
  readonly task: Task;
  readonly title: string;
  readonly layout: Layout;
  /** The first is the center. */
  readonly networks: readonly Network[];
  readonly path: TrainingPath | undefined;
  readonly facts: Readonly<Record<string, string>>;
}

export interface SourceOptions {
  /** Chooses among the tasks or optimizers of a folder; says the task of a file that cannot tell. */
  readonly task?: string | undefined;
  readonly optimizer?: string | undefined;
  /** For training anew: steps, learning rate and the first seed. */
  readonly steps?: number | undefined;
  readonly learningRate?: number | undefined;
  readonly seed: number;
  /** Networks wanted of a task or a folder: one, or those between which the picture lies. */
  readonly count: number;
  /** Whether the path of training is needed. */
  readonly path: boolean;
  /** Folder for what must be trained. */
  readonly runs: string;
  readonly signal?: AbortSignal | undefined;
  /** Tells about training: what, and how far. */
  readonly onTraining?: (what: string, step: number, steps: number) => void;
}

/**
 * Finds the networks: files of parameters, a race's or study's folder, or the name of a task. What was not kept is trained
 * again: a trial is a function of its specification.
 *
 * @throws Error saying what was found and what was expected
 */
export async function openSource(targets: readonly string[], options: SourceOptions): Promise<Source> {
  const [first] = targets as [string];
  const isFile = (path: string) => existsSync(path) && statSync(path).isFile();
  if (targets.every(isFile)) return fromFiles(targets, options);
  if (targets.length > 1) {
    const missing = targets.find((target) => !isFile(target));
    throw new Error(`${missing}: no such file; several targets must be files of parameters (.safetensors)`);
  }
  if (existsSync(first)) await loadFilesOf(first);
  const specs = existsSync(first) ? specsIn(first, options) : specsOf(first, options);
  const runner = createRunner({
    out: options.runs,
    keepModels: true,
    keepPaths: true,
    ...(options.signal && { signal: options.signal }),
  });
  try {
    return await fromTrials(specs, runner, options);
  } finally {
    await runner.dispose();
  }
}

/** The layout of a task's parameters, and what reads them from a file. */
function layoutFor({ model }: Task): { layout: Layout; read(file: string): Float32Array } {
  const layout = layoutOf(model.init(0));
  const example = trainedTree(model.init(0), model.training?.init(0));
  return {
    layout,
    read(file) {
      const { buffers, ...params } = readModel(file, example) as { buffers?: TensorTree };
      return layout.flatten(params);
    },
  };
}

function fromFiles(files: readonly string[], { task: named }: SourceOptions): Source {
  const known = files.map((file) => {
    const trial = file.replace(/(\.path)?\.safetensors$/, ".jsonl");
    return existsSync(trial) ? parseTrial(readFileSync(trial, "utf8"))?.start.spec : undefined;
  });
  const [file] = files as [string];
  const name = named ?? known[0]?.task ?? basename(file, ".safetensors");
  if (!tasks.has(name)) {
    throw new Error(
      `${file}: cannot tell which task it was trained on: no trial lies beside it; expected --task with one of ${[...tasks.keys()].join(", ")}`,
    );
  }
  const task = findTask(name);
  const { layout, read } = layoutFor(task);
  const networks = files.map((path, i) => ({
    label: labelOf(known[i], path),
    vector: finite(read(path), path),
  }));
  const path = readPath(file.replace(/\.safetensors$/, ".path.safetensors"));
  return {
    task,
    title: titleOf(task, known[0]?.optimizer),
    layout,
    networks: distinct(networks),
    path: path && usable(path),
    facts: { models: files.join(", ") },
  };
}

/** The specifications of the best trials of a folder: those of one optimizer on one task, best first. */
function specsIn(
  folder: string,
  { task, optimizer, count }: SourceOptions,
): (TrialSpec & { folder?: string })[] {
  const ended = readResults(folder).trials.filter(
    ({ spec, use, trial }) =>
      use === "result" &&
      trial?.end?.status === "finished" &&
      (task === undefined || spec.task === task) &&
      (optimizer === undefined || spec.optimizer === optimizer),
  );
  const found = [...new Set(ended.map(({ spec }) => spec.task))];
  if (found.length !== 1) {
    const why = found.length === 0 ? "no finished trial fits" : `has trials of ${found.join(", ")}`;
    throw new Error(`${folder}: ${why}; expected one task, chosen with --task`);
  }
  const { target } = findTask(found[0] as string);
  const sign = target.direction === "min" ? 1 : -1;
  const value = (t: (typeof ended)[0]) =>
    sign * (t.trial?.records.at(-1)?.validation[target.metric] ?? Number.NaN);
  const sorted = ended.sort((a, b) => value(a) - value(b)).map(({ spec }) => spec);
  const own = sorted.filter((spec) => spec.optimizer === sorted[0]?.optimizer);
  if (own.length < count) {
    throw new Error(
      `${folder}: ${own.length} finished trial(s) of ${own[0]?.optimizer}; ${count} are needed`,
    );
  }
  return own.slice(0, count).map((spec) => ({ ...spec, folder }));
}

/** New trials of a task with its defaults. */
function specsOf(name: string, options: SourceOptions): (TrialSpec & { folder?: string })[] {
  let task: Task;
  try {
    task = findTask(name);
  } catch (cause) {
    throw new Error(
      `${name}: neither a file, nor a folder, nor a task (${(cause as Error).message}); see \`steepest tasks\``,
      { cause },
    );
  }
  const optimizer = findOptimizer(options.optimizer ?? "adamw");
  const { learningRate } = options;
  return Array.from({ length: options.count }, (_, i) => ({
    task: task.name,
    optimizer: optimizer.name,
    hyperparameters: { ...defaultsOf(optimizer), ...(learningRate !== undefined && { learningRate }) },
    seed: options.seed + i,
    steps: options.steps ?? task.steps,
    executor: "native" as const,
    code: codeVersion(),
  }));
}

async function fromTrials(
  specs: readonly (TrialSpec & { folder?: string })[],
  runner: Runner,
  options: SourceOptions,
): Promise<Source> {
  const task = findTask((specs[0] as TrialSpec).task);
  const { layout, read } = layoutFor(task);
  const networks: Network[] = [];
  let path: TrainingPath | undefined;
  const notes: string[] = [];
  for (const { folder, ...spec } of specs) {
    const kept = folder === undefined ? undefined : trialPath(folder, spec);
    const needsPath = options.path && networks.length === 0;
    const there =
      kept !== undefined && existsSync(modelPath(kept)) && (!needsPath || existsSync(pathFile(kept)));
    const file = there ? kept : await train(spec, runner, options, kept, notes);
    networks.push({
      label: labelOf(spec, file),
      vector: finite(read(modelPath(file)), `${spec.optimizer}, seed ${spec.seed}`),
    });
    const found = networks.length === 1 ? readPath(pathFile(file)) : undefined;
    if (found) path = usable(found);
  }
  const { optimizer, hyperparameters, seed, steps } = specs[0] as TrialSpec;
  return {
    task,
    title: titleOf(task, optimizer),
    layout,
    networks: distinct(networks),
    path,
    facts: {
      optimizer,
      hyperparameters: Object.entries(hyperparameters)
        .map(([key, value]) => `${key} ${formatNumber(value)}`)
        .join(", "),
      trainingSeed: String(seed),
      steps: String(steps),
      ...(notes.length > 0 && { note: notes.join("; ") }),
    },
  };
}

/** Trains a trial where its parameters were not kept; says whether they came out as they were. */
async function train(
  spec: TrialSpec,
  runner: Runner,
  { runs, onTraining }: SourceOptions,
  kept: string | undefined,
  notes: string[],
): Promise<string> {
  const now = { ...spec, code: codeVersion() };
  const what = `${spec.task}, ${spec.optimizer}, seed ${spec.seed}`;
  const { trial } = await runner.run(now, {
    onCompile: () => onTraining?.(what, 0, spec.steps),
    onProgress: (step) => onTraining?.(what, step, spec.steps),
  });
  const before = kept === undefined ? undefined : readTrial(kept)?.end?.digest;
  if (before !== undefined && before !== trial.end?.digest) {
    notes.push(
      `${what}: trained anew, and its parameters differ from the recorded ones (the code has changed since)`,
    );
  }
  if (trial.end?.status === "diverged")
    throw new Error(`${what}: diverged after ${trial.end.step} steps; it has no landscape`);
  return join(trialPath(runs, now));
}

const labelOf = (spec: TrialSpec | undefined, file: string): string =>
  spec === undefined ? basename(file, ".safetensors") : `${spec.optimizer}, seed ${spec.seed}`;

const titleOf = (task: Task, optimizer: string | undefined): string =>
  optimizer === undefined ? task.title : `${task.title}, ${optimizer}`;

/** Gives networks of one name numbers. */
const distinct = (networks: readonly Network[]): Network[] =>
  networks.map((network, i) =>
    networks.some((other, k) => k !== i && other.label === network.label)
      ? { ...network, label: `${network.label} (${i + 1})` }
      : network,
  );

/** Without networks that left the numbers. */
function usable({ steps, networks }: TrainingPath): TrainingPath {
  const fine = networks.map((network) => network.every(Number.isFinite));
  return { steps: steps.filter((_, i) => fine[i]), networks: networks.filter((_, i) => fine[i]) };
}

function finite(vector: Float32Array, where: string): Float32Array {
  if (!vector.every(Number.isFinite)) throw new Error(`${where}: holds parameters that are not finite`);
  return vector;
}
