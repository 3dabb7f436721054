/** A value that effects depend on by reading it. */
export interface Signal<T> {
  value: T;
  /** Reads without depending. */
  peek(): T;
}

interface Effect {
  run(): void;
  readonly sources: Set<Set<Effect>>;
  /** What to do before the next run and at the end: stop the effects made inside, and what `onCleanup` was given. */
  readonly cleanups: (() => void)[];
}

let reader: Effect | undefined;
let owner: Effect | undefined;
let pending: Set<Effect> | undefined;

/** A signal holding `initial`. Writing an identical value changes nothing. */
export function signal<T>(initial: T): Signal<T> {
  let current = initial;
  const readers = new Set<Effect>();
  return {
    get value() {
      if (reader) {
        readers.add(reader);
        reader.sources.add(readers);
      }
      return current;
    },
    set value(next: T) {
      if (Object.is(current, next)) return;
      current = next;
      batch(() => {
        for (const effect of readers) pending?.add(effect);
      });
    },
    peek: () => current,
  };
}

/** Runs effects once after all writes of `action`. */
export function batch(action: () => void): void {
  if (pending) {
    action();
    return;
  }
  const queue = new Set<Effect>();
  pending = queue;
  try {
    action();
    // Effects that write signals add further effects to the same queue.
    for (const effect of queue) {
      queue.delete(effect);
      effect.run();
    }
  } finally {
    pending = undefined;
  }
}

/**
 * Runs `body` now and whenever a signal that it read last time changes. Effects made inside it stop before it runs again.
 * Returns a function that stops it.
 */
export function effect(body: () => void): () => void {
  const reset = () => {
    for (const readers of self.sources) readers.delete(self);
    self.sources.clear();
    for (const cleanup of self.cleanups.splice(0)) cleanup();
    pending?.delete(self);
  };
  const self: Effect = {
    sources: new Set(),
    cleanups: [],
    run() {
      reset();
      within(self, self, body);
    },
  };
  owner?.cleanups.push(reset);
  self.run();
  return reset;
}

/** Runs `body` without depending on what it reads. Effects made inside still belong to the surrounding one. */
export const untracked = <T>(body: () => T): T => within(undefined, owner, body);

/** Does something when the surrounding effect runs again or stops. */
export function onCleanup(action: () => void): void {
  owner?.cleanups.push(action);
}

function within<T>(newReader: Effect | undefined, newOwner: Effect | undefined, body: () => T): T {
  const [outerReader, outerOwner] = [reader, owner];
  [reader, owner] = [newReader, newOwner];
  try {
    return body();
  } finally {
    [reader, owner] = [outerReader, outerOwner];
  }
}

/** A signal computed from others. */
export function computed<T>(compute: () => T): { readonly value: T; peek(): T } {
  const result = signal<T>(undefined as T);
  effect(() => {
    result.value = compute();
  });
  return result;
}
