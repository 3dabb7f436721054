/** Finding the user's own line in the stack of an error or of an operation. */

/** The directory of this package's code, and the one that holds it and its siblings: `packages/`, in a checkout. */
const own = new URL(".", import.meta.url).pathname;
const siblings = new URL(/* @vite-ignore */ "../../", import.meta.url).pathname;

const isLibrary = (frame: string): boolean =>
  frame.includes("/node_modules/") ||
  ["steepest", "lab", "studio"].some((name) => /\/(src|dist)\//.test(frame.split(siblings + name)[1] ?? ""));

/** jax-js and the libraries may put this many frames above the user's. */
const FRAMES = 100;

/** Runs `f`; the stacks of errors made meanwhile are long enough to reach the user's code. */
export function withDeepStacks<T>(f: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  try {
    return f();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/**
 * "at file:line:column" of the innermost frame outside jax-js and this package; a frame outside all libraries comes
 * first. An operation of reverse mode has the line that takes the gradient. Undefined when no frame is the user's.
 */
export function sourceLine(stack: string): string | undefined {
  const frames = stack.split("\n").filter((line) => /^\s*at .*:\d+:\d+\)?$/.test(line));
  const users = frames.filter((line) => !/@jax-js|\bnode:/.test(line) && !line.includes(own));
  const frame = users.find((line) => !isLibrary(line)) ?? users[0];
  const place = /(?:\(|at )([^()]*:\d+:\d+)\)?$/.exec(frame ?? "")?.[1]?.replace("file://", "");
  const isGradient = frames.some((line) => line.includes("evalJaxprTransposed"));
  return place && `${isGradient ? "in the gradient taken at" : "at"} ${place}`;
}
