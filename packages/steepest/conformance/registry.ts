import { adam, adamw, type GradientTransformation, type MuonScale, muon, newtonSchulz, sgd } from "steepest";
import type { Hyperparameters } from "./hyperparameters.ts";

/** How a family of cases is run. */
export interface Entry {
  /** Cases of this family, by name. */
  readonly matches: RegExp;
  /** The optimizer, every number of it read from the case. */
  readonly optimizer: (h: Hyperparameters) => GradientTransformation;
  /** Allowed difference where it is not the default. */
  readonly tolerance?: number;
}

const torchAdam = (h: Hyperparameters) => {
  const [b1, b2] = h.pair("betas", [0.9, 0.999]);
  return { learningRate: h.number("lr", 1e-3), b1, b2, eps: h.number("eps", 1e-8) };
};

const polars = {
  newton_schulz5: newtonSchulz(),
};

const muonScales = { keller: "keller", "rms_0.2": "moonshot" } as const satisfies Record<string, MuonScale>;

/** The first entry that matches a case's name runs it. Fallbacks are the defaults of the case's source. */
export const registry: readonly Entry[] = [
  {
    matches: /^sgd/,
    optimizer: (h) =>
      sgd({
        learningRate: h.number("lr"),
        momentum: h.number("momentum", 0),
        nesterov: h.flag("nesterov"),
        dampening: h.number("dampening", 0),
        weightDecay: h.number("weight_decay", 0),
      }),
  },
  {
    matches: /^adamw/,
    optimizer: (h) => adamw({ ...torchAdam(h), weightDecay: h.number("weight_decay", 1e-2) }),
  },
  {
    matches: /^adam(_l2)?$/,
    optimizer: (h) => adam({ ...torchAdam(h), weightDecay: h.number("weight_decay", 0) }),
  },
  {
    matches: /^muon_(keller|moonshot)/,
    optimizer: (h) =>
      muon({
        learningRate: h.number("lr"),
        momentum: h.number("momentum"),
        nesterov: h.flag("nesterov"),
        weightDecay: h.number("weight_decay", 0),
        scale: muonScales[h.word("scale", ["keller", "rms_0.2"])],
        polar: polars[h.word("polar", ["newton_schulz5"])],
      }),
  },
];
