import type { ReportData, ReportTrial } from "@steepest/lab/format";
import { type Signal, signal } from "../ui/signal.ts";
import type { Listed } from "./source.ts";
import type { ResultsState } from "./state.ts";

/** What the parts of the panel share. */
export interface ResultsStore {
  readonly state: Signal<ResultsState>;
  readonly report: Signal<ReportData | undefined>;
  readonly listed: Signal<readonly Listed[]>;
  /** What went wrong, or is worth knowing. */
  readonly message: Signal<string>;
  readonly busy: Signal<boolean>;
  /** The shown trials, in the order of the table. */
  readonly shown: { readonly value: readonly ReportTrial[]; peek(): readonly ReportTrial[] };
  patch(change: Partial<ResultsState>): void;
}

export const createSignals = (state: ResultsState) => ({
  state: signal(state),
  report: signal<ReportData | undefined>(undefined),
  listed: signal<readonly Listed[]>([]),
  message: signal(""),
  busy: signal(true),
});
