import { createHash } from "node:crypto";
import { cpus } from "node:os";
import { optimizers } from "../optimizers/index.ts";
import { median } from "../statistics/index.ts";
import { reaches, tasks } from "../tasks/index.ts";
import type { Trial } from "../train/record.ts";
import { specHash, type TrialSpec } from "../train/spec.ts";
import type {
  ReportCurve,
  ReportData,
  ReportEntry,
  ReportOptimizer,
  ReportTarget,
  ReportTask,
  ReportTrial,
} from "./data.ts";
import { judge } from "./judge.ts";
import { finite } from "./numbers.ts";
import { type Results, type ResultTrial, readResults } from "./read.ts";
import { sentences } from "./words.ts";

/** The report's data from the results folder of a study or a race. Throws an Error when it is neither. */
export const buildReport = (folder: string): ReportData => reportOf(readResults(folder));

/** The report's data from results in memory. */
export function reportOf(results: Results): ReportData {
  const specs = results.trials.map(({ spec }) => spec);
  const taskFacts = distinct(specs.map(({ task }) => task)).map((name) => taskOf(name, specs));
  const settings = new Map<string, string[]>();
  const trials = results.trials.map((result): ReportTrial => {
    const { task, optimizer, hyperparameters } = result.spec;
    const known = settings.get(JSON.stringify([task, optimizer])) ?? [];
    settings.set(JSON.stringify([task, optimizer]), known);
    const text = JSON.stringify(hyperparameters);
    if (!known.includes(text)) known.push(text);
    const { target } = taskFacts.find(({ name }) => name === task) as ReportTask;
    return trialOf(result, target, known.indexOf(text));
  });
  const entries = [...settings].map(([key, texts]): ReportEntry => {
    const [task, optimizer] = JSON.parse(key) as [string, string];
    const own = trials.filter((trial) => trial.task === task && trial.optimizer === optimizer);
    const { target } = taskFacts.find(({ name }) => name === task) as ReportTask;
    const list = texts.map((text) => JSON.parse(text) as Record<string, number>);
    return { task, optimizer, settings: list, ...choose(results, own, target) };
  });
  const first = specs[0] as TrialSpec;
  const facts = {
    format: "steepest-report",
    version: 1,
    kind: results.kind,
    title: results.title,
    made: new Date().toISOString(),
    machine: `${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}, Node ${process.versions.node}`,
    command: results.command,
    protocol: results.protocol,
    executor: first.executor,
    threads: first.threads ?? null,
    code: distinct(specs.map(({ code }) => code)),
    digest: digestOf(trials),
    seeds: distinct(trials.flatMap(({ use, seed }) => (use === "result" ? [seed] : []))),
    tasks: taskFacts,
    optimizers: distinct(specs.map(({ optimizer }) => optimizer)).map((name) => optimizerOf(name, results)),
    entries,
    trials,
  } as const;
  const judged = { ...facts, ...judge(facts) };
  return { ...judged, sentences: sentences(judged) };
}

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** Seven significant digits: all that float32 holds, and a third of the characters. */
const short = (value: number | null | undefined): number | null => {
  const number = finite(value);
  return number === null ? null : Number(number.toPrecision(7));
};

function taskOf(name: string, specs: readonly TrialSpec[]): ReportTask {
  const steps = Math.max(...specs.filter(({ task }) => task === name).map((spec) => spec.steps));
  const task = tasks.get(name);
  if (task === undefined) {
    return { name, title: name, description: "", dataset: "", batchSize: 0, steps, target: null };
  }
  const { title, description, dataset, batchSize, target } = task;
  return { name, title, description, dataset: dataset ?? "", batchSize, steps, target };
}

function optimizerOf(name: string, { search }: Results): ReportOptimizer {
  const entry = optimizers.get(name);
  const hyperparameters = Object.entries(entry?.hyperparameters ?? {}).map(([key, h]) => ({
    name: key,
    default: finite(h.default),
    min: finite(h.min),
    max: finite(h.max),
    scale: h.scale,
  }));
  return { name, description: entry?.description ?? "", hyperparameters, search: search.get(name) ?? null };
}

function trialOf(
  { spec, use, trial }: ResultTrial,
  target: ReportTarget | null,
  setting: number,
): ReportTrial {
  const { task, optimizer, seed, hyperparameters } = spec;
  const end = trial?.end;
  const records = trial?.records ?? [];
  const at = target
    ? records.findIndex(({ validation }) => reaches(target, validation[target.metric] ?? Number.NaN))
    : -1;
  const hit = records[at];
  const last = records.at(-1);
  const { overhead } = end ?? {};
  return {
    id: specHash(spec),
    task,
    optimizer,
    setting,
    seed,
    use,
    spec: { ...spec },
    hyperparameters,
    status: end?.status ?? (trial === undefined ? "waiting" : "interrupted"),
    started: trial?.start.started ?? null,
    steps: end?.step ?? last?.step ?? 0,
    seconds: {
      training: end?.seconds ?? last?.seconds ?? 0,
      evaluation: end?.evaluationSeconds ?? 0,
      logging: overhead?.logging ?? 0,
      checkpointing: overhead?.checkpointing ?? 0,
      setup: overhead?.setup ?? 0,
      wall: finite(overhead?.wall),
    },
    hit: hit ? { evaluation: at, step: hit.step, seconds: hit.seconds } : null,
    final: end?.status === "finished" && target ? short(last?.validation[target.metric]) : null,
    digest: end?.digest ?? null,
    curve: curveOf(trial),
  };
}

function curveOf(trial: Trial | undefined): ReportCurve {
  const records = trial?.records ?? [];
  const metrics = distinct(records.flatMap(({ validation }) => Object.keys(validation)));
  return {
    step: records.map(({ step }) => step),
    seconds: records.map(({ seconds }) => Number(seconds.toFixed(6))),
    trainLoss: records.map(({ trainLoss }) => short(trainLoss)),
    validation: Object.fromEntries(
      metrics.map((name) => [name, records.map(({ validation }) => short(validation[name]))]),
    ),
  };
}

/** The setting that stands for an optimizer on a task. */
function choose(
  { kind }: Results,
  own: readonly ReportTrial[],
  target: ReportTarget | null,
): Pick<ReportEntry, "chosen" | "why"> {
  const results = own.filter(({ use }) => use === "result");
  const places = distinct(results.map(({ setting }) => setting));
  if (kind === "race" || places.length === 1) {
    const tuned = own.length > results.length;
    return {
      chosen: places[0] ?? null,
      why: tuned ? "best on validation of the rates tried with seed 0" : "the only setting",
    };
  }
  const sign = target?.direction === "max" ? -1 : 1;
  const ranked = places
    .map((setting) => {
      const runs = results.filter((trial) => trial.setting === setting);
      return {
        setting,
        steps: median(runs.map(({ hit }) => hit?.step ?? Number.POSITIVE_INFINITY)),
        final: median(runs.map(({ final }) => (final === null ? Number.POSITIVE_INFINITY : sign * final))),
      };
    })
    .filter(({ steps, final }) => Number.isFinite(steps) || Number.isFinite(final))
    .sort((a, b) => compare(a.steps, b.steps) || compare(a.final, b.final) || a.setting - b.setting);
  return {
    chosen: ranked[0]?.setting ?? null,
    why: "fewest steps to the target, then best final value, by the median over seeds",
  };
}

/** Less than, for infinities too. */
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/** Over all final parameters: equal for equal results. */
function digestOf(trials: readonly ReportTrial[]): string {
  const hash = createHash("sha256");
  for (const { digest } of trials) hash.update(`${digest ?? ""}\n`);
  return hash.digest("hex").slice(0, 16);
}
