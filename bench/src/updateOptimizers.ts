import {
  adafactor,
  adaptiveClip,
  chain,
  type GradientTransformation,
  mars,
  normalizedSgd,
  rmsprop,
  sgd,
  signSgd,
} from "steepest";
import { registry } from "steepest/registry";

/**
 * The optimizers of bench:update: those of the library that need nothing but gradients and
 * whose update is elementwise, up to norms and sums of arrays, rows and columns.
 */

const learningRate = 1e-3;

/** With norms or sums over all parameters. */
const withSums = new Set(["dadaptAdam", "lamb", "mars", "normalizedSgd", "prodigy"]);
/** Momentum under other names. */
const known = new Set(["heavyBall", "nesterov"]);

const registered = [...registry.values()]
  .filter(({ name, elementwise, needs }) => (elementwise || withSums.has(name)) && needs.length === 0)
  .filter(({ name }) => !known.has(name))
  .map(({ name, create }): [string, () => GradientTransformation] => [name, () => create({ learningRate })]);

/** At the functions' own defaults. Where bench/peers/update.py has the same rule, it goes by the same name. */
export const optimizers: Readonly<Record<string, () => GradientTransformation>> = {
  ...Object.fromEntries(registered),
  "sgd-momentum": () => sgd({ learningRate, momentum: 0.9 }),
  "sgd-nesterov": () => sgd({ learningRate, momentum: 0.9, nesterov: true, weightDecay: 1e-4 }),
  signSgd: () => signSgd({ learningRate, momentum: 0.9 }),
  normalizedSgd: () => normalizedSgd({ learningRate, momentum: 0.9 }),
  "rmsprop-centered": () => rmsprop({ learningRate, centered: true, momentum: 0.9 }),
  "mars-lion": () => mars({ learningRate, base: "lion" }),
  adafactor: () => adafactor({ learningRate, minFactored: 64 }),
  "adaptive-clip": () => chain(adaptiveClip(), sgd({ learningRate, momentum: 0.9 })),
};

/** Those of --quick. */
export const few = ["sgd", "sgd-momentum", "rmsprop", "adam", "adamw", "lion", "ademamix", "lamb", "prodigy"];
