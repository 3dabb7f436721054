import { tree } from "@jax-js/jax";
import type { Tensor, TensorTree } from "@steepest/compile";

/** The parameters of a run every few steps: the path that landscapes are drawn along. */
export interface RecordedPath {
  readonly steps: readonly number[];
  /** Parameters at those steps, flattened in the order of their tree. */
  readonly networks: readonly Float32Array[];
}

/** A path keeps no more than so many networks and bytes; when it is full, every other one goes. */
const most = { networks: 64, bytes: 2 ** 28 } as const;

export interface PathRecorder {
  /** Whether the network after this step is to be recorded. */
  wants(step: number): boolean;
  record(step: number, params: TensorTree): void;
  /** The path so far; the last network recorded is always in it. */
  path(): RecordedPath;
}

export function recordPath(limit: number = most.networks): PathRecorder {
  let every = 1;
  let kept: { step: number; network: Float32Array }[] = [];
  let last: { step: number; network: Float32Array } | undefined;
  return {
    wants: (step) => step % every === 0,
    record(step, params) {
      const parts = tree.leaves<Tensor>(params).map(({ data }) => data);
      const network = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
      let at = 0;
      for (const part of parts) {
        network.set(part, at);
        at += part.length;
      }
      last = { step, network };
      if (step % every !== 0 || kept.at(-1)?.step === step) return;
      kept.push(last);
      const full = Math.max(2, Math.min(limit, Math.floor(most.bytes / network.byteLength)));
      while (kept.length > full) {
        every *= 2;
        kept = kept.filter((k) => k.step % every === 0);
      }
    },
    path() {
      const all = last === undefined || kept.at(-1)?.step === last.step ? kept : [...kept, last];
      return { steps: all.map((k) => k.step), networks: all.map((k) => k.network) };
    },
  };
}
