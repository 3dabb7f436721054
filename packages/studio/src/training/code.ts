import { headCode, networkCode, valuesCode } from "../learning/code.ts";
import type { TrainingState } from "./state.ts";

/** A TypeScript program that trains the same networks in Node and prints their validation losses. */
export function codeFor({ network, entrants, seed, steps }: TrainingState): string {
  const { imports, lines } = networkCode(network, document.baseURI);
  const runs = entrants.map(
    (e) => `  { name: ${JSON.stringify(e.name)}, hyperparameters: ${valuesCode(e)} },`,
  );
  return `${headCode([...imports, "findOptimizer", "openTrainer", "shuffledBatches"], ["Trainable"])}
${lines}

const steps = ${steps};
const runs = [
${runs.join("\n")}
];
for (const { name, hyperparameters } of runs) {
  const { create, evaluated } = findOptimizer(name);
  const rule = create({ steps, roles: task.model.roles });
  const trainer = await openTrainer(task, data, { ...rule, ...(evaluated && { evaluated }) }, "wasm");
  trainer.reset(${seed}, hyperparameters);
  const batches = shuffledBatches(data.train.size, task.batchSize, ${seed});
  for (let step = 0; step < steps; step++) {
    const loss = await trainer.step(data.train.batch(batches.next().value));
    if (!Number.isFinite(loss)) break;
  }
  console.log(name, JSON.stringify(await trainer.evaluate()));
  await trainer.dispose();
}
`;
}
