export { profileSteps } from "../figures/profile.ts";
export { ScoreError } from "./error.ts";
export { profileFigure } from "./figure.ts";
export { detectRules, readScoreInput, type ScoreInput } from "./read.ts";
export { renderCsv, renderJson, renderText } from "./render.ts";
export { type ClockResult, type ScoreOptions, type ScoreResult, scoreInput } from "./result.ts";
export {
  loadRules,
  openRules,
  parseRules,
  type RuleSet,
  ruleSets,
  type Target,
  withHeldOut,
} from "./rules.ts";
export { exactScore, type Scoreboard, type Standing, scoreTable, survivingTimes } from "./score.ts";
export { type Speedup, speedups } from "./speedup.ts";
export type { TimeTable } from "./times.ts";
export { bestTrial, type Clock, firstHit, type Trial, type TrialRule, timesToTarget } from "./trials.ts";
