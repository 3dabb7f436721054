import type { NormsAnswer, PolarAnswer } from "../engine/norms.ts";
import type { Signal } from "../ui/signal.ts";
import type { NormsState } from "./state.ts";

/** What the sections of the panel share. */
export interface NormsStore {
  readonly state: Signal<NormsState>;
  readonly vectors: Signal<NormsAnswer>;
  readonly matrices: Signal<NormsAnswer>;
  readonly spectrum: Signal<PolarAnswer>;
  patch(change: Partial<NormsState>): void;
}
