import type { FieldRequest } from "./field.ts";
import type { Answer, Request, Run } from "./protocol.ts";
import type { Contestant, Experiment } from "./simulate.ts";

/** The page's side of the worker. */
export interface Engine {
  /**
   * Asks for new runs. While an earlier question is being answered only the newest one waits; those between are dropped,
   * so that dragging never queues up.
   */
  simulate(experiment: Experiment, contestants: readonly Contestant[]): void;
  /** Asks for a field, by the same rule. */
  field(request: FieldRequest): void;
  /** Ends the worker. */
  stop(): void;
}

export interface Listener {
  /** All runs of a question, in the order of its contestants. */
  runs(runs: readonly Run[], experiment: Experiment, milliseconds: number): void;
  field(values: Float32Array, request: FieldRequest): void;
  failed(message: string): void;
}

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

/** One kind of question: at most one under way and one waiting. */
function lane<Q extends Request>(post: (question: Q) => void) {
  let current: Q | undefined;
  let waiting: WithoutId<Q> | undefined;
  let nextId = 0;
  const send = (question: WithoutId<Q>): void => {
    current = { ...question, id: nextId++ } as unknown as Q;
    post(current);
  };
  return {
    ask(question: WithoutId<Q>): void {
      if (current === undefined) send(question);
      else waiting = question;
    },
    /** The question that this id answers. */
    questionOf: (id: number): Q | undefined => (current?.id === id ? current : undefined),
    finish(): void {
      current = undefined;
      const next = waiting;
      waiting = undefined;
      if (next !== undefined) send(next);
    },
  };
}

/** Starts the worker. */
export function startEngine(listener: Listener): Engine {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  type Simulate = Extract<Request, { kind: "simulate" }>;
  type Field = Extract<Request, { kind: "field" }>;
  const post = (question: Request) => worker.postMessage(question);
  // Ids of the two lanes differ in parity, so that a failure finds its question.
  const simulations = lane<Simulate>((question) => post({ ...question, id: 2 * question.id }));
  const fields = lane<Field>((question) => post({ ...question, id: 2 * question.id + 1 }));
  let runs: Run[] = [];

  worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
    const own = Math.floor(data.id / 2);
    switch (data.kind) {
      case "run":
        runs[data.index] = data.run;
        return;
      case "done": {
        const question = simulations.questionOf(own);
        const finished = runs;
        runs = [];
        simulations.finish();
        if (question) listener.runs(finished, question.experiment, data.milliseconds);
        return;
      }
      case "field": {
        const question = fields.questionOf(own);
        fields.finish();
        if (question) listener.field(data.values, question.request);
        return;
      }
      case "failed":
        runs = [];
        (data.id % 2 === 0 ? simulations : fields).finish();
        listener.failed(data.message);
    }
  });
  worker.addEventListener("error", (event) => listener.failed(event.message));
  return {
    simulate: (experiment, contestants) => simulations.ask({ kind: "simulate", experiment, contestants }),
    field: (request) => fields.ask({ kind: "field", request }),
    stop: () => worker.terminate(),
  };
}
