import type { Pen } from "@steepest/lab/drawing";
import type { NormReport } from "../engine/norms.ts";
import type { Theme } from "../ui/theme.ts";
import type { Frame } from "../ui/view.ts";

export const normColors = {
  l1: "#e8622c",
  l2: "#2f7de1",
  lp: "#8a63e8",
  linf: "#1f9d62",
  frobenius: "#2f7de1",
  spectral: "#d6338a",
  nuclear: "#8a63e8",
  row: "#b98900",
  column: "#0f9aa8",
} as const;

/** An arrow between two points of the plane. */
export function arrow(
  pen: Pen,
  frame: Frame,
  from: readonly [number, number],
  to: readonly [number, number],
  color: string,
  width = 2.5,
): void {
  const [x0, y0, x1, y1] = [frame.toX(from[0]), frame.toY(from[1]), frame.toX(to[0]), frame.toY(to[1])];
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (length < 1) return;
  const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
  const head = Math.min(11, length);
  pen.line([x0, y0, x1 - ux * head * 0.7, y1 - uy * head * 0.7], { color, width });
  const [bx, by, nx, ny] = [x1 - ux * head, y1 - uy * head, -uy * head * 0.42, ux * head * 0.42];
  pen.area([x1, y1, bx + nx, by + ny, bx - nx, by - ny], color, 1);
}

const scaled = (
  points: readonly number[],
  frame: Frame,
  factor = 1,
  center: readonly [number, number] = [0, 0],
) =>
  points.map((v, i) => (i % 2 === 0 ? frame.toX(center[0] + factor * v) : frame.toY(center[1] + factor * v)));

export function axes(pen: Pen, frame: Frame, theme: Theme): void {
  const [left, right, bottom, top] = frame.bounds;
  pen.line([frame.toX(left), frame.toY(0), frame.toX(right), frame.toY(0)], { color: theme.line });
  pen.line([frame.toX(0), frame.toY(bottom), frame.toX(0), frame.toY(top)], { color: theme.line });
}

/** The unit balls, the gradient, and for the norms in the foreground the point of the ball that goes down most. */
export function drawBalls(
  pen: Pen,
  frame: Frame,
  theme: Theme,
  reports: readonly NormReport[],
  foreground: (name: NormReport["name"]) => boolean,
  gradient: readonly [number, number],
  lowest: (report: NormReport) => readonly [number, number],
): void {
  axes(pen, frame, theme);
  for (const { name, ball } of reports) {
    const color = normColors[name];
    const isForeground = foreground(name);
    const points = scaled(ball, frame);
    if (isForeground) pen.area(points, color, 0.1);
    pen.line(points, { color, width: isForeground ? 2.5 : 1.2, opacity: isForeground ? 1 : 0.55 });
  }
  for (const report of reports.filter(({ name }) => foreground(name))) {
    const [x, y] = lowest(report);
    const color = normColors[report.name];
    // Where the line of constant <g, y> touches the ball.
    const [gx, gy] = gradient;
    const length = Math.hypot(gx, gy) || 1;
    const [tx, ty] = [(-gy / length) * 0.7, (gx / length) * 0.7];
    pen.line([frame.toX(x - tx), frame.toY(y - ty), frame.toX(x + tx), frame.toY(y + ty)], {
      color,
      dash: [5, 4],
    });
    arrow(pen, frame, [0, 0], [x, y], color);
  }
  arrow(pen, frame, [0, 0], gradient, theme.text, 3);
  pen.dots([frame.toX(gradient[0]), frame.toY(gradient[1])], {
    color: theme.background,
    radius: 7,
    rim: theme.text,
  });
}

/** One step of steepest descent on (x^2 + k y^2) / 2, from the point where the gradient is the given one. */
export function drawStep(
  pen: Pen,
  frame: Frame,
  theme: Theme,
  report: NormReport,
  step: Step,
  curvature: number,
): void {
  const { from, to, radius } = step;
  const color = normColors[report.name];
  const height = from[0] ** 2 + curvature * from[1] ** 2;
  for (const level of [0.03, 0.12, 0.3, 0.6, 1, 1.6]) {
    const size = Math.sqrt(level * height);
    const ellipse = Array.from({ length: 73 }, (_, i) => {
      const t = (2 * Math.PI * i) / 72;
      return [frame.toX(size * Math.cos(t)), frame.toY((size * Math.sin(t)) / Math.sqrt(curvature))];
    }).flat();
    pen.line(ellipse, { color: theme.text, opacity: level === 1 ? 0.55 : 0.22 });
  }
  const ball = scaled(report.ball, frame, radius, from);
  pen.area(ball, color, 0.12);
  pen.line(ball, { color, width: 1.5 });
  arrow(pen, frame, from, to, color, 3);
  pen.dots([frame.toX(from[0]), frame.toY(from[1])], { color: theme.text, radius: 4, rim: theme.background });
}

export interface Step {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  /** The step's length in its norm: the radius of the ball that it reaches the edge of. */
  readonly radius: number;
  /** Loss after the step over loss before. */
  readonly remaining: number;
}

/** The step of a report on the quadratic: minus the rate times the sharp direction. */
export function stepOf(
  { sharp, dual }: NormReport,
  [gx, gy]: readonly [number, number],
  curvature: number,
  rate: number,
): Step {
  const from = [gx, gy / curvature] as const;
  const to = [from[0] - rate * (sharp[0] as number), from[1] - rate * (sharp[1] as number)] as const;
  const loss = ([x, y]: readonly [number, number]) => x * x + curvature * y * y;
  return { from, to, radius: rate * dual, remaining: loss(to) / loss(from) };
}
