import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportOnnx } from "@steepest/compile";
import { applyTrained, trainedTree } from "../models/index.ts";
import type { Task } from "../tasks/index.ts";
import { modelPath, readModel } from "../train/model-file.ts";
import { trialPath } from "../train/store.ts";
import { finalValue } from "./final-value.ts";
import type { Entry } from "./race.ts";

/**
 * Writes the best model of every task as TASK.safetensors and TASK.onnx: that of the run, over all optimizers and seeds,
 * whose target metric ended best. The ONNX model maps `x`, one example, to `logits`.
 *
 * @param out the results folder, in which the runner has kept the models
 * @returns a line for every task: the files, and the run that they come from.
 */
export async function exportModels(
  entries: readonly Entry[],
  out: string,
  folder: string,
): Promise<string[]> {
  const lines: string[] = [];
  for (const task of new Set(entries.map((entry) => entry.task))) {
    const best = bestRun(task, entries);
    if (best === undefined) {
      lines.push(`${task.name}: no model, every run diverged`);
      continue;
    }
    const { spec } = best;
    const kept = modelPath(trialPath(out, spec));
    const { model } = task;
    const trained = readModel(kept, trainedTree(model.init(0), model.training?.init(0)));
    const { x } = (await task.load()).train.batch(Uint32Array.of(0));
    const onnx = await exportOnnx(applyTrained(model), [trained, x] as never, {
      name: task.name,
      inputs: ["x"],
      outputs: ["logits"],
    });
    const path = join(folder, task.name);
    writeFileSync(`${path}.onnx`, onnx);
    copyFileSync(kept, `${path}.safetensors`);
    lines.push(`${path}.onnx and .safetensors (${spec.optimizer}, seed ${spec.seed})`);
  }
  return lines;
}

function bestRun({ name, target }: Task, entries: readonly Entry[]) {
  const sign = target.direction === "min" ? 1 : -1;
  const runs = entries
    .filter((entry) => entry.task.name === name)
    .flatMap((entry) => entry.trials)
    .flatMap((trial) => {
      const value = finalValue(trial, target.metric);
      return value === undefined ? [] : [{ spec: trial.start.spec, value }];
    });
  return runs.sort((a, b) => sign * (a.value - b.value))[0];
}
