import { type numpy as np, tree } from "@jax-js/jax";
import {
  type ArrayTree,
  compileStep,
  fromArray,
  initRuntime,
  type Tensor,
  tensor,
  toArray,
} from "@steepest/compile";
import { applyUpdates, type GradientTransformation } from "steepest";
import { type Command, main } from "./command.ts";
import type { Timing } from "./statistics.ts";
import { bestThreads, formatTiming, inTurn, repeat, type Side, scaled } from "./turns.ts";
import { few, optimizers } from "./updateOptimizers.ts";

/**
 * bench:update: nanoseconds per parameter of an optimizer's update, against a copy of as many bytes and torch.optim.
 *
 * The gradients are part of the carry and stay what they are, so that no time goes into copying them in: what is timed
 * is the passes over the arena, and what `run` adds to them.
 */

/** The parameters are this many matrices, as square as their size allows. bench/peers/update.py has as many vectors. */
const LEAVES = 10;

function shapeOf(size: number): [number, number] {
  let columns = Math.ceil(Math.sqrt(size));
  while (size % columns > 0) columns++;
  return [size / columns, columns];
}

type State = { params: ArrayTree; state: ArrayTree; gradients: ArrayTree };

interface Update {
  run(): Promise<unknown>;
  /** Passes over all parameters that read one number each, at least: gradients, parameters and state. */
  readonly reads: number;
  /** Passes that write one. */
  readonly writes: number;
  /** Fused passes and graphs that the planner made of it. */
  readonly segments: number;
  /** Threads that share a pass. */
  readonly threads: number;
  dispose(): Promise<void>;
}

const wave = (size: number, phase: number): Tensor[] =>
  Array.from({ length: LEAVES }, (_, leaf) =>
    tensor(
      Float32Array.from({ length: size / LEAVES }, (_, i) => Math.sin(i + leaf + phase)),
      shapeOf(size / LEAVES),
    ),
  );

export async function prepareUpdate(
  optimizer: GradientTransformation,
  size: number,
  threads?: number,
): Promise<Update> {
  await initRuntime();
  const params = wave(size, 0);
  const initial = optimizer.init(params.map(toArray));
  const state = tree.map((x: np.Array) => fromArray(x), initial);
  tree.dispose(initial);
  let [reads, writes] = [0, 0];
  const step = ({ params, state, gradients }: State): [State, ArrayTree] => {
    const arrays = (t: ArrayTree) => tree.leaves(t) as np.Array[];
    const old = [...arrays(params), ...arrays(state)];
    const [updates, next] = optimizer.update(tree.ref(gradients), state, tree.ref(params));
    const moved = applyUpdates(params, updates);
    // What the update hands back as it came is read but not written.
    const kept = new Set(old);
    const elements = (xs: readonly np.Array[]) => xs.reduce((n, x) => n + x.size, 0);
    reads = Math.round(elements([...old, ...arrays(gradients)]) / size);
    writes = Math.round(elements([...arrays(moved), ...arrays(next)].filter((x) => !kept.has(x))) / size);
    return [{ params: moved, state: next, gradients }, []];
  };
  const program = await compileStep(step, { params, state, gradients: wave(size, 1) } as never, [] as never, {
    executor: "native",
    name: "update",
    ...(threads !== undefined && { threads }),
  });
  const { segments } = program.plan();
  const used = Math.max(...segments.map((s) => s.threads ?? 1));
  const run = program.run as () => Promise<unknown>;
  return { run, reads, writes, segments: segments.length, threads: used, dispose: () => program.dispose() };
}

/**
 * Copies as many bytes as an update reads and writes, between as many arrays as it touches: a copy reads one byte and
 * writes one for every two of the update's.
 */
export function prepareCopy({ reads, writes }: { reads: number; writes: number }, size: number): () => void {
  const arrays = Array.from({ length: Math.max(reads, 2) }, () => new Float32Array(size).fill(1));
  const copies = Math.floor((reads + writes) / 2);
  const half = (reads + writes) % 2 ? size >> 1 : 0;
  const array = (i: number) => arrays[i % arrays.length] as Float32Array;
  return () => {
    for (let i = 0; i < copies; i++) array(i + 1).set(array(i));
    if (half > 0) array(copies + 1).set(array(copies).subarray(0, half));
  };
}

interface Figures {
  readonly optimizer: string;
  readonly parameters: number;
  readonly segments: number;
  readonly bytes: number;
  /** Nanoseconds per parameter. */
  readonly ours: Timing;
  readonly threads: number;
  /** With one thread, if that is fewer. */
  readonly alone?: Timing;
  readonly copy: Timing;
  /** torch.optim over all tensors at once, and one tensor after another. */
  readonly foreach?: Torch;
  readonly loop?: Torch;
}

type Torch = Timing & { readonly threads: number };

type Answer = { times: number[]; torch: string };

export const updateCommand: Command = {
  name: "update",
  quick: "one million parameters, a third of the optimizers: ends within a minute",
  rounds: { full: 5, quick: 3 },
  options: {
    optimizers: `of: ${Object.keys(optimizers).join(", ")}`,
    sizes: "numbers of parameters (default 100000,1000000,10000000)",
  },
  peer: { script: "update.py", modules: "torch", packages: "python3-torch" },
  async measure({ quick, rounds, peer, words, numbers }) {
    const all = Object.keys(optimizers);
    const names = words("optimizers", quick ? few : all, all);
    const sizes = numbers("sizes", quick ? [1e6] : [1e5, 1e6, 1e7]);
    const supported = peer ? await peer.ask<{ optimizers: string[]; torch: string }>("list") : undefined;
    const results: Figures[] = [];
    for (const name of names) {
      for (const size of sizes.map((n) => Math.ceil(n / LEAVES) * LEAVES)) {
        const make = optimizers[name] as () => GradientTransformation;
        const update = await prepareUpdate(make(), size);
        const alone = update.threads > 1 ? await prepareUpdate(make(), size, 1) : undefined;
        const copy = prepareCopy(update, size);
        const milliseconds = quick ? 50 : 150;
        const sides: Record<string, Side> = {
          ours: () => repeat(update.run, milliseconds),
          copy: () => repeat(copy, milliseconds),
          ...(alone && { alone: () => repeat(alone.run, milliseconds) }),
        };
        const threads: Record<string, number> = {};
        if (supported?.optimizers.includes(name)) {
          for (const kind of ["foreach", "loop"]) {
            const theirs = async (threads: number) => {
              const request = `${name} ${kind} ${size} ${threads} ${milliseconds}`;
              return (await (peer as NonNullable<typeof peer>).ask<Answer>(request)).times;
            };
            const best = await bestThreads(theirs);
            threads[kind] = best;
            sides[kind] = () => theirs(best);
          }
        }
        const times = await inTurn(rounds, sides);
        const perParameter = (side: string) => scaled(times[side] as Timing, 1e6 / size);
        const torch = (kind: "foreach" | "loop") =>
          kind in sides && { [kind]: { ...perParameter(kind), threads: threads[kind] as number } };
        results.push({
          optimizer: name,
          parameters: size,
          segments: update.segments,
          bytes: 4 * size * (update.reads + update.writes),
          ours: perParameter("ours"),
          threads: update.threads,
          ...(alone && { alone: perParameter("alone") }),
          copy: perParameter("copy"),
          ...torch("foreach"),
          ...torch("loop"),
        });
        await update.dispose();
        await alone?.dispose();
      }
    }
    const torch = supported ? `; PyTorch ${supported.torch}, torch.optim` : "";
    return {
      title: `Update, ns per parameter (float32): median (quartiles), gradients in place${torch}`,
      header: "optimizer,parameters,segments,bytes,ours,threads,one thread,copy,ours/copy"
        .split(",")
        .concat(supported ? ["foreach", "threads", "ratio", "loop", "threads", "ratio"] : []),
      rows: results.map(
        ({ optimizer, parameters, segments, bytes, ours, threads, alone, copy, foreach, loop }) => [
          optimizer,
          parameters.toExponential(0),
          String(segments),
          String(bytes / parameters),
          formatTiming(ours),
          String(threads),
          alone ? formatTiming(alone) : "",
          formatTiming(copy),
          (ours.median / copy.median).toFixed(2),
          ...[foreach, loop].flatMap((torch) =>
            torch
              ? [formatTiming(torch), String(torch.threads), `${(torch.median / ours.median).toFixed(2)}x`]
              : [],
          ),
        ],
      ),
      notes: [
        "segments: fused passes and graphs of a step; bytes: read and written per parameter; one thread: ours beside a graph",
        "on Node before 24.9; copy: TypedArray.set over as many bytes and arrays; foreach and loop: torch.optim over all",
        "tensors at once and one after another, each with its fastest number of threads.",
      ],
      figures: { rounds, torch: supported?.torch, results },
    };
  },
};

await main(updateCommand, import.meta.url);
