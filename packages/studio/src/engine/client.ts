import type { Answered, Kind, Questions } from "./protocol.ts";

/** The page's side of the worker. */
export interface Engine {
  /**
   * Asks the worker. While an earlier question of the kind is being answered only the newest one waits; those between
   * are dropped, so that dragging never queues up.
   */
  ask<K extends Kind>(kind: K, question: Questions[K]["question"]): void;
  /** Ends the worker. */
  stop(): void;
}

export type Listeners = {
  readonly [K in Kind]?: (answer: Questions[K]["answer"], question: Questions[K]["question"]) => void;
};

/**
 * Starts a worker for a panel, which is marked as busy while a question is open. `failed` gets the message of what went
 * wrong inside the worker.
 */
export function startEngine(
  panel: HTMLElement,
  listeners: Listeners,
  failed: (message: string) => void,
): Engine {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const current = new Map<Kind, unknown>();
  const waiting = new Map<Kind, unknown>();
  const send = (kind: Kind, question: unknown): void => {
    current.set(kind, question);
    panel.ariaBusy = "true";
    worker.postMessage({ kind, question });
  };
  worker.addEventListener("message", ({ data }: MessageEvent<Answered>) => {
    const { kind } = data;
    const question = current.get(kind);
    current.delete(kind);
    if (waiting.has(kind)) {
      send(kind, waiting.get(kind));
      waiting.delete(kind);
    }
    if ("failure" in data) failed(data.failure);
    else
      (listeners[kind] as ((answer: unknown, question: unknown) => void) | undefined)?.(
        data.answer,
        question,
      );
    panel.ariaBusy = String(current.size > 0);
  });
  worker.addEventListener("error", (event) => failed(event.message));
  return {
    ask(kind, question) {
      if (current.has(kind)) waiting.set(kind, question);
      else send(kind, question);
    },
    stop: () => worker.terminate(),
  };
}
