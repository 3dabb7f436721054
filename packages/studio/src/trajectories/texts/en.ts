import type { Problem } from "../../formula/parse.ts";

const quote = (text: string): string => (text === "" ? "the end" : `“${text}”`);

/** What is wrong with a formula, in a sentence. */
function formulaProblem(problem: Problem): string {
  switch (problem.code) {
    case "character":
      return `${quote(problem.found)} is not part of a formula.`;
    case "end":
      return "The formula ends too early.";
    case "expected":
      return `Expected ${problem.wanted} instead of ${quote(problem.found)}.`;
    case "operand":
      return `Expected a number, a variable or “(” instead of ${quote(problem.found)}.`;
    case "name":
      return `${quote(problem.found)} is unknown; known are ${problem.known}.`;
    case "arguments":
      return `${problem.found} takes ${problem.wanted} argument(s), not ${problem.got}.`;
    case "call":
      return `${problem.found} is a function: write ${problem.found}(…).`;
    case "exponent":
      return "An exponent must be a number; write exp(… * log(…)) for others.";
    case "deep":
      return "The formula is nested too deeply.";
  }
}

export const en = {
  picture: "Paths of the optimizers. Arrow keys move the start, with Alt the picture; + and − zoom.",
  lead: "Drag the start. Every path is the library’s own update rule.",
  function: "Function",
  problems: {
    quadratic: "Quadratic",
    rosenbrock: "Rosenbrock",
    himmelblau: "Himmelblau",
    beale: "Beale",
    rastrigin: "Rastrigin",
    saddle: "Saddle",
    sharpFlat: "Sharp and flat minimum",
    regression: "Mini-batches of a regression",
    doubleWell: "1-D: double well",
    washboard: "1-D: washboard",
    parabola: "1-D: parabola",
    own: "Own formula",
  },
  parameters: {
    k: "Condition number",
    t: "Rotation",
    b: "Steepness",
    a: "Height of the waves",
    d: "Tilt",
    h: "Curvature",
  } as Record<string, string>,
  problemParameters: {
    saddle: { a: "Negative curvature" },
    sharpFlat: { a: "Depth of the sharp minimum", s: "Width of the sharp minimum" },
  } as Partial<Record<string, Readonly<Record<string, string>>>>,
  preset: "Something worth seeing…",
  presets: {
    sam: "SAM leaves a sharp minimum, SGD stays",
    ravine: "A ravine: who zigzags and who does not",
    escape: "Noise carries runs out of a valley",
    batches: "Mini-batches: a cloud around the minimum",
    saddle: "Leaving a saddle",
  },
  formula: "Formula in x and y",
  formulaHelp:
    "+ − * / ^, pi, e, abs atan cos exp log max min sin sqrt tanh. Without y it is one-dimensional.",
  formulaProblem,
  formulaAt: (position: number) => `Character ${position}: `,
  experiment: "Experiment",
  seeds: "Runs",
  noise: "Gradient noise",
  batch: "Batch size",
  spread: "Spread of starts",
  steps: "Steps",
  optimizers: "Optimizers",
  add: "Add an optimizer",
  remove: (name: string) => `Remove ${name}`,
  select: (name: string) => `Show the state of ${name}`,
  hyperparameters: {
    learningRate: "Learning rate",
    momentum: "Momentum",
    weightDecay: "Weight decay",
    b1: "β₁",
    b2: "β₂",
    beta: "β",
    alpha: "α",
    gamma: "γ",
    mu: "μ",
    rho: "ρ",
    decay: "Decay of the mean square",
  } as Record<string, string>,
  matrixPoint: "The point is taken as a 1 × 2 matrix.",
  pan: "Drag moves the picture",
  resetView: "Show everything again",
  batchHelp:
    "Circles are where batches of this size have their minimisers; for single examples these are lines.",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  codeLead: "TypeScript that runs with the library and prints the first run of every optimizer.",
  charts: {
    loss: "Loss above the lowest seen",
    lossBand: "Loss above the lowest seen: median, 10–90 %",
    gradient: "Gradient norm",
    step: "Step length",
    effective: "Effective step: length / gradient norm",
    valley: "Runs in the deepest valley, share",
    state: (name: string, leaf: string) => `${name}: ${leaf}`,
  },
  stateParts: {
    mu: "momentum",
    nu: "second moment",
    trace: "momentum",
    momentum: "momentum",
    velocity: "velocity",
    sumOfSquares: "sum of squares",
  } as Record<string, string>,
  density: "Density of the runs over the steps",
};

export type TrajectoryTexts = typeof en;
