export { drawPoints, drawSettings, grid, type SearchMethod } from "./draw.ts";
export { haltonBases, haltonPoints } from "./halton.ts";
export {
  type Dimension,
  dimension,
  parseSearchSpace,
  type SearchSpace,
  type Setting,
  searchSpace,
  type Value,
  valueAt,
} from "./space.ts";
