import { z } from "zod";
import { readText } from "./csv.ts";
import { explain, ScoreError } from "./error.ts";
import v05 from "./rules/v0.5.json" with { type: "json" };
import v06 from "./rules/v0.6.json" with { type: "json" };

/** What a scored set of submissions is judged by. */
export interface RuleSet {
  /** For people: "AlgoPerf v0.5". */
  name: string;
  /** Workloads that count; a performance profile divides by their number. */
  base: string[];
  /** Variants that a submission must also reach, each with its base workload. */
  heldOut: { workload: string; base: string }[];
  /** Studies a workload, or undefined if any number will do. */
  studies: number | undefined;
  /** Tuning trials a study under external tuning (self-tuning has one), or undefined if any number will do. */
  trials: number | undefined;
  /** A time above this multiple of the fastest submission's is a miss. */
  cutoff: number;
  /** Self-tuning runs may take this many times the budget. */
  selfTuningBudgetFactor: number;
  targets: ReadonlyMap<string, Target>;
}

/** What a workload must reach on its validation split. */
export interface Target {
  /** Metric without its split: "accuracy". */
  metric: string;
  value: number;
  minimize: boolean;
  /** Seconds a run may take, where the rules say. */
  budget: number | undefined;
  /** The base workload of a variant, where the rules say; else its name tells. */
  base: string | undefined;
}

/** Direction of AlgoPerf's metrics. */
const minimized = ["ce_loss", "error_rate", "ctc_loss", "wer", "l1_loss", "loss", "ppl"];
const maximized = ["mean_average_precision", "ssim", "accuracy", "bleu"];

/**
 * The file format: AlgoPerf's own `workload_targets.json`, plus the optional fields `studies`, `trials`, `cutoff`,
 * `self_tuning_budget_factor` and, for each workload, `max_runtime` (seconds), `minimize` and `base`.
 */
const ruleFile = z.object({
  benchmark_version: z.string().min(1),
  base_workloads: z.array(z.string().min(1)).min(1),
  held_out_workloads: z.array(z.string().min(1)).default([]),
  studies: z.int().positive().optional(),
  trials: z.int().positive().optional(),
  cutoff: z.number().gt(1).optional(),
  self_tuning_budget_factor: z.number().positive().optional(),
  workloads: z.record(
    z.string(),
    z.object({
      target_metric_name: z.string().min(1),
      validation_target_value: z.number(),
      step_hint: z.number().optional(),
      max_runtime: z.number().positive().optional(),
      minimize: z.boolean().optional(),
      base: z.string().optional(),
    }),
  ),
});
type RuleFile = z.infer<typeof ruleFile>;

/** Names of the rule sets that come with the package. */
export const ruleSetNames = ["v0.5", "v0.6", "v0.6-2025"] as const;

/**
 * AlgoPerf's rule sets. Version 0.5: Dahl et al. (2023) and Kasimbeg et al. (2025); 8 base and 6 held-out workloads.
 * Version 0.6 drops the held-out workloads and adds finewebedu_lm. The leaderboard that was published with version 0.6
 * in March 2025 is older than that workload and divides by 8: "v0.6-2025".
 */
export const ruleSets: Readonly<Record<(typeof ruleSetNames)[number], RuleSet>> = {
  "v0.5": toRuleSet("v0.5.json", v05),
  "v0.6": toRuleSet("v0.6.json", v06),
  "v0.6-2025": toRuleSet("v0.6.json", {
    ...v06,
    benchmark_version: "0.6-2025",
    base_workloads: v06.base_workloads.filter((workload) => workload !== "finewebedu_lm"),
  }),
};

/** Every workload counts, nothing is held out and any number of trials will do: for results that are not AlgoPerf's. */
export function openRules(workloads: string[], targets: ReadonlyMap<string, Target> = new Map()): RuleSet {
  return {
    name: "all workloads",
    base: workloads,
    heldOut: [],
    studies: undefined,
    trials: undefined,
    cutoff: 4,
    selfTuningBudgetFactor: 1,
    targets,
  };
}

/**
 * A rule set by name ({@link ruleSetNames}) or from a JSON file in the format of AlgoPerf's `workload_targets.json`.
 *
 * @throws ScoreError naming the field that is wrong.
 */
export function loadRules(nameOrFile: string): RuleSet {
  const name = ruleSetNames.find((known) => known === nameOrFile || known === `v${nameOrFile}`);
  if (name) return ruleSets[name];
  if (/^v?\d[\d.-]*$/.test(nameOrFile)) {
    throw new ScoreError(
      `no rule set "${nameOrFile}"; there are ${ruleSetNames.join(", ")}, or give a JSON file`,
    );
  }
  return parseRules(nameOrFile, readText(nameOrFile));
}

/** A rule set from the text of a JSON file; `file` is used in messages. */
export function parseRules(file: string, text: string): RuleSet {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ScoreError(`${file}: is not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = ruleFile.safeParse(json);
  if (!parsed.success) throw new ScoreError(`${file}: ${explain(parsed.error, "the rule set")}`);
  return toRuleSet(file, parsed.data);
}

/** The same rules with other held-out workloads. Throws if one is unknown to the rules or belongs to no base workload. */
export function withHeldOut(rules: RuleSet, names: string[]): RuleSet {
  return { ...rules, heldOut: variants(rules.name, names, rules.base, rules.targets) };
}

/** A copy of the published file's fields takes `studies`, `trials` and budgets from the built-in set of its version. */
function toRuleSet(file: string, data: RuleFile): RuleSet {
  const published = ([v05, v06] as RuleFile[]).find(
    (set) => set.benchmark_version === data.benchmark_version,
  );
  const targets = new Map<string, Target>();
  for (const [workload, spec] of Object.entries(data.workloads)) {
    const metric = spec.target_metric_name;
    if (spec.minimize === undefined && !minimized.includes(metric) && !maximized.includes(metric)) {
      throw new ScoreError(
        `${file}: workloads.${workload}: is ${metric} to be small or large? Add "minimize": true or false`,
      );
    }
    targets.set(workload, {
      metric,
      value: spec.validation_target_value,
      minimize: spec.minimize ?? minimized.includes(metric),
      budget: spec.max_runtime ?? published?.workloads[workload]?.max_runtime,
      base: spec.base,
    });
  }
  const all = [...data.base_workloads, ...data.held_out_workloads];
  for (const [i, workload] of all.entries()) {
    if (all.indexOf(workload) < i) throw new ScoreError(`${file}: the workload ${workload} is listed twice`);
    if (!targets.has(workload)) {
      throw new ScoreError(`${file}: ${workload} is listed but has no target; add it to "workloads"`);
    }
  }
  return {
    name: `AlgoPerf v${data.benchmark_version.replace(/^v/, "")}`,
    base: data.base_workloads,
    heldOut: variants(file, data.held_out_workloads, data.base_workloads, targets),
    studies: data.studies ?? published?.studies,
    trials: data.trials ?? published?.trials,
    cutoff: data.cutoff ?? 4,
    selfTuningBudgetFactor: data.self_tuning_budget_factor ?? published?.self_tuning_budget_factor ?? 1,
    targets,
  };
}

/** Each variant with its base: the one its target names, else the longest base name that its own name continues. */
function variants(
  file: string,
  names: string[],
  bases: string[],
  targets: RuleSet["targets"],
): RuleSet["heldOut"] {
  return names.map((workload, i) => {
    const continued = bases
      .filter((name) => workload.startsWith(`${name}_`))
      .sort((a, b) => b.length - a.length)[0];
    const base = targets.get(workload)?.base ?? continued;
    if (base === undefined || !bases.includes(base)) {
      throw new ScoreError(
        `${file}: the held-out workload ${workload} belongs to no base workload; its name must continue one of ` +
          `${bases.join(", ")}, or its "base" must name one`,
      );
    }
    if (names.indexOf(workload) < i)
      throw new ScoreError(`${file}: the held-out workload ${workload} is listed twice`);
    return { workload, base };
  });
}
