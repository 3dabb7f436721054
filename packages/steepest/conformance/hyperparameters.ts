/** Typed access to a case's hyperparameters. */
export interface Hyperparameters {
  number(key: string, fallback?: number): number;
  pair(key: string, fallback?: readonly [number, number]): readonly [number, number];
  flag(key: string): boolean;
  /** One of the given words. */
  word<W extends string>(key: string, words: readonly W[], fallback?: NoInfer<W>): W;
}

/** Reads hyperparameters as the registry asks for them; a missing one without fallback is an error. */
export function hyperparametersOf(values: Readonly<Record<string, unknown>>): Hyperparameters {
  const complain = (key: string, expected: string) =>
    new Error(`hyperparameter '${key}' is ${JSON.stringify(values[key])}, expected ${expected}`);
  return {
    number(key, fallback) {
      const value = values[key] ?? fallback;
      if (typeof value !== "number") throw complain(key, "a number");
      return value;
    },
    pair(key, fallback) {
      const value = values[key] ?? fallback;
      const isPair = Array.isArray(value) && value.length === 2 && value.every((v) => typeof v === "number");
      if (!isPair) throw complain(key, "two numbers");
      return value as unknown as readonly [number, number];
    },
    flag(key) {
      const value = values[key] ?? false;
      if (typeof value !== "boolean") throw complain(key, "true or false");
      return value;
    },
    word(key, words, fallback) {
      const value = values[key] ?? fallback;
      if (!(words as readonly unknown[]).includes(value)) throw complain(key, words.join(" or "));
      return value as (typeof words)[number];
    },
  };
}
