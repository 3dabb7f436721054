import type { Landscape } from "@steepest/lab/format";
import { headCode, networkCode, valuesCode } from "../learning/code.ts";
import { type LandscapesState, questionOf } from "./state.ts";

/** Reads a file in the program; the page itself uses none. */
const files = "node:fs/promises";

/** A TypeScript program that computes the same losses, or reads the file that is shown. */
export function codeFor(state: LandscapesState, landscape: Landscape | undefined): string {
  if (state.source !== "live") return readingCode(landscape);
  const { network, entrant, other, steps, seed, method, line, grid, range, dropout, examples } =
    questionOf(state);
  const { imports, lines } = networkCode(network, document.baseURI);
  const second = other ?? entrant;
  const runs = [[entrant, seed], ...(method === "between" ? [[second, seed + 1] as const] : [])] as [
    typeof entrant,
    number,
  ][];
  if (method === "between" && !line) runs.push([entrant, seed + 2]);
  const all = [
    ...imports,
    "computeLandscape",
    "findOptimizer",
    "layoutOf",
    "openLoss",
    "openTrainer",
    "recordPath",
    "shuffledBatches",
    "spreadExamples",
  ];
  return `${headCode(all, ["Trainable"])}
${lines}

async function train(name: string, hyperparameters: Record<string, number>, seed: number) {
  const steps = ${steps};
  const { create, evaluated } = findOptimizer(name);
  const rule = create({ steps, roles: task.model.roles });
  const trainer = await openTrainer(task, data, { ...rule, ...(evaluated && { evaluated }) }, "wasm");
  trainer.reset(seed, hyperparameters);
  const batches = shuffledBatches(data.train.size, task.batchSize, seed);
  const recorder = recordPath();
  for (let step = 0; step <= steps; step++) {
    if (recorder.wants(step) || step === steps) recorder.record(step, await trainer.params());
    if (step < steps) await trainer.step(data.train.batch(batches.next().value));
  }
  await trainer.dispose();
  const path = recorder.path();
  return { path, network: { label: \`\${name}, seed \${seed}\`, vector: path.networks.at(-1)! } };
}

const layout = layoutOf(task.model.init(0));
const runs = [
${runs.map(([e, s]) => `  await train(${JSON.stringify(e.name)}, ${valuesCode(e)}, ${s}),`).join("\n")}
];
const batches = spreadExamples(data.train, 128, ${examples});
const loss = await openLoss({ task, layout, batches,${dropout ? ` dropout: ${seed},` : ""} executor: "wasm", name: "loss" });
const landscape = await computeLandscape(
  {
    view: { method: "${method}", line: ${line}, grid: ${grid}, range: ${range}, seed: ${seed} },
    layout,
    networks: runs.map((run) => run.network),
    path: runs[0]!.path,
    title: task.name,
    task: task.name,
    examples: ${examples},
    dropout: ${dropout},
    source: {},
  },
  loss,
);
await loss.dispose();
for (const row of landscape.loss) console.log(row.join(" "));
`;
}

function readingCode(landscape: Landscape | undefined): string {
  const command = landscape?.source.command;
  return `// npm install @steepest/lab${command ? `\n// ${command}` : ""}
import { readFile } from "${files}";
import { parseLandscape } from "@steepest/lab/format";

const { title, axes, loss, path } = parseLandscape(await readFile("landscape.json", "utf8"));
console.log(title, axes.map((axis) => axis.label));
console.log("explained", path?.explained, "off-plane", path && Math.max(...path.residual));
for (const row of loss) console.log(row.join(" "));
`;
}
