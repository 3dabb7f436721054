export const en = {
  title: "Steepest studio",
  skip: "Skip to the content",
  panels: "Panels",
  language: "Language",
  theme: "Switch between light and dark",
  tabs: {
    trajectories: "Trajectories",
    norms: "Norms",
    landscapes: "Landscapes",
    training: "Training",
    results: "Results",
  },
  failed: (message: string) => `The computation failed: ${message}`,
  save: {
    title: "Save or copy",
    code: "Code for this",
    copy: "Copy",
    copied: "Copied",
    close: "Close",
    link: "Copy link",
  },
};

export type Texts = typeof en;
