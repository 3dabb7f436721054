import * as Plot from "@observablehq/plot";
import { figureStyle } from "./style.ts";

/** A performance profile as the corners of a step function: rho jumps at each ratio (Dolan and Moré, 2002). */
export function profileSteps(ratios: readonly number[], tauMax: number): { tau: number; rho: number }[] {
  const jumps = ratios.filter((r) => r <= tauMax).sort((a, b) => a - b);
  const corners = jumps.map((tau, i) => ({ tau, rho: (i + 1) / ratios.length }));
  const first = jumps[0] === 1 ? [] : [{ tau: 1, rho: 0 }];
  return [...first, ...corners, { tau: tauMax, rho: jumps.length / ratios.length }];
}

/** One submission's ratios to the fastest, a workload each; Infinity for a miss. */
export interface Profile {
  readonly name: string;
  readonly color: string;
  readonly dash?: string | undefined;
  readonly ratios: readonly number[];
}

export interface ProfileOptions {
  readonly profiles: readonly Profile[];
  readonly tauMax: number;
  readonly width?: number;
  readonly height?: number;
}

/** The axes of performance profiles: tau from 1 to its maximum, and rho. */
export const profileAxes = (tauMax: number): Pick<Plot.PlotOptions, "x" | "y"> => ({
  x: { label: "time to target relative to the fastest, τ", domain: [1, tauMax], ticks: 6 },
  y: { label: "share of tasks, ρ(τ)", domain: [0, 1], grid: true, ticks: 5 },
});

/** The lines of performance profiles, best last: where lines coincide, the best one is seen. `panel` is a facet's `fy`. */
export const profileLines = (profiles: readonly Profile[], tauMax: number, panel?: string): Plot.Line[] =>
  profiles.toReversed().map(({ ratios, color, dash }) =>
    Plot.line(profileSteps(ratios, tauMax), {
      x: "tau",
      y: "rho",
      ...(panel !== undefined && { fy: () => panel }),
      curve: "step-after",
      stroke: color,
      strokeWidth: 2,
      ...(dash && { strokeDasharray: dash }),
    }),
  );

/** The share of workloads that each submission solves within tau times the time of the fastest. */
export function profilePlot({
  profiles,
  tauMax,
  width = 460,
  height = 280,
}: ProfileOptions): Plot.PlotOptions {
  return {
    style: figureStyle,
    ariaLabel: `Performance profiles: ${profiles.map(({ name }) => name).join(", ")}`,
    width,
    height,
    marginLeft: 48,
    marginBottom: 36,
    marginRight: 16,
    ...profileAxes(tauMax),
    marks: profileLines(profiles, tauMax),
  };
}
