import { type Command, main } from "./command.ts";
import type { Peer } from "./peer.ts";
import type { Timing } from "./statistics.ts";
import {
  convergedEpochs,
  denseData,
  type Linear,
  type LinearData,
  prepareLinear,
  realData,
  sparseData,
} from "./tinyLinear.ts";
import { EXAMPLES, prepareTiny, stepsPerEpoch } from "./tinyOurs.ts";
import { bestThreads, formatTiming, inTurn, repeat, type Side, scaled } from "./turns.ts";

/**
 * bench:tiny: SGD on a logistic regression, where calls cost more than arithmetic: all steps in one call of WebAssembly
 * against PyTorch's eager loop and scikit-learn's compiled ones. All start from zero, see the same examples in the same
 * order (SAGA draws its own), and end at the same loss.
 * Sparse rows and SAGA are compared with scikit-learn alone.
 */

interface Figures {
  readonly problem: string;
  readonly steps: number;
  readonly epochs: number;
  /** Milliseconds an epoch. */
  readonly ours: Timing;
  readonly torch?: Timing & { readonly threads: number };
  readonly sgdClassifier?: Timing;
  readonly saga?: Timing;
  /** Relative difference of the final objectives. */
  readonly difference?: number;
}

type Answer = { times: number[]; loss: number };

/** The number of epochs whose single examples are a million steps. */
const MILLION = 1e6 / EXAMPLES;

async function measureTiny(
  [features, batch]: readonly [number, number],
  { epochs, rounds, milliseconds }: { epochs: number; rounds: number; milliseconds: number },
  peer: Peer | undefined,
  others: readonly ("torch" | "sgd")[],
): Promise<Figures> {
  const program = await prepareTiny(features, batch, epochs);
  const ours = () => repeat(program.run, milliseconds, 1);
  await program.run();
  const loss = await program.loss();
  const perEpoch = (t: Timing) => scaled(t, 1 / epochs);
  const ask = async (kind: string, settings = "") => {
    const request = `${kind} ${features} ${milliseconds} ${epochs} ${settings}`;
    const answer = await (peer as Peer).ask<Answer>(request);
    // They compute the same numbers, or the comparison means nothing.
    if (Math.abs(answer.loss - loss) > 0.01 * loss)
      throw new Error(`bench:tiny: "${request}" ends at the loss ${answer.loss}, ours at ${loss}`);
    return answer.times;
  };
  try {
    const steps = epochs * stepsPerEpoch(batch);
    const figures = { problem: `p=${features} batch ${batch}`, steps, epochs };
    if (!peer) return { ...figures, ours: perEpoch((await inTurn(rounds, { ours })).ours) };
    const torch = (threads: number) => ask("torch", `${batch} ${threads}`);
    const threads = others.includes("torch") ? await bestThreads(torch) : 1;
    const sides: Record<string, Side> = { ours };
    if (others.includes("torch")) sides.torch = () => torch(threads);
    if (others.includes("sgd")) sides.sgd = () => ask("sgd");
    const times: Record<string, Timing> = await inTurn(rounds, sides);
    return {
      ...figures,
      ours: perEpoch(times.ours as Timing),
      ...(times.torch && { torch: { ...perEpoch(times.torch), threads } }),
      ...(times.sgd && { sgdClassifier: perEpoch(times.sgd) }),
    };
  } finally {
    await program.dispose();
  }
}

/** Epochs that are timed at least, so that what fit() does once counts little. */
const linearEpochs = 20;

async function measureLinear(
  kind: Linear,
  data: LinearData,
  { rounds, milliseconds, ...settings }: { epochs: number; rounds: number; milliseconds: number },
  peer: Peer | undefined,
): Promise<Figures> {
  const isSaga = kind !== "sparse-sgd";
  const epochs = Math.max(settings.epochs, linearEpochs);
  const program = await prepareLinear(kind, data);
  const ask = (milliseconds: number, epochs: number) => {
    const request = `${kind} ${data.name} ${milliseconds} ${epochs} ${program.rate} ${data.file ?? ""}`;
    return (peer as Peer).ask<Answer>(request);
  };
  try {
    const compared = isSaga ? convergedEpochs : epochs;
    await program.run(compared);
    const [ours, theirs] = [program.loss(), peer && (await ask(0, compared)).loss];
    const difference = theirs === undefined ? undefined : Math.abs(theirs - ours) / ours;
    if (difference !== undefined && difference > data.agreement)
      throw new Error(
        `bench:tiny: ${kind} on ${data.label} ends at the objective ${theirs}, ours at ${ours}`,
      );
    const sides: Record<string, Side> = { ours: () => repeat(() => program.run(epochs), milliseconds, 1) };
    if (peer) sides.theirs = async () => (await ask(milliseconds, epochs)).times;
    const times: Record<string, Timing> = await inTurn(rounds, sides);
    const perEpoch = (t: Timing) => scaled(t, 1 / epochs);
    return {
      problem: `${kind} ${data.label}`,
      steps: epochs * program.examples,
      epochs,
      ours: perEpoch(times.ours as Timing),
      ...(times.theirs && { [isSaga ? "saga" : "sgdClassifier"]: perEpoch(times.theirs) }),
      ...(difference !== undefined && { difference }),
    };
  } finally {
    await program.dispose();
  }
}

function row({ problem, steps, epochs, ours, torch, sgdClassifier, saga }: Figures): string[] {
  const perStep = (t: Timing | undefined) => (t ? formatTiming(scaled(t, (1e3 * epochs) / steps)) : "");
  const times = (t: Timing | undefined) => (t ? `${(t.median / ours.median).toFixed(1)}x` : "");
  const perEpoch = (t: Timing | undefined) => t?.median.toPrecision(3) ?? "";
  return [
    problem,
    String(steps),
    ...[perStep(ours), perStep(torch), torch ? String(torch.threads) : "", times(torch)],
    ...[perEpoch(ours), perEpoch(sgdClassifier), times(sgdClassifier), perEpoch(saga), times(saga)],
  ];
}

export const tinyCommand: Command = {
  name: "tiny",
  quick: "fewer epochs and rounds: ends within a minute",
  rounds: { full: 5, quick: 3 },
  options: {
    features: "numbers of features (default 20,100,1000)",
    batches: "examples a step (default 1,16,256)",
    epochs: `passes over the ${EXAMPLES} examples a turn (default 20; quick 4)`,
    sparse: "numbers of sparse features, 10 to 30 nonzeros a row (default 9000)",
    data: "data sets of sparse rows (default a9a,w8a; w8a only if it is on this machine)",
    long: `epochs of single examples at p=100, in one more row (default ${MILLION}: a million steps)`,
  },
  peer: { script: "tiny.py", modules: "torch, sklearn", packages: "python3-torch python3-sklearn" },
  async measure({ quick, rounds, peer, numbers, words }) {
    const [epochs = 1] = numbers("epochs", [quick ? 4 : 20]);
    const [long = 1] = numbers("long", [MILLION]);
    const settings = { epochs, rounds, milliseconds: 30 };
    const versions = await peer?.ask<{ torch: string; sklearn: string }>("versions");
    const results: Figures[] = [];
    for (const features of numbers("features", [20, 100, 1000])) {
      for (const batch of numbers("batches", [1, 16, 256])) {
        const others = batch === 1 ? (["torch", "sgd"] as const) : (["torch"] as const);
        results.push(await measureTiny([features, batch], settings, peer, others));
      }
    }
    for (const features of numbers("features", [20, 100, 1000])) {
      results.push(await measureLinear("saga", denseData(features), settings, peer));
    }
    const sparse = numbers("sparse", [9000]).map(sparseData);
    const real = words("data", ["a9a", "w8a"], ["a9a", "w8a"]);
    for (const data of [...sparse, ...(await realData(real))]) {
      for (const kind of ["sparse-sgd", "sparse-saga"] as const) {
        results.push(await measureLinear(kind, data, settings, peer));
      }
    }
    // PyTorch would take most of a minute for each turn of it.
    results.push(await measureTiny([100, 1], { ...settings, epochs: long, milliseconds: 1 }, peer, ["sgd"]));
    const peers = versions
      ? `; PyTorch ${versions.torch}, eager; scikit-learn ${versions.sklearn}, fit() as a whole`
      : "";
    return {
      title: `Logistic regression, ${EXAMPLES} examples, wasm executor: median (quartiles)${peers}`,
      header: [
        "problem",
        "steps",
        "ours us/step",
        "PyTorch us/step",
        "threads",
        "ratio",
        "ours ms/epoch",
      ].concat(["SGDClassifier", "ratio", "SAGA", "ratio"]),
      rows: results.map(row),
      notes: [
        'SGDClassifier and LogisticRegression(solver="saga") take single examples: ms per epoch.',
        "SAGA, ours and theirs, has the ridge of C = 1 and draws its examples; after 100 epochs the objectives agree within 1e-6 (p=1000: 1e-3).",
        "So do those of sparse SGD after as many steps over the same rows; the other losses agree within 1 %.",
      ],
      figures: { rounds, examples: EXAMPLES, versions, results },
    };
  },
};

await main(tinyCommand, import.meta.url);
