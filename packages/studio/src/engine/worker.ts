import { fieldOf } from "./field.ts";
import { normsOf, polarOf } from "./norms.ts";
import type { Answered, Asked, Kind, Questions } from "./protocol.ts";
import { simulateAll } from "./simulate-all.ts";

const handlers: { [K in Kind]: (question: Questions[K]["question"]) => Promise<Questions[K]["answer"]> } = {
  simulate: simulateAll,
  field: fieldOf,
  vectors: normsOf,
  matrices: normsOf,
  polar: polarOf,
  // The lab's problems and runs load when they are first asked for.
  scene: async (question) => (await import("./scene.ts")).sceneOf(question),
};

async function answerTo({ kind, question }: Asked): Promise<Answered> {
  try {
    const handler = handlers[kind] as (q: unknown) => Promise<unknown>;
    return { kind, answer: await handler(question) } as Answered;
  } catch (error) {
    return { kind, failure: error instanceof Error ? error.message : String(error) };
  }
}

/** The large arrays of an answer, which move instead of being copied. */
function movable(answered: Answered): Transferable[] {
  if (!("answer" in answered) || answered.kind !== "simulate") return [];
  return answered.answer.runs.map((run) => run.points.buffer as ArrayBuffer);
}

// One question at a time, in order.
let last: Promise<void> = Promise.resolve();
self.addEventListener("message", ({ data }: MessageEvent<Asked>) => {
  last = last.then(async () => {
    const answered = await answerTo(data);
    self.postMessage(answered, { transfer: movable(answered) });
  });
});
