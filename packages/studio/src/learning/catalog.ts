/** The networks that the page can train: only what it must know to show them. */
export const networks = ["moons-mlp", "digits-mlp", "fashion-cnn", "shakespeare-gpt"] as const;
export type NetworkName = (typeof networks)[number];

export const isNetwork = (name: string): name is NetworkName =>
  (networks as readonly string[]).includes(name);

/** Those with dropout. */
export const hasDropout = (name: NetworkName): boolean => name === "digits-mlp";
