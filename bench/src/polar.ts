import type { numpy as np } from "@jax-js/jax";
import { compile, initRuntime, type Tensor, tensor } from "@steepest/compile";
import { newtonSchulz } from "steepest";
import { type Command, main } from "./command.ts";
import type { Timing } from "./statistics.ts";
import { bestThreads, formatTiming, inTurn, repeat } from "./turns.ts";

/** bench:polar: Newton-Schulz's polar factor (5 quintic steps, as in Muon), a call of the native executor against PyTorch. */

const STEPS = 5;

/** Of the products alone: X X^T, its square, and a product with X in each step, on the short side r. */
export function operations(rows: number, columns: number): number {
  const [r, c] = [Math.min(rows, columns), Math.max(rows, columns)];
  return STEPS * (4 * r * r * c + 2 * r * r * r);
}

/** A matrix of full rank without a pattern that a product could profit from. */
const matrix = (rows: number, columns: number): Tensor =>
  tensor(
    Float32Array.from({ length: rows * columns }, (_, k) => Math.sin(k * k * 0.7 + k)),
    [rows, columns],
  );

interface Figures {
  readonly rows: number;
  readonly columns: number;
  /** Milliseconds a call. */
  readonly ours: Timing;
  readonly torch?: Timing & { readonly threads: number };
}

type Answer = { times: number[]; norm: number };

const norm = (x: Tensor): number => Math.sqrt((x.data as Float32Array).reduce((sum, v) => sum + v * v, 0));

export const polarCommand: Command = {
  name: "polar",
  quick: "512 and 1024 alone: ends within a minute",
  rounds: { full: 5, quick: 3 },
  options: { shapes: "ROWSxCOLUMNS (default 512x512,1024x1024,2048x2048,2048x512,4096x1024)" },
  peer: { script: "polar.py", modules: "torch", packages: "python3-torch" },
  async measure({ quick, rounds, peer, pairs }) {
    const squares = [512, 1024].map((n): [number, number] => [n, n]);
    const shapes = pairs(
      "shapes",
      quick ? [...squares, [2048, 512]] : [...squares, [2048, 2048], [2048, 512], [4096, 1024]],
    );
    await initRuntime();
    const version = await peer?.ask<string>("version");
    const milliseconds = quick ? 200 : 1000;
    const polar = newtonSchulz();
    const results: Figures[] = [];
    for (const [rows, columns] of shapes) {
      const x = matrix(rows, columns);
      const program = await compile((x: np.Array) => polar(x), [x], { executor: "native", name: "polar" });
      const ours = () => repeat(() => program.run(x), milliseconds);
      if (peer) {
        const expected = norm(await program.run(x));
        const theirs = async (threads: number) => {
          const answer = await peer.ask<Answer>(`${rows} ${columns} ${threads} ${milliseconds}`);
          if (Math.abs(answer.norm - expected) > 0.01 * expected)
            throw new Error(`bench:polar: norm ${expected}, but PyTorch's is ${answer.norm}`);
          return answer.times;
        };
        const threads = await bestThreads(theirs);
        const times = await inTurn(rounds, { ours, torch: () => theirs(threads) });
        results.push({ rows, columns, ours: times.ours, torch: { ...times.torch, threads } });
      } else results.push({ rows, columns, ...(await inTurn(rounds, { ours })) });
      await program.dispose();
    }
    const speed = ({ rows, columns }: Figures, t: Timing) =>
      (operations(rows, columns) / t.median / 1e6).toFixed(1);
    return {
      title: `Polar factor, ${STEPS} Newton-Schulz steps, native executor: ms a call, median (quartiles), and GFLOP/s${version ? `; PyTorch ${version}, addmm, CPU` : ""}`,
      header: ["shape", "ours", "GFLOP/s"].concat(version ? ["PyTorch", "GFLOP/s", "threads", "ratio"] : []),
      rows: results.map((result) => {
        const { rows, columns, ours, torch } = result;
        return [`${rows} x ${columns}`, formatTiming(ours), speed(result, ours)].concat(
          torch
            ? [
                formatTiming(torch),
                speed(result, torch),
                String(torch.threads),
                `${(torch.median / ours.median).toFixed(2)}x`,
              ]
            : [],
        );
      }),
      figures: {
        rounds,
        torch: version,
        results: results.map((r) => ({ ...r, operations: operations(r.rows, r.columns) })),
      },
    };
  },
};

await main(polarCommand, import.meta.url);
