/** Pictures that the page draws on a canvas and the command line into files: no Node, no DOM, no arrays of jax-js. */
export * from "./drawing/contour.ts";
export type { Ink } from "./drawing/ink.ts";
export * from "./drawing/pen.ts";
export * from "./drawing/scale.ts";
export { shortNumber } from "./drawing/short-number.ts";
export { type AnimationStyle, animationHeight, drawAnimation } from "./lecture/animation/draw.ts";
