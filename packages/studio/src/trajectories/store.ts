import type { Run } from "../engine/protocol.ts";
import type { Field } from "../ui/field.ts";
import { type Signal, signal } from "../ui/signal.ts";
import type { TrajectoryState } from "./state.ts";

/** What the parts of the panel share. `time` changes with every frame, so it lives apart from the rest. */
export interface Store {
  readonly state: Signal<TrajectoryState>;
  /** Steps done, may lie between two. */
  readonly time: Signal<number>;
  readonly playing: Signal<boolean>;
  /** While the start is dragged fewer runs are computed, so that they follow the pointer. */
  readonly dragging: Signal<boolean>;
  readonly runs: Signal<readonly Run[]>;
  readonly field: Signal<Field | undefined>;
  readonly message: Signal<string>;
  patch(change: Partial<TrajectoryState>): void;
}

export function createStore(initial: TrajectoryState): Store {
  const state = signal(initial);
  return {
    state,
    time: signal(initial.time),
    playing: signal(false),
    dragging: signal(false),
    runs: signal<readonly Run[]>([]),
    field: signal<Field | undefined>(undefined),
    message: signal(""),
    patch: (change) => {
      state.value = { ...state.peek(), ...change };
    },
  };
}
