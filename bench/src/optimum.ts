import { datasets, findData, problems } from "@steepest/lab";
import { type Command, main } from "./command.ts";

/**
 * bench:optimum: f*, x* and L of the finite sums on real data beside scipy's and scikit-learn's, which read and prepare
 * the data themselves. Nothing is timed; the command fails when anything differs by more than 1e-8.
 */

interface Case {
  /** As the peer knows it. */
  readonly name: string;
  readonly ridge: number;
  make(ridge: number): Promise<problems.FiniteSum>;
  /** The data file that the peer reads; it has its own copy of the others. */
  readonly file?: string | undefined;
  /** Left out of --quick. */
  readonly large?: boolean;
  /** True when the data is not on this machine. */
  readonly absent?: boolean;
}

/** The largest difference allowed, in f*, any coordinate of x*, and L. */
const tolerance = 1e-8;

function cases(): Case[] {
  const [a9a, agaricus] = [datasets.a9a.files.train, datasets.agaricus.files.train].map((f) => findData(f));
  const w8a = findData(datasets.w8a.files.train);
  const housing = findData(datasets["california-housing"].files.table);
  return [
    { name: "breast-cancer", ridge: 0.1, make: problems.breastCancer },
    { name: "breast-cancer-convex", ridge: 0, make: problems.breastCancerConvex },
    { name: "digits-parity", ridge: 0.01, make: problems.digitsParity },
    { name: "digits", ridge: 0, make: problems.digitsLeastSquares },
    { name: "digits", ridge: 0.01, make: problems.digitsLeastSquares },
    { name: "agaricus", ridge: 0.01, make: problems.agaricus, file: agaricus },
    { name: "a9a", ridge: 0.01, make: problems.a9a, file: a9a, large: true },
    {
      name: "california-housing",
      ridge: 0.01,
      make: problems.californiaHousing,
      file: housing,
      absent: housing === undefined,
    },
    { name: "w8a", ridge: 0.01, make: problems.w8a, file: w8a, large: true, absent: w8a === undefined },
  ];
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let most = 0;
  for (let j = 0; j < a.length; j++) most = Math.max(most, Math.abs((a[j] as number) - (b[j] as number)));
  return most;
};

export const optimumCommand: Command = {
  name: "optimum",
  quick: "leaves out a9a and w8a",
  rounds: { full: 1, quick: 1 },
  options: {},
  peer: { script: "optimum.py", modules: "sklearn, scipy", packages: "python3-sklearn python3-scipy" },
  async measure({ quick, peer }) {
    const versions = await peer?.ask<{ scipy: string; sklearn: string }>("versions");
    const chosen = cases().filter((c) => !(quick && c.large) && !c.absent);
    const figures = [];
    for (const { name, ridge, make, file } of chosen) {
      const started = performance.now();
      const { constants, samples, dimension } = await make(ridge);
      const seconds = (performance.now() - started) / 1000;
      type Answer = { f: number; x: number[]; L: number; sklearn: number };
      const theirs = await peer?.ask<Answer>(`${name} ${ridge} ${file ?? "-"}`);
      const differences = theirs && {
        f: Math.abs(theirs.f - constants.fStar),
        x: largest(constants.xStar, theirs.x),
        L: Math.abs(theirs.L - constants.L),
      };
      for (const [what, by] of Object.entries(differences ?? {})) {
        if (!(by <= tolerance))
          throw new Error(`bench:optimum: ${name}, ridge ${ridge}: ${what} differs from scipy's by ${by}`);
      }
      const { L, mu, fStar } = constants;
      figures.push({
        name,
        ridge,
        samples,
        dimension,
        seconds,
        L,
        mu,
        fStar,
        differences,
        sklearn: theirs?.sklearn,
      });
    }
    const left = cases()
      .filter((c) => c.absent)
      .map((c) => c.name);
    const short = (v: number | undefined) => (v === undefined ? "" : v.toExponential(1));
    return {
      title: `f*, x* and L of finite sums${versions ? `, beside scipy ${versions.scipy} and scikit-learn ${versions.sklearn}` : ""}`,
      header: [
        "problem",
        "n x p",
        "f*",
        "L",
        "|f* diff|",
        "max |x* diff|",
        "|L diff|",
        "sklearn - scipy",
        "seconds",
      ],
      rows: figures.map((f) => [
        `${f.name}, ridge ${f.ridge}`,
        `${f.samples} x ${f.dimension}`,
        f.fStar.toPrecision(12),
        f.L.toPrecision(8),
        ...[f.differences?.f, f.differences?.x, f.differences?.L, f.sklearn].map(short),
        f.seconds.toFixed(2),
      ]),
      notes: [
        `Differences from scipy's; each is at most ${tolerance}. The last but one column is how far scikit-learn's own x is from scipy's.`,
        ...left.map((name) => `Without ${name}: \`steepest data get ${name}\` adds it.`),
      ],
      figures,
    };
  },
};

await main(optimumCommand, import.meta.url);
