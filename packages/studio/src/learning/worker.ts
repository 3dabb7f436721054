import { landscape } from "./landscape.ts";
import type { Answer, Request } from "./protocol.ts";
import { type Goal, train } from "./train.ts";

/** Training and landscapes in a page, away from its main thread. A new run ends the one before. */

const send = (answer: Answer): void => self.postMessage(answer);
let goal: Goal = { until: 0, stopped: true, changed() {} };
let control = new AbortController();
// A run begins when the one before has let go of its programs.
let last: Promise<void> = Promise.resolve();

self.addEventListener("message", ({ data }: MessageEvent<Request>) => {
  if (data.kind === "until") {
    goal.until = data.until;
    goal.changed();
    return;
  }
  goal.stopped = true;
  goal.changed();
  control.abort(new Error("stopped"));
  control = new AbortController();
  const { signal } = control;
  if (data.kind === "stop") return;
  goal = { until: data.kind === "train" ? data.until : 0, stopped: false, changed() {} };
  const own = goal;
  last = last.then(async () => {
    if (signal.aborted) return;
    try {
      if (data.kind === "train") await train(data, send, own);
      else await landscape(data, send, signal);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!signal.aborted) send({ kind: "failure", run: data.run, message });
    }
  });
});
