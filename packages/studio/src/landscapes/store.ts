import type { Landscape } from "@steepest/lab/format";
import type { Signal } from "../ui/signal.ts";
import type { LandscapesState } from "./state.ts";

/** What the parts of the panel share. */
export interface LandscapesStore {
  readonly state: Signal<LandscapesState>;
  readonly landscape: Signal<Landscape | undefined>;
  /** What is being done: empty when nothing is. */
  readonly progress: Signal<string>;
  readonly message: Signal<string>;
  readonly busy: Signal<boolean>;
  /** Names of the landscapes of the server. */
  readonly served: Signal<readonly string[]>;
  patch(change: Partial<LandscapesState>): void;
}
