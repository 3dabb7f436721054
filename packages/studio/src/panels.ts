import type { Panel } from "./page.ts";

/** The panels in the order of their tabs. The code of a panel, with its texts, is loaded when it is first shown. */
export const panels = {
  trajectories: () => import("./trajectories/panel.ts").then((module) => module.trajectoriesPanel),
  lecture: () => import("./lecture/panel.ts").then((module) => module.lecturePanel),
  norms: () => import("./norms/panel.ts").then((module) => module.normsPanel),
  landscapes: () => import("./landscapes/panel.ts").then((module) => module.landscapesPanel),
  training: () => import("./training/panel.ts").then((module) => module.trainingPanel),
  results: () => import("./results/panel.ts").then((module) => module.resultsPanel),
} satisfies Record<string, () => Promise<Panel>>;

export type PanelName = keyof typeof panels;

export const isPanel = (name: string): name is PanelName => Object.hasOwn(panels, name);
