export { type CnnOptions, type CnnParams, type Convolution, cnn } from "./cnn.ts";
export type { Dense } from "./dense.ts";
export { type GptBlock, type GptOptions, type GptParams, gpt } from "./gpt.ts";
export { linear } from "./linear.ts";
export { accuracy, crossEntropy, logisticLoss, signAccuracy } from "./losses.ts";
export { type MlpParams, mlp } from "./mlp.ts";
export { countParameters, type Host, type Model, type Roles } from "./model.ts";
