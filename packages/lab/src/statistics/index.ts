export {
  type BootstrapOptions,
  bootstrap,
  bootstrapRatio,
  type Estimate,
  type Interval,
  pairedRatio,
  pairedRatios,
} from "./bootstrap.ts";
export { type Comparison, type Contender, compareResults, compareTimes, pairsNeeded } from "./compare.ts";
export { type Band, band, curveBands, median, quantile } from "./quantiles.ts";
export { kendallTau, type RankStability, rankStability, ranks } from "./ranks.ts";
export { type RateResults, type Sensitivity, sensitivity, tuningCurve } from "./sensitivity.ts";
export { meetsTarget, runsNeeded, speedrunMargin, targetMargin } from "./significance.ts";
export { signedRankTest, signTest } from "./tests.ts";
