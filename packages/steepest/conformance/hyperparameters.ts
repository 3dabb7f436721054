/** Typed access to a case's hyperparameters. */
export interface Hyperparameters {
  number(key: string, fallback?: number): number;
  pair(key: string, fallback?: readonly [number, number]): readonly [number, number];
  flag(key: string): boolean;
  /** One of the given words. */
  word<W extends string>(key: string, words: readonly W[], fallback?: NoInfer<W>): W;
  has(key: string): boolean;
}

/** Other names of the same thing, in the order in which they are looked for. */
const aliases: Readonly<Record<string, readonly string[]>> = {
  lr: ["learning_rate", "learningRate"],
  weight_decay: ["weightDecay", "wd"],
  b1: ["beta1"],
  b2: ["beta2"],
  b3: ["beta3"],
  batch_size: ["bs"],
  every: ["k", "precondition_frequency", "update_freq"],
  use_bias_correction: ["bias_correction"],
  warmup: ["warmup_steps"],
  power: ["weight_lr_power"],
  ns_steps: ["steps"],
};

/** What changes how torch computes a step, or nothing when it has this value. */
const harmless: Readonly<Record<string, readonly unknown[]>> = {
  foreach: [true, false, null],
  capturable: [true, false, null],
  differentiable: [true, false, null],
  fused: [true, false, null],
  maximize: [false, null],
};

/**
 * Reads hyperparameters as the registry asks for them; a missing one without fallback is an error. `finish` complains about
 * those that nobody asked for, since a rule that ignores a number is another rule.
 */
export function hyperparametersOf(
  values: Readonly<Record<string, unknown>>,
): Hyperparameters & { finish(): void } {
  const asked = new Set<string>();
  const complain = (key: string, expected: string) =>
    new Error(`hyperparameter '${key}' is ${JSON.stringify(values[key])}, expected ${expected}`);
  /** The name under which a value is given. */
  const given = (key: string): string => {
    for (const name of [key, ...(aliases[key] ?? [])]) {
      asked.add(name);
      if (values[name] !== undefined && values[name] !== null) return name;
    }
    return key;
  };
  return {
    number(key, fallback) {
      const name = given(key);
      const value = values[name] ?? fallback;
      if (typeof value !== "number") throw complain(name, "a number");
      return value;
    },
    pair(key, fallback) {
      const name = given(key);
      const value = values[name] ?? fallback;
      const isPair = Array.isArray(value) && value.length === 2 && value.every((v) => typeof v === "number");
      if (!isPair) throw complain(name, "two numbers");
      return value as unknown as readonly [number, number];
    },
    flag(key) {
      const name = given(key);
      const value = values[name] ?? false;
      if (typeof value !== "boolean") throw complain(name, "true or false");
      return value;
    },
    word(key, words, fallback) {
      const name = given(key);
      const value = values[name] ?? fallback;
      if (!(words as readonly unknown[]).includes(value)) throw complain(name, words.join(" or "));
      return value as (typeof words)[number];
    },
    has: (key) => values[given(key)] !== undefined && values[given(key)] !== null,
    finish() {
      for (const [key, value] of Object.entries(values)) {
        if (asked.has(key) || (Object.hasOwn(harmless, key) && harmless[key]?.includes(value))) continue;
        const known = [...asked].filter((name) => !Object.values(aliases).flat().includes(name));
        throw new Error(
          `hyperparameter '${key}' = ${JSON.stringify(value)} is not supported here; known: ${known.join(", ")}`,
        );
      }
    },
  };
}
