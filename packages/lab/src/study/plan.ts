import { defaultsOf, findOptimizer } from "../optimizers/index.ts";
import { drawSettings, grid, type SearchSpace } from "../search/index.ts";
import { findTask } from "../tasks/index.ts";
import { sourcesOf, specHash, type TrialSpec } from "../train/spec.ts";
import { sourceOf } from "../user-files/load.ts";
import { checkStudy, type ParsedOptimizer, type ParsedStudy, type PlaceOf } from "./schema.ts";
import { type Study, StudyError } from "./study.ts";

/** A study may not have more trials, nor an optimizer more settings. */
const most = { trials: 100_000, settings: 10_000 } as const;

/** AlgoPerf's number of settings in the external tuning rules. */
const defaultPoints = 5;
const defaultLevels = 3;

/** What --quick makes of a study: enough to see everything work. */
const quick = { seeds: 1, settings: 2, share: 0.1 } as const;

export interface ResolveOptions {
  /** The file, for messages. */
  readonly where: string;
  /** The study's name where it gives none itself. */
  readonly name: string;
  readonly quick?: boolean;
  /** Where the parts of the study stand in the file. */
  readonly placeOf?: PlaceOf | undefined;
}

/** Checks a study from outside and decides everything it leaves open. Throws a StudyError. */
export function resolveStudy(value: unknown, options: ResolveOptions): Study {
  const parsed = checkStudy(options.where, value, options.placeOf);
  const short = options.quick === true;
  const seeds = typeof parsed.seeds === "number" ? range(parsed.seeds) : [...new Set(parsed.seeds)];
  const study: Study = {
    name: `${parsed.name ?? options.name}${short ? "-quick" : ""}`,
    tasks: parsed.tasks.map(({ name, steps }) => {
      const full = steps ?? stepsOf(parsed.budget, findTask(name).steps);
      return {
        name,
        steps: short ? Math.max(1, Math.round(full * quick.share)) : full,
        ...sourceOf("task", name),
      };
    }),
    optimizers: parsed.optimizers.map((entry, i) => {
      const settings = settingsOf(entry, `${options.where}: optimizers[${i}]`);
      const { name, search: space, method = "halton" } = entry;
      return {
        name,
        settings: short ? settings.slice(0, quick.settings) : settings,
        ...(space !== undefined && { search: { method: Array.isArray(space) ? "list" : method, space } }),
        ...sourceOf("optimizer", name),
      };
    }),
    seeds: short ? seeds.slice(0, quick.seeds) : seeds,
    executor: parsed.executor,
    ...(parsed.executor === "native" && { threads: parsed.threads ?? 1 }),
    ...(parsed.earlyStopping && { earlyStopping: parsed.earlyStopping }),
  };
  const settings = study.optimizers.reduce((n, entry) => n + entry.settings.length, 0);
  const trials = study.tasks.length * settings * study.seeds.length;
  if (trials > most.trials) {
    throw new StudyError(
      `${options.where}: has ${trials} trials (${study.tasks.length} tasks x ${settings} settings x ` +
        `${study.seeds.length} seeds); expected at most ${most.trials}`,
    );
  }
  return study;
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

const stepsOf = (budget: ParsedStudy["budget"], own: number): number =>
  "steps" in budget ? budget.steps : Math.max(1, Math.round(own * budget.scale));

/** The complete settings of an optimizer. */
function settingsOf(entry: ParsedOptimizer, where: string): Record<string, number>[] {
  const fixed = { ...defaultsOf(findOptimizer(entry.name)), ...entry.hyperparameters };
  const drawn = entry.search === undefined ? [{}] : draw(entry, entry.search, where);
  return drawn.map((setting) => {
    const complete = { ...fixed, ...(setting as Record<string, number>) };
    const odd = Object.entries(complete).find(([, value]) => !Number.isFinite(value));
    if (odd !== undefined) {
      throw new StudyError(`${where}.search.${odd[0]}: its range is too wide for floating-point numbers`);
    }
    return complete;
  });
}

function draw(
  { method = "halton", points, levels, searchSeed = 0 }: ParsedOptimizer,
  space: SearchSpace,
  where: string,
) {
  if (Array.isArray(space)) return space.slice(0, points);
  if (method !== "grid") return drawSettings(space, points ?? defaultPoints, { method, seed: searchSeed });
  const all = levels ?? defaultLevels;
  const sizes = Object.entries(space).map(([name, dimension]) => {
    if ("feasible_points" in dimension) return dimension.feasible_points.length;
    const own = typeof all === "number" ? all : all[name];
    if (own === undefined) throw new StudyError(`${where}.levels: expected a number for ${name}, found none`);
    return own;
  });
  const size = sizes.reduce((product, n) => product * n, 1);
  if (size > most.settings) {
    throw new StudyError(`${where}: the grid has ${size} settings; expected at most ${most.settings}`);
  }
  return grid(space, all);
}

/**
 * The trials of a study, each once: task by task, optimizer by optimizer, so that a worker compiles as seldom as it can.
 *
 * @param code version of the code that runs them
 */
export function planTrials(study: Study, code: string): TrialSpec[] {
  const trials = new Map<string, TrialSpec>();
  const { executor, threads, earlyStopping } = study;
  for (const ofTask of study.tasks) {
    const { name: task, steps } = ofTask;
    for (const ofOptimizer of study.optimizers) {
      const { name: optimizer, settings } = ofOptimizer;
      for (const hyperparameters of settings) {
        for (const seed of study.seeds) {
          const spec: TrialSpec = {
            task,
            optimizer,
            hyperparameters,
            seed,
            steps,
            executor,
            ...(threads !== undefined && { threads }),
            ...(earlyStopping && { earlyStopping }),
            ...sourcesOf(ofTask, ofOptimizer),
            code,
          };
          trials.set(specHash(spec), spec);
        }
      }
    }
  }
  return [...trials.values()];
}
