import type { Animation } from "@steepest/lab/format";
import type { Signal } from "../ui/signal.ts";
import type { LectureState } from "./state.ts";

/** What the parts of the panel share. `time` changes with every frame, so it lives apart from the rest. */
export interface LectureStore {
  readonly state: Signal<LectureState>;
  /** The frame shown; may lie between two. */
  readonly time: Signal<number>;
  readonly playing: Signal<boolean>;
  readonly animation: Signal<Animation | undefined>;
  readonly message: Signal<string>;
  /** Names of the animations of the server. */
  readonly served: Signal<readonly string[]>;
  patch(change: Partial<LectureState>): void;
}
