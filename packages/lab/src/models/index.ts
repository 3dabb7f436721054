export { type CnnOptions, type CnnParams, type Convolution, cnn } from "./cnn.ts";
export type { Dense } from "./dense.ts";
export type { DropoutBuffers } from "./dropout.ts";
export { type GptBlock, type GptOptions, type GptParams, gpt } from "./gpt.ts";
export {
  constantInit,
  heInit,
  type Initializer,
  lecunInit,
  normalInit,
  normBallInit,
  orthogonalInit,
  xavierInit,
} from "./init.ts";
export { linear } from "./linear.ts";
export {
  accuracy,
  crossEntropy,
  logisticLoss,
  type Measure,
  signAccuracy,
  squaredError,
} from "./losses.ts";
export { type LstmLayer, type LstmOptions, type LstmParams, lstm } from "./lstm.ts";
export { type MlpOptions, type MlpParams, mlp } from "./mlp.ts";
export { countParameters, type Host, type Model, type Roles, type Training } from "./model.ts";
export type { Affine, BatchStatistics } from "./normalization.ts";
export {
  type NormedConvolution,
  type ResidualBlock,
  type ResnetBuffers,
  type ResnetOptions,
  type ResnetParams,
  resnet,
} from "./resnet.ts";
export { applyTrained, trainedTree } from "./trained.ts";
