import type { Answer, Device, Experiment, LandscapeQuestion } from "./protocol.ts";

/** The page's side of the worker that trains. */
export interface Learner {
  /** Starts anew and trains to this step. */
  train(experiment: Experiment, until: number): void;
  /** Trains on to this step; less than what is done pauses. */
  to(step: number): void;
  landscape(question: LandscapeQuestion): void;
  /** Ends the run, keeps the worker. */
  halt(): void;
  stop(): void;
}

/** Starts a worker. Answers to earlier runs than the last are passed over. */
export function startLearner(onAnswer: (answer: Answer) => void): Learner {
  let worker: Worker | undefined;
  let device: Device = "wasm";
  let run = 0;
  const open = (wanted: Device): Worker => {
    // jax-js chooses its device once.
    if (wanted !== device) stop();
    device = wanted;
    worker ??= start();
    return worker;
  };
  const start = (): Worker => {
    const made = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    made.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
      if (data.run === run) onAnswer(data);
    });
    made.addEventListener("error", (event) => onAnswer({ kind: "failure", run, message: event.message }));
    return made;
  };
  const stop = (): void => {
    worker?.terminate();
    worker = undefined;
  };
  const base = document.baseURI;
  return {
    train(experiment, until) {
      open(experiment.device).postMessage({ kind: "train", run: ++run, base, experiment, until });
    },
    to: (until) => worker?.postMessage({ kind: "until", run, until }),
    landscape(question) {
      open("wasm").postMessage({ kind: "landscape", run: ++run, base, question });
    },
    halt: () => worker?.postMessage({ kind: "stop", run: ++run }),
    stop,
  };
}
