export * from "./descent-lemma.ts";
export * from "./gradient-descent.ts";
export * from "./quadratic.ts";
export * from "./reshuffling.ts";
export * from "./sgd-convex.ts";
export * from "./sgd-pl.ts";
export * from "./variance-reduction.ts";
