import type { Problem } from "../formula/parse.ts";

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
  title: "Steepest studio",
  skip: "Skip to the picture",
  language: "Language",
  theme: "Switch between light and dark",
  tabs: { trajectories: "Trajectories", norms: "Norms" },
  failed: (message: string) => `The computation failed: ${message}`,
  save: {
    title: "Save or copy",
    code: "Code for this",
    copy: "Copy",
    copied: "Copied",
    close: "Close",
    link: "Copy link",
  },
  trajectories: {
    picture: "Paths of the optimizers. Arrow keys move the start, + and − zoom.",
    lead: "Drag the start. Every path is the library’s own update rule.",
    function: "Function",
    problems: {
      quadratic: "Quadratic",
      rosenbrock: "Rosenbrock",
      himmelblau: "Himmelblau",
      beale: "Beale",
      rastrigin: "Rastrigin",
      saddle: "Saddle",
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
    saddleParameter: "Negative curvature",
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
      decay: "Decay of the mean square",
    } as Record<string, string>,
    matrixPoint: "The point is taken as a 1 × 2 matrix.",
    play: "Play",
    pause: "Pause",
    rewind: "Rewind",
    back: "One step back",
    forward: "One step forward",
    time: "Step",
    speed: "Speed",
    perSecond: (n: number) => `${n} steps/s`,
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    codeLead: "TypeScript that runs with the library and prints the first run of every optimizer.",
    charts: {
      loss: "Loss above the lowest seen",
      lossBand: "Loss above the lowest seen: median, 10–90 %",
      gradient: "Gradient norm",
      step: "Step length",
      effective: "Effective step: length / gradient norm",
      state: (name: string, leaf: string) => `${name}: ${leaf}`,
    },
    density: "Density of the runs over the steps",
  },
  norms: {
    codeLead: "TypeScript that prints these numbers with the library.",
    lead: "A norm decides what “steepest” means. Drag the gradient: every ball, dual norm and step is the library’s own.",
    vectors: "Norms of vectors",
    vectorsLead:
      "The unit balls of ℓ₁, ℓ₂, ℓₚ and ℓ∞. The coloured arrow is the oracle of ℓₚ: the point of its ball that goes down most. There the ball touches a line of constant ⟨g, y⟩.",
    vectorPicture: "Unit balls of vector norms. Arrow keys move the gradient.",
    steps: "One step of steepest descent, in four norms",
    stepsLead:
      "The same gradient on the same bowl: the step is minus the rate, times the dual norm, along the oracle’s direction.",
    stepPicture: (name: string) => `A step of steepest descent under ${name}`,
    remaining: (part: string) => `loss × ${part}`,
    matrices: "Norms of 2 × 2 matrices",
    matricesLead:
      "A slice through the space of matrices: those with the singular vectors of the gradient. Its coordinates are the two singular values, so spectral, Frobenius and nuclear are the balls of ℓ∞, ℓ₂ and ℓ₁; the others change with the angles.",
    matrixPicture:
      "Unit balls of matrix norms in a slice. Arrow keys move the singular values of the gradient.",
    polar: "Orthogonalisation, step by step",
    polarLead:
      "What each step makes of a singular value (horizontal, relative to the Frobenius norm). The dots are the singular values of one 8 × 8 matrix after the last step; the goal is 1.",
    polarPicture: "Singular values after every step of the orthogonalisation",
    names: {
      l1: "ℓ₁",
      l2: "ℓ₂",
      lp: "ℓₚ",
      linf: "ℓ∞ (largest entry)",
      frobenius: "Frobenius",
      spectral: "Spectral",
      nuclear: "Nuclear",
      row: "Longest row",
      column: "Longest column",
    },
    known: {
      l1: "coordinate descent",
      l2: "gradient descent",
      lp: "in between",
      linf: "sign descent",
    },
    methods: {
      newtonSchulz: "Newton–Schulz (Muon’s coefficients)",
      polarExpress: "Polar Express",
      exact: "Exact",
    },
    p: "Exponent p",
    curvature: "Condition number of the bowl",
    rate: "Learning rate",
    left: "Left angle",
    right: "Right angle",
    norm: "Norm",
    dual: "Dual norm",
    oracle: "Oracle",
    foreground: "In the foreground",
    method: "Method",
    count: "Steps",
    condition: "Condition number",
    reset: "Muon’s coefficients",
    input: "singular value before",
    step: (k: number) => (k === 0 ? "before" : `step ${k}`),
    range: (low: string, high: string) => `The example’s singular values end between ${low} and ${high}.`,
    gradient: "Gradient",
  },
};

export type Texts = typeof en;
