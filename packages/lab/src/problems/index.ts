export { boundedWell, type NoiseOptions, quadratic, sineParabola } from "./additive.ts";
export { rareLargeGradients } from "./adversarial.ts";
export * from "./catalog.ts";
export { type Constants, type FiniteSum, secondMomentWithin } from "./finite-sum.ts";
export { type LinearModelOptions, leastSquares, logisticRegression } from "./linear-model.ts";
export {
  type LinearSaga,
  type LinearSagaOptions,
  linearSagaStep,
  type SparseSaga,
  sparseSagaPoint,
  sparseSagaStep,
} from "./linear-saga.ts";
export { onRow, type RaggedRow, type RaggedRows, raggedRows, sumOfRow, takeRow } from "./ragged.ts";
export { type Csr, denseRows, type Rows, sparseRows, toCsr } from "./rows.ts";
