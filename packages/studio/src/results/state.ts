/** All that the panel shows; what the address of the page holds. */
export interface ResultsState {
  /** "" is the example that comes with the page, "file" a file of one's own, else a name in the server's list. */
  readonly source: string;
  /** "" is the first one. */
  readonly task: string;
  /** Optimizers that are not shown, and statuses. */
  readonly hidden: readonly string[];
  readonly use: "all" | "tuning" | "result";
  /** Limits by hyperparameter; an infinite end is open. */
  readonly ranges: Readonly<Record<string, readonly [number, number]>>;
  /** A column; "" puts the best trials first. */
  readonly sort: string;
  readonly descending: boolean;
  /** Trials marked for comparison. */
  readonly selected: readonly string[];
  /** The trial whose facts are open. */
  readonly trial: string;
  /** "train", or a validation metric; "" is the target's. */
  readonly metric: string;
  readonly x: (typeof clocks)[number];
  readonly logX: boolean;
  readonly logY: boolean;
  readonly lines: (typeof lineKinds)[number];
  /** Hyperparameter of the scatter plot; "" is the first that varies. */
  readonly knob: string;
  readonly outcome: (typeof outcomes)[number];
}

export const clocks = ["step", "seconds", "samples"] as const;
/** Each optimizer's chosen setting with its band, every setting with its band, or every trial. */
export const lineKinds = ["chosen", "settings", "trials"] as const;
export const outcomes = ["final", "steps", "seconds"] as const;
export const uses = ["all", "result", "tuning"] as const;
export const statuses = ["finished", "diverged", "stopped", "interrupted", "waiting"] as const;

export const initialResults: ResultsState = {
  source: "",
  task: "",
  hidden: [],
  use: "all",
  ranges: {},
  sort: "",
  descending: false,
  selected: [],
  trial: "",
  metric: "",
  x: "step",
  logX: false,
  logY: false,
  lines: "chosen",
  knob: "",
  outcome: "final",
};

const texts = ["source", "task", "sort", "trial", "metric", "knob"] as const;
const lists = ["hidden", "selected"] as const;
const flags = ["descending", "logX", "logY"] as const;
const choices = { use: uses, x: clocks, lines: lineKinds, outcome: outcomes } as const;

/** The state as parameters of an address. What is as at first is left out. */
export function writeResults(state: ResultsState): URLSearchParams {
  const params = new URLSearchParams();
  for (const key of [...texts, ...(Object.keys(choices) as (keyof typeof choices)[])]) {
    if (state[key] !== initialResults[key]) params.set(key, state[key]);
  }
  for (const key of lists) for (const value of state[key]) params.append(key, value);
  for (const key of flags) if (state[key]) params.set(key, "1");
  for (const [name, [low, high]] of Object.entries(state.ranges)) {
    if (Number.isFinite(low) || Number.isFinite(high)) params.append("range", `${name} ${low} ${high}`);
  }
  return params;
}

/** Reads an address. What is missing or makes no sense is as at first. */
export function readResults(params: URLSearchParams): ResultsState {
  const given = texts.flatMap((key) => (params.has(key) ? [[key, params.get(key)]] : []));
  const chosen = Object.entries(choices).flatMap(([key, known]) =>
    (known as readonly string[]).includes(params.get(key) ?? "") ? [[key, params.get(key)]] : [],
  );
  const ranges = params.getAll("range").flatMap((text) => {
    const [name = "", low = "", high = ""] = text.split(" ");
    const [from, to] = [Number(low), Number(high)];
    return name !== "" && low !== "" && high !== "" && from <= to ? [[name, [from, to]]] : [];
  });
  return {
    ...initialResults,
    ...Object.fromEntries([...given, ...chosen]),
    ...Object.fromEntries(lists.map((key) => [key, params.getAll(key)])),
    ...Object.fromEntries(flags.map((key) => [key, params.get(key) === "1"])),
    ranges: Object.fromEntries(ranges),
  };
}
