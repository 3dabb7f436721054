/** f(x) = <x - c, A (x - c)> / 2 with curvatures 1 and `condition` along axes turned by `angle`. */
export const condition = 30;
export const angle = Math.PI / 6;
const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
/** A. */
export const matrix = [
  [cos * cos + condition * sin * sin, cos * sin * (1 - condition)],
  [cos * sin * (1 - condition), sin * sin + condition * cos * cos],
] as const;
