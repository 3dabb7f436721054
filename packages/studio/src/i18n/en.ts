export const en = {
  title: "Steepest studio",
  skip: "Skip to the content",
  panels: "Panels",
  language: "Language",
  theme: "Switch between light and dark",
  tabs: {
    trajectories: "Trajectories",
    lecture: "Lecture",
    norms: "Norms",
    landscapes: "Landscapes",
    training: "Training",
    results: "Results",
  },
  failed: (message: string) => `The computation failed: ${message}`,
  transport: {
    play: "Play",
    pause: "Pause",
    rewind: "Rewind",
    back: "One step back",
    forward: "One step forward",
    time: "Step",
    speed: "Speed",
    perSecond: (n: number) => `${n} steps/s`,
  },
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
