export const en = {
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
};

export type NormsTexts = typeof en;
