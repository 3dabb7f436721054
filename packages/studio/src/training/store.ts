import type { Measurement, Outcome, Progress } from "../learning/protocol.ts";
import type { Signal } from "../ui/signal.ts";
import type { TrainingState } from "./state.ts";

/** One optimizer's training so far. */
export interface Curve {
  readonly step: number;
  /** Loss of every minibatch. */
  readonly losses: readonly number[];
  readonly measurements: readonly Measurement[];
  readonly status: Progress["status"];
  readonly outcome?: Outcome | undefined;
}

/** What the parts of the panel share. */
export interface TrainingStore {
  readonly state: Signal<TrainingState>;
  /** One per entrant; empty until the first report. */
  readonly curves: Signal<readonly Curve[]>;
  readonly playing: Signal<boolean>;
  readonly message: Signal<string>;
  readonly busy: Signal<boolean>;
  patch(change: Partial<TrainingState>): void;
}

const emptyCurve: Curve = { step: 0, losses: [], measurements: [], status: "training" };

/** The curves with what is new. */
export const extended = (curves: readonly Curve[], news: readonly Progress[]): Curve[] =>
  news.map(({ step, losses, measurements, status, outcome }, i) => {
    const old = curves[i] ?? emptyCurve;
    return {
      step,
      losses: [...old.losses, ...losses],
      measurements: [...old.measurements, ...measurements],
      status,
      outcome: outcome ?? old.outcome,
    };
  });
