/** Finding the user's own line in the stack of an error or of an operation. */

/** Frames of this package and of jax-js, and of everything else that is no user's: installed packages, and ours in a checkout. */
const own = /@jax-js|@steepest\/compile|\/packages\/compile\/(src|dist)\/|\bnode:/;
const library = /\/node_modules\/|\/packages\/(steepest|lab|studio)\/(src|dist)\//;

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
  const users = frames.filter((line) => !own.test(line));
  const frame = users.find((line) => !library.test(line)) ?? users[0];
  const place = /(?:\(|at )([^()]*:\d+:\d+)\)?$/.exec(frame ?? "")?.[1]?.replace("file://", "");
  const isGradient = frames.some((line) => line.includes("evalJaxprTransposed"));
  return place && `${isGradient ? "in the gradient taken at" : "at"} ${place}`;
}
