import { type numpy as np, vmap } from "@jax-js/jax";
import { type Compiled, compile, tensor, zeros } from "@steepest/compile";
import {
  columnNorm,
  exactPolar,
  frobenius,
  l1,
  l2,
  linf,
  lp,
  type Norm,
  newtonSchulz,
  nuclear,
  type Polar,
  polarExpress,
  rowNorm,
  spectral,
} from "steepest";

/** Norms by name; "lp" needs an exponent between 1 and infinity. */
const norms = {
  l1: () => l1,
  l2: () => l2,
  linf: () => linf,
  lp: (p: number) => lp(p),
  frobenius: () => frobenius,
  spectral: () => spectral(),
  nuclear: () => nuclear,
  row: () => rowNorm,
  column: () => columnNorm,
} satisfies Record<string, (p: number) => Norm>;

export type NormName = keyof typeof norms;

export interface NormsQuestion {
  readonly norms: readonly NormName[];
  /** The exponent of "lp". */
  readonly p: number;
  /** Shape of the arrays: [2] for vectors, [2, 2] for matrices. */
  readonly shape: readonly number[];
  /** Two arrays that span the plane in which the balls are cut. */
  readonly plane: readonly [readonly number[], readonly number[]];
  readonly gradient: readonly number[];
}

export interface NormReport {
  readonly name: NormName;
  /** The unit ball's edge in the plane: coordinates along the two arrays, [x0, y0, ...], closed. */
  readonly ball: readonly number[];
  /** Norm and dual norm of the gradient. */
  readonly norm: number;
  readonly dual: number;
  /** The point of the unit ball that goes down most, and the direction whose negative is steepest descent. */
  readonly lmo: readonly number[];
  readonly sharp: readonly number[];
}

export type NormsAnswer = readonly NormReport[];

const directions = 360;
const angles = Array.from({ length: directions + 1 }, (_, i) => (2 * Math.PI * i) / directions);

/** Norms of a batch, and everything about one gradient. */
type Program = Compiled<
  (rays: np.Array, gradient: np.Array) => [np.Array, np.Array, np.Array, np.Array, np.Array]
>;

/** One program per norm and shape. Of "lp" only the last exponent is kept: it changes while a slider moves. */
const programs = new Map<string, { readonly p: number; readonly program: Program }>();

async function programOf(name: NormName, p: number, shape: readonly number[]): Promise<Program> {
  const key = `${name} ${shape}`;
  const found = programs.get(key);
  if (found && (name !== "lp" || found.p === p)) return found.program;
  await found?.program.dispose();
  const norm = norms[name](p);
  const program: Program = await compile(
    (rays: np.Array, g: np.Array): [np.Array, np.Array, np.Array, np.Array, np.Array] => [
      vmap(norm.norm)(rays),
      norm.norm(g.ref),
      norm.dual(g.ref),
      norm.lmo(g.ref),
      norm.sharp(g),
    ],
    [zeros("float32", [angles.length, ...shape]), zeros("float32", shape)],
    { executor: "wasm", name: `norm ${name}` },
  );
  programs.set(key, { p, program });
  return program;
}

/** Reports on norms: the library's own functions, evaluated on the gradient and around the plane. */
export async function normsOf({
  norms: names,
  p,
  shape,
  plane,
  gradient,
}: NormsQuestion): Promise<NormsAnswer> {
  const [first, second] = plane;
  const rays = angles.flatMap((t) =>
    first.map((a, k) => Math.cos(t) * a + Math.sin(t) * (second[k] as number)),
  );
  const reports: NormReport[] = [];
  for (const name of names) {
    const program = await programOf(name, p, shape);
    const [lengths, norm, dual, lmo, sharp] = await program.run(
      tensor(rays, [angles.length, ...shape]),
      tensor(gradient, shape),
    );
    reports.push({
      name,
      ball: angles.flatMap((t, i) => {
        const radius = 1 / (lengths.data[i] as number);
        return [radius * Math.cos(t), radius * Math.sin(t)];
      }),
      norm: norm.item(),
      dual: dual.item(),
      lmo: Array.from(lmo.data),
      sharp: Array.from(sharp.data),
    });
  }
  return reports;
}

export interface PolarQuestion {
  readonly method: "newtonSchulz" | "polarExpress" | "exact";
  /** Coefficients of x, x^3, x^5 for "newtonSchulz". */
  readonly quintic: readonly [number, number, number];
  readonly steps: number;
  /** Singular values, relative to the Frobenius norm of their matrix. */
  readonly values: readonly number[];
}

/** The images of the values after 0, 1, ... steps; for "exact" before and after. */
export type PolarAnswer = readonly (readonly number[])[];

/** The method after 0, 1, ... steps. */
function stepsOf({ method, quintic, steps }: PolarQuestion): Polar[] {
  if (method === "exact") return [newtonSchulz({ polynomials: [] }), exactPolar()];
  return Array.from({ length: steps + 1 }, (_, k) =>
    method === "polarExpress"
      ? polarExpress({ steps: k })
      : newtonSchulz({ polynomials: Array<typeof quintic>(k).fill(quintic) }),
  );
}

/**
 * What a method makes of singular values: it is applied to diagonal matrices diag(s, sqrt(1 - s^2)), whose Frobenius norm
 * is one, and the first diagonal entry is read.
 */
export async function polarOf(question: PolarQuestion): Promise<PolarAnswer> {
  const { values } = question;
  const matrices = values.flatMap((s) => [s, 0, 0, Math.sqrt(Math.max(0, 1 - s * s))]);
  const batch = tensor(matrices, [values.length, 2, 2]);
  const polars = stepsOf(question);
  const program = await compile(
    (x: np.Array): np.Array[] => {
      const results = polars.map((polar) => polar(x.ref));
      x.dispose();
      return results;
    },
    [batch],
    { executor: "wasm", name: question.method },
  );
  const results = await program.run(batch);
  await program.dispose();
  return results.map(({ data }) => values.map((_, i) => data[4 * i] as number));
}
