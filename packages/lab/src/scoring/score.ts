import type { RuleSet } from "./rules.ts";
import { columnOf, least, type TimeTable } from "./times.ts";

/** A submission's result among the others it was scored with. */
export interface Standing {
  submission: string;
  /** AlgoPerf's benchmark score: trapezoid of rho on 100 points from 1 to tauMax, divided by tauMax - 1. */
  score: number;
  /** The same integral without discretization. */
  exact: number;
  /** For each base workload t / (smallest surviving t); Infinity for a miss (also one by rule), NaN if missing. */
  ratios: number[];
  /** rho at each tau of the scoreboard. */
  profile: number[];
}

/** Standings of all submissions, best first; equal scores are ordered by the exact integral, then by name. */
export interface Scoreboard {
  /** Base workloads, the order of `ratios`. */
  workloads: string[];
  /** Where the performance profile is sampled. */
  tau: number[];
  standings: Standing[];
}

/** AlgoPerf integrates to 4 on 100 points. */
export const algoPerfTauMax = 4;
const points = 100;

/**
 * Scores submissions against each other (Dahl et al., 2023, section 4; Dolan and Moré, 2002, for performance profiles):
 * a variant without its base is a miss, times beyond the cut-off are misses, a base without its variants is a miss,
 * and what survives is divided by the fastest survivor. Scores depend on the whole set of submissions.
 */
export function scoreTable(
  table: TimeTable,
  rules: RuleSet,
  { tauMax = algoPerfTauMax }: { tauMax?: number } = {},
): Scoreboard {
  const survivors = survivingTimes(table, rules);
  const fastest = rules.base.map((_, j) => least(survivors.map((row) => row[j] as number)));
  const tau = linspace(1, tauMax, points);
  const standings = survivors.map((times, i): Standing => {
    // A column nobody reaches has no fastest time; its misses stay misses.
    const ratios = times.map((t, j) => (t === Infinity ? Infinity : t / (fastest[j] as number)));
    const profile = tau.map((at) => ratios.filter((r) => r <= at).length / ratios.length);
    return {
      submission: table.submissions[i] as string,
      score: trapezoid(tau, profile) / (tauMax - 1),
      exact: exactScore(ratios, tauMax),
      ratios,
      profile,
    };
  });
  const name = (s: Standing) => s.submission;
  standings.sort((a, b) => b.score - a.score || b.exact - a.exact || (name(a) < name(b) ? -1 : 1));
  return { workloads: rules.base, tau, standings };
}

/** Base workload times after the variant rules and the cut, one row a submission. */
export function survivingTimes(table: TimeTable, rules: RuleSet): number[][] {
  const base = new Map(rules.base.map((workload) => [workload, columnOf(table, workload)]));
  const heldOut = rules.heldOut.map(({ workload, base: of }) => ({
    times: columnOf(table, workload),
    of: base.get(of)!,
  }));
  for (const { times, of } of heldOut) missWhere(times, of);
  for (const times of [...base.values(), ...heldOut.map((column) => column.times)]) {
    const limit = rules.cutoff * least(times);
    times.forEach((t, i) => {
      if (t > limit) times[i] = Infinity;
    });
  }
  for (const { times, of } of heldOut) missWhere(of, times);
  return table.submissions.map((_, i) => rules.base.map((workload) => base.get(workload)?.[i] as number));
}

/** Makes a time a miss where the other one is missed or missing. */
function missWhere(times: number[], other: number[]): void {
  other.forEach((t, i) => {
    if (!(t < Infinity)) times[i] = Infinity;
  });
}

/** The integral of rho from 1 to tauMax, divided by tauMax - 1: the mean of max(0, tauMax - r) / (tauMax - 1). */
export function exactScore(ratios: number[], tauMax: number): number {
  const sum = ratios.reduce((total, r) => (r < tauMax ? total + (tauMax - r) : total), 0);
  return sum / ratios.length / (tauMax - 1);
}

function linspace(from: number, to: number, count: number): number[] {
  const step = (to - from) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? to : from + i * step));
}

function trapezoid(x: number[], y: number[]): number {
  let sum = 0;
  for (let i = 1; i < x.length; i++) sum += ((x[i]! - x[i - 1]!) * (y[i]! + y[i - 1]!)) / 2;
  return sum;
}
