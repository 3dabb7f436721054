import { type Command, main } from "./command.ts";
import type { Peer } from "./peer.ts";
import type { Timing } from "./statistics.ts";
import { EXAMPLES, prepareTiny, stepsPerEpoch } from "./tinyOurs.ts";
import { bestThreads, formatTiming, inTurn, repeat, type Side, scaled } from "./turns.ts";

/**
 * bench:tiny: SGD on a logistic regression, where calls cost more than arithmetic: all steps in one call of WebAssembly
 * against PyTorch's eager loop and scikit-learn's compiled ones. All start from zero, see the same examples in the same
 * order (SAGA draws its own), and end at the same loss.
 */

interface Figures {
  readonly features: number;
  readonly batch: number;
  readonly epochs: number;
  /** Milliseconds an epoch. */
  readonly ours: Timing;
  readonly torch?: Timing & { readonly threads: number };
  readonly sgdClassifier?: Timing;
  readonly saga?: Timing;
}

type Answer = { times: number[]; loss: number };

/** The number of epochs whose single examples are a million steps. */
const MILLION = 1e6 / EXAMPLES;

async function measureTiny(
  [features, batch]: readonly [number, number],
  { epochs, rounds, milliseconds }: { epochs: number; rounds: number; milliseconds: number },
  peer: Peer | undefined,
  others: readonly ("torch" | "sgd" | "saga")[],
): Promise<Figures> {
  const program = await prepareTiny(features, batch, epochs);
  const ours = () => repeat(program.run, milliseconds, 1);
  await program.run();
  const loss = await program.loss();
  const perEpoch = (t: Timing) => scaled(t, 1 / epochs);
  const ask = async (kind: string, settings = "") => {
    const request = `${kind} ${features} ${milliseconds} ${epochs} ${settings}`;
    const answer = await (peer as Peer).ask<Answer>(request);
    // SAGA takes other steps. The rest computes the same numbers, or the comparison means nothing.
    if (kind !== "saga" && Math.abs(answer.loss - loss) > 0.01 * loss)
      throw new Error(`bench:tiny: "${request}" ends at the loss ${answer.loss}, ours at ${loss}`);
    return answer.times;
  };
  try {
    const figures = { features, batch, epochs };
    if (!peer) return { ...figures, ours: perEpoch((await inTurn(rounds, { ours })).ours) };
    const torch = (threads: number) => ask("torch", `${batch} ${threads}`);
    const threads = others.includes("torch") ? await bestThreads(torch) : 1;
    const sides: Record<string, Side> = { ours };
    if (others.includes("torch")) sides.torch = () => torch(threads);
    if (others.includes("sgd")) sides.sgd = () => ask("sgd");
    if (others.includes("saga")) sides.saga = () => ask("saga");
    const times: Record<string, Timing> = await inTurn(rounds, sides);
    return {
      ...figures,
      ours: perEpoch(times.ours as Timing),
      ...(times.torch && { torch: { ...perEpoch(times.torch), threads } }),
      ...(times.sgd && { sgdClassifier: perEpoch(times.sgd) }),
      ...(times.saga && { saga: perEpoch(times.saga) }),
    };
  } finally {
    await program.dispose();
  }
}

function row({ features, batch, epochs, ours, torch, sgdClassifier, saga }: Figures): string[] {
  const steps = stepsPerEpoch(batch);
  const perStep = (t: Timing | undefined) => (t ? formatTiming(scaled(t, 1e3 / steps)) : "");
  const times = (t: Timing | undefined) => (t ? `${(t.median / ours.median).toFixed(1)}x` : "");
  const perEpoch = (t: Timing | undefined) => t?.median.toPrecision(3) ?? "";
  return [
    `p=${features} batch ${batch}`,
    String(epochs * steps),
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
    long: `epochs of single examples at p=100, in one more row (default ${MILLION}: a million steps)`,
  },
  peer: { script: "tiny.py", modules: "torch, sklearn", packages: "python3-torch python3-sklearn" },
  async measure({ quick, rounds, peer, numbers }) {
    const [epochs = 1] = numbers("epochs", [quick ? 4 : 20]);
    const [long = 1] = numbers("long", [MILLION]);
    const settings = { epochs, rounds, milliseconds: 30 };
    const versions = await peer?.ask<{ torch: string; sklearn: string }>("versions");
    const results: Figures[] = [];
    for (const features of numbers("features", [20, 100, 1000])) {
      for (const batch of numbers("batches", [1, 16, 256])) {
        const others = batch === 1 ? (["torch", "sgd", "saga"] as const) : (["torch"] as const);
        results.push(await measureTiny([features, batch], settings, peer, others));
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
      notes: ['SGDClassifier and LogisticRegression(solver="saga") take single examples: ms per epoch.'],
      figures: { rounds, examples: EXAMPLES, versions, results },
    };
  },
};

await main(tinyCommand, import.meta.url);
