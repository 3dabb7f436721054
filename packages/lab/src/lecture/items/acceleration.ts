import { nagGs, sgd } from "steepest";
import type { FiniteSum } from "../../problems/index.ts";
import {
  type LinearStep,
  nagGsAsPolyak,
  nesterovStep,
  polyakStep,
  sgdStep,
  spectralRadius,
  stationaryVariance,
} from "../bounds/index.ts";
import { partialSlope } from "../fit.ts";
import { type Panel, seeds } from "../item.ts";
import type { Rule } from "../run/method.ts";
import { levelOf, merge, recordAt, recordPlateau } from "../run/records.ts";
import { sampleGradients } from "../run/sample-gradients.ts";
import { runSeeds } from "../run/seeds.ts";
import { type Check, checkInterval, checkValue, type Mean, meanOf, ratioOf, show } from "../verdict.ts";
import { pointsOf } from "./problems.ts";

/** Accelerated methods on a quadratic, without and with noise, against the theory of linear recursions. */

/** A method whose momentum follows from its step, L and mu; what it is on a quadratic. */
export interface Contender {
  readonly rule: Rule;
  step(eigenvalue: number): LinearStep;
}

/** Three methods with step size a and, for the last two, the momentum that theory gives them for it. */
export function contenders(a: number, mu: number): Record<string, Contender> {
  const root = Math.sqrt(a * mu);
  const beta = (1 - root) / (1 + root);
  // NAG-GS with gamma = mu, and alpha such that its step is a.
  const alpha = root / (1 - root);
  const own = nagGsAsPolyak(alpha, mu, mu);
  return {
    SGD: { rule: (learningRate) => sgd({ learningRate }), step: (l) => sgdStep(a, l) },
    Nesterov: {
      rule: (learningRate) => sgd({ learningRate, momentum: beta, nesterov: true }),
      step: (l) => nesterovStep(a, beta, l),
    },
    "NAG-GS": { rule: () => nagGs({ alpha, mu, gamma: mu }), step: (l) => polyakStep(own.a, own.beta, l) },
  };
}

/** The eigenvalues: from 1 down to 0.01. */
export const spectrum = Array.from({ length: 20 }, (_, j) => 10 ** ((-2 * j) / 19));

/** Gradient descent and Nesterov's method with step 1/L, NAG-GS with its best alpha. */
function fastest({ constants: { L, mu } }: FiniteSum): Record<string, Contender & { a: number }> {
  const textbook = contenders(1 / L, mu);
  const a = 4 / (Math.sqrt(L) + Math.sqrt(mu)) ** 2;
  return {
    SGD: { ...(textbook.SGD as Contender), a: 1 / L },
    Nesterov: { ...(textbook.Nesterov as Contender), a: 1 / L },
    "NAG-GS": { ...(contenders(a, mu)["NAG-GS"] as Contender), a },
  };
}

const ones = (problem: FiniteSum) => new Float64Array(problem.dimension).fill(1);

export interface Part {
  readonly checks: Check[];
  readonly panel: Panel;
}

export async function withoutNoise(problem: FiniteSum): Promise<Part> {
  const [checks, series]: [Check[], Panel["series"][number][]] = [[], []];
  for (const [name, { rule, step, a }] of Object.entries(fastest(problem))) {
    const factor = Math.max(...spectrum.map((l) => spectralRadius(step(l)) ** 2));
    // Until about 1e-14.
    const steps = Math.ceil(Math.log(1e-14) / Math.log(factor));
    const even = Array.from({ length: 61 }, (_, i) => Math.round((steps * i) / 60));
    const record = merge(recordAt(steps), even);
    const { at, last } = await runSeeds({
      problem,
      rule,
      start: ones(problem),
      rate: () => a,
      batch: problem.samples,
      sampling: "all",
      seeds: 1,
      purpose: "no noise",
      record,
    });
    const from = at.findIndex((k) => k >= steps / 3);
    const late = at.slice(from);
    const logs = last.slice(from).map((m) => Math.log(m.gap[0] as number));
    // A double eigenvalue adds a factor of k^2: the fit allows for a power of k.
    const rate = partialSlope(late, late.map(Math.log), logs) / Math.log(factor);
    checks.push(
      checkInterval(
        `${name === "SGD" ? "gradient descent" : name} without noise: its rate over that of the spectral radius, ${show(factor)} a step`,
        { mean: rate, low: rate, high: rate },
        [0.95, 1.05],
      ),
    );
    const points = pointsOf(
      at,
      last.map((m) => m.gap),
    ).map(({ x, mean }) => ({ x, mean }));
    series.push({ name: name === "SGD" ? "gradient descent" : name, kind: "measured", group: name, points });
    const D0 = last[0]?.gap[0] as number;
    series.push({
      name: `${show(factor)}^k`,
      kind: "bound",
      group: name,
      points: at.map((x) => ({ x, mean: D0 * factor ** x })),
    });
  }
  return {
    checks,
    panel: {
      title: `No noise, ${problem.name}`,
      x: { label: "step k", log: true },
      y: { label: "f(x) − f*", log: true },
      series,
    },
  };
}

export async function withNoise(problem: FiniteSum, steps: number): Promise<Part> {
  const [checks, series]: [Check[], Panel["series"][number][]] = [[], []];
  const noise = await sampleGradients(problem, problem.constants.xStar);
  const variances = spectrum.map((_, j) =>
    noise.reduce((t, g) => t + (g[j] as number) ** 2 / noise.length, 0),
  );
  const found = new Map<string, Mean>();
  const late = 40;
  const record = recordPlateau(steps, late);
  for (const [name, { rule, step, a }] of Object.entries(fastest(problem))) {
    const { at, last } = await runSeeds({
      problem,
      rule,
      start: ones(problem),
      rate: () => a,
      seeds,
      purpose: "noise",
      record,
    });
    const level = spectrum.reduce(
      (t, l, j) => t + (l / 2) * stationaryVariance(step(l), variances[j] as number),
      0,
    );
    const mean = meanOf(
      levelOf(
        last.map((m) => m.gap),
        late,
      ),
    );
    found.set(name, mean);
    const ratio = { mean: mean.mean / level, low: mean.low / level, high: mean.high / level };
    checks.push(
      checkValue(`${name} with noise: its level over the stationary one, ${show(level)}`, ratio, 1, 0.05),
    );
    const points = pointsOf(
      at,
      last.map((m) => m.gap),
    );
    series.push({ name, kind: "measured", group: name, points });
    series.push({
      name: `stationary: ${show(level)}`,
      kind: "bound",
      group: name,
      points: [1, steps].map((x) => ({ x, mean: level })),
    });
  }
  checks.push(
    checkInterval(
      "with noise: NAG-GS's level over SGD's with step 1/L is above 1",
      ratioOf(found.get("NAG-GS") as Mean, found.get("SGD") as Mean),
      [1, Infinity],
    ),
  );
  return {
    checks,
    panel: {
      title: "The same with gradient noise of variance 1e-6",
      x: { label: "step k", log: true },
      y: { label: "f(x) − f*", log: true },
      series,
    },
  };
}
