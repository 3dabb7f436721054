import { jit, numpy as np, tree } from "@jax-js/jax";
import { type ArrayTree, applyUpdates, type Extra, type GradientTransformation } from "steepest";
import { type RegisteredOptimizer, startingValues } from "steepest/registry";
import { angle, condition, matrix } from "./quadratic.ts";

/** The path of an optimizer on a badly conditioned quadratic, found by running it. */

const start = [-2.2, 1.9] as const;
const steps = 60;
/** Losses below this look the same in the picture. */
const least = 1e-2;

export type Point = readonly [number, number];
export interface Path {
  readonly points: readonly Point[];
  readonly learningRate: number;
  /** Mean of log10 of the loss. */
  readonly loss: number;
}

const lossAt = ([x, y]: Point): number =>
  (matrix[0][0] * x * x + 2 * matrix[0][1] * x * y + matrix[1][1] * y * y) / 2;

const gradientAt = ([x, y]: Point, [cx, cy]: Point = [0, 0]): Point => [
  matrix[0][0] * (x - cx) + matrix[0][1] * (y - cy),
  matrix[0][1] * (x - cx) + matrix[1][1] * (y - cy),
];

/** Optimizers of matrices get the point as a matrix: its one row, or its diagonal, where a row would make them trivial. */
const forms: Readonly<Record<string, "row" | "diagonal">> = {
  shampoo: "row",
  soap: "row",
  muon: "diagonal",
  scion: "diagonal",
};

/** Where the summands of a finite sum have their minima: its own is at zero. */
const centres: readonly Point[] = [
  [0.4, 0.3],
  [-0.1, -0.5],
  [-0.3, 0.2],
];

/** A run from the start: the point after every step. */
type Runner = (learningRate: number) => Point[];

/** Compiles an optimizer's step once for all learning rates. */
function runnerOf(optimizer: RegisteredOptimizer, fixed: Readonly<Record<string, number>>): Runner {
  const form = forms[optimizer.name];
  const array = ([x, y]: Point) => {
    const data = Float64Array.from(form === "diagonal" ? [x, 0, 0, y] : [x, y]);
    const shape = { row: [1, 2], diagonal: [2, 2] }[form ?? "row"];
    return np.array(data, { shape: form === undefined ? [2] : shape, dtype: np.float64 });
  };
  const pointOf = (x: np.Array) => {
    const flat = (x.js() as number[] | number[][]).flat();
    return [flat[0], flat.at(-1)] as unknown as Point;
  };
  const values = { ...startingValues(optimizer), ...fixed };
  const rule = (learningRate: np.Array): GradientTransformation =>
    optimizer.create({ ...values, learningRate }, { examples: centres.length });
  const step = jit((rate: np.Array, params: np.Array, state: ArrayTree, gradient: np.Array, extra: Extra) => {
    const [updates, next] = rule(rate).update(gradient, state, params.ref, extra);
    return [applyUpdates(params, updates), next];
  }) as unknown as (...args: unknown[]) => [np.Array, ArrayTree];
  return (learningRate) => {
    const rate = np.array(learningRate, { dtype: np.float64 });
    const finite = finiteSum(optimizer, array);
    let at: Point = start;
    let params = array(at);
    let state = rule(rate).init(params.ref);
    const points: Point[] = [at];
    for (let t = 0; t < steps; t++) {
      const { gradient, extra } = finite(at, t);
      [params, state] = step(rate.ref, params, state, array(gradient), extra);
      at = pointOf(params.ref);
      const seen = optimizer.evaluated?.(params.ref, state, values) as np.Array | undefined;
      points.push(seen === undefined ? at : pointOf(seen));
    }
    tree.dispose([params, state, rate]);
    return points;
  };
}

/** The gradient at a step and what else the optimizer needs: of the whole, or of one summand after another. */
function finiteSum({ needs }: RegisteredOptimizer, array: (p: Point) => np.Array) {
  let anchor: Point = start;
  let before: Point = start;
  return (at: Point, t: number): { gradient: Point; extra: Extra } => {
    const i = (t * 7 + ((t * t) % 3)) % centres.length;
    const centre = centres[i] as Point;
    const extra: Record<string, np.Array> = {};
    if (needs.includes("value")) extra.value = np.array(lossAt(at), { dtype: np.float64 });
    if (needs.includes("index")) extra.index = np.array(i, { dtype: np.int32 });
    if (needs.includes("anchor")) {
      if (t % 6 === 0) anchor = at;
      extra.reference = array(gradientAt(anchor, centre));
      extra.anchor = array(gradientAt(anchor));
    } else if (needs.includes("reference")) {
      // SARAH: every sixth gradient is the full one.
      if (t % 6 === 0) extra.anchor = array(gradientAt(at));
      else extra.reference = array(gradientAt(before, centre));
      before = at;
    }
    const single = needs.some((need) => need !== "value");
    return { gradient: gradientAt(at, single ? centre : [0, 0]), extra: extra as Extra };
  };
}

/** What finds the length of its steps itself. */
const rateless: ReadonlySet<string> = new Set(["minimizeLbfgs"]);

/** The learning rates that are tried: a factor of 1.5 apart. */
const rates = (initial: number): number[] => Array.from({ length: 17 }, (_, k) => initial * 1.5 ** (k - 8));

/**
 * The best of several runs that differ in the learning rate: the one of least loss on the way, as the mean over all steps of
 * its logarithm. So neither a lucky last step counts nor one that overshoots far and comes back.
 *
 * @param fixed hyperparameters in place of the registry's
 */
export function bestPath(optimizer: RegisteredOptimizer, fixed: Readonly<Record<string, number>> = {}): Path {
  const run = runnerOf(optimizer, fixed);
  let best: Path | undefined;
  for (const learningRate of rateless.has(optimizer.name) ? [1] : rates(gridCentre(optimizer))) {
    const points = run(learningRate);
    const loss = points.reduce((sum, p) => sum + Math.log10(lossAt(p) + least), 0) / points.length;
    const far = points.some((p) => !p.every(Number.isFinite) || Math.hypot(...p) > 6);
    if (!far && (best === undefined || loss < best.loss)) {
      best = { points, learningRate, loss };
    }
  }
  if (best === undefined) throw new Error(`docs: ${optimizer.name} diverges at every rate of its grid`);
  return best;
}

/** A rate of the right size on this function. */
function gridCentre({ name, hyperparameters }: RegisteredOptimizer): number {
  const own: Record<string, number> = {
    nagGs: 0.3,
    lbfgs: 0.4,
    polyak: 0.1,
    adadelta: 30,
    prodigy: 1,
    dadaptAdam: 1,
    adagrad: 0.8,
    shampoo: 0.4,
    lamb: 0.05,
    adafactor: 0.1,
    scion: 0.003,
    rprop: 0.1,
    scheduleFreeAdamW: 0.4,
    normalizedSgd: 0.1,
    normalizedSteepestDescent: 0.1,
    steepestDescent: 0.5 / condition,
    scheduleFree: 2 / condition,
  };
  const gradientSized = new Set(["sgd", "nesterov", "heavyBall", "sam", "sag", "saga", "svrg", "sarah"]);
  if (gradientSized.has(name)) return 0.7 / condition;
  return own[name] ?? Math.min(0.1, hyperparameters.learningRate.max);
}

/** What a path's picture shows. */
export function captionOf({ name, needs }: RegisteredOptimizer, { learningRate }: Path): string {
  const form = forms[name];
  const seen =
    form === undefined ? "" : `, the point as ${form === "row" ? "one row" : "the diagonal"} of a matrix`;
  const sum = needs.some((need) => need !== "value") ? ", given as a finite sum of three" : "";
  const rate = rateless.has(name)
    ? ""
    : `, at the best of 17 learning rates (${Number(learningRate.toPrecision(2))})`;
  return (
    `${steps} steps on a quadratic of condition number ${condition}${sum}${seen}${rate}; ` +
    "dashed: gradient descent at its best."
  );
}

// The picture: x to the right and y up, 90 pixels a unit.
const unit = 90;
const [width, height] = [560, 400];
const px = ([x, y]: Point): string =>
  `${(width / 2 + unit * x).toFixed(1)},${(height / 2 - unit * y).toFixed(1)}`;

/** The path over the function's level lines, beside that of plain gradient descent. */
export function drawPath(label: string, path: Path, plain: Path | undefined): string {
  const levels = [0.05, 0.4, 1.5, 4, 9, 18, 32, 52, 80].map((level) => {
    const [long, short] = [Math.sqrt(2 * level) * unit, Math.sqrt((2 * level) / condition) * unit];
    return `<ellipse rx="${long.toFixed(1)}" ry="${short.toFixed(1)}"/>`;
  });
  const line = (points: readonly Point[]) => points.map(px).join(" ");
  const dots = path.points.slice(1).map((p) => {
    const [cx, cy] = px(p).split(",");
    return `<circle cx="${cx}" cy="${cy}" r="2.2"/>`;
  });
  const [sx, sy] = px(path.points[0] as Point).split(",");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="The path of ${label} on a quadratic">
<style>
  text { font: 13px system-ui, sans-serif; fill: #57606a }
  .level { fill: none; stroke: #8c959f; stroke-opacity: .45 }
  .plain { fill: none; stroke: #8c959f; stroke-width: 1.2; stroke-dasharray: 4 3 }
  .path { fill: none; stroke: #0969da; stroke-width: 1.8; stroke-linejoin: round }
  .dot { fill: #0969da } .end { stroke: #cf222e; stroke-width: 2 } .start { fill: #0969da; stroke: #fff; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 } .path { stroke: #4493f8 } .dot { fill: #4493f8 } .start { fill: #4493f8; stroke: #0d1117 } .end { stroke: #f85149 }
  }
</style>
<clipPath id="frame"><rect width="${width}" height="${height}"/></clipPath>
<g clip-path="url(#frame)">
<g class="level" transform="translate(${width / 2} ${height / 2}) rotate(${(-angle * 180) / Math.PI})">${levels.join("")}</g>
${plain === undefined ? "" : `<polyline class="plain" points="${line(plain.points)}"/>\n`}<polyline class="path" points="${line(path.points)}"/>
<g class="dot">${dots.join("")}</g>
<path class="end" d="M${width / 2 - 6} ${height / 2}h12M${width / 2} ${height / 2 - 6}v12"/>
<circle class="start" cx="${sx}" cy="${sy}" r="5"/>
</g>
</svg>
`;
}
