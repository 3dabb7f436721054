import type { Animation, SceneName, SceneValues } from "@steepest/lab/format";

/** What an animation says, in the language of the page. */
export interface SceneTexts {
  readonly title: string;
  caption(animation: Animation): string;
  series(animation: Animation): readonly string[];
}

/** Animations speak English themselves. */
const own = (title: string): SceneTexts => ({
  title,
  caption: ({ caption }: Animation) => caption,
  series: ({ series }: Animation) => series.map(({ name }) => name),
});

export const en = {
  lead: "The lecture’s moving pictures of stochastic gradient descent, computed in this page: least squares on twelve lines in the plane.",
  show: "Show",
  ownFile: "Your file",
  openFile: "Open an animation…",
  dropHint: "or drop the JSON file of “steepest lecture animate” here",
  picture: "The animation. Space plays and pauses, arrow keys go from frame to frame.",
  step: (n: number) => `Step ${n}`,
  transport: {
    back: "One frame back",
    forward: "One frame forward",
    time: "Frame",
    perSecond: (n: number) => `${n} frames/s`,
  },
  controls: "Change it",
  values: {
    rate: "Step size, in units of 1/L",
    batch: "Samples a step",
    scatter: "Scatter of the lines",
  } as Record<keyof SceneValues, string>,
  help: "L is the largest curvature of the mean, Lmax that of a single sample. Without scatter all lines meet in one point: every sample has the same minimizer, and a constant step reaches it.",
  reset: "As in the lecture",
  numbers: {
    step: "step",
    L: "L",
    Lmax: "Lmax",
    batch: "samples a step",
    samples: "samples",
    seeds: "runs",
  } as Readonly<Record<string, string>>,
  scenes: {
    "batch-minimizers": own("Every batch has a minimizer of its own"),
    neighbourhood: own("A constant step ends in a neighbourhood, not at x*"),
    divergence: own("The same step: gradient descent converges, SGD diverges"),
  } as Record<SceneName, SceneTexts>,
  distance: "Distance to x*: median over the runs, by step",
  failed: (message: string) => `The computation failed: ${message}`,
  unreadable: (message: string) => `The animation cannot be read: ${message}`,
  ownFileGone: "Your file is no longer open: open it again.",
  codeLead:
    "TypeScript that computes the same animation with the lab, or reads its file, and prints the frame.",
};

export type LectureTexts = typeof en;
