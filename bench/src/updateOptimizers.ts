import * as steepest from "steepest";

/** The optimizers of bench:update: all whose update is elementwise, up to a few norms. */

const learningRate = 1e-3;

/** Where bench/peers/update.py has the same rule, it goes by the same name. */
export const optimizers: Readonly<Record<string, () => steepest.GradientTransformation>> = {
  sgd: () => steepest.sgd({ learningRate }),
  "sgd-momentum": () => steepest.sgd({ learningRate, momentum: 0.9 }),
  "sgd-nesterov": () => steepest.sgd({ learningRate, momentum: 0.9, nesterov: true, weightDecay: 1e-4 }),
  signsgd: () => steepest.signSgd({ learningRate, momentum: 0.9 }),
  adagrad: () => steepest.adagrad({ learningRate }),
  rmsprop: () => steepest.rmsprop({ learningRate }),
  "rmsprop-centered": () => steepest.rmsprop({ learningRate, centered: true, momentum: 0.9 }),
  adadelta: () => steepest.adadelta({ learningRate }),
  adam: () => steepest.adam({ learningRate }),
  adamw: () => steepest.adamw({ learningRate }),
  amsgrad: () => steepest.amsgrad({ learningRate }),
  adamax: () => steepest.adamax({ learningRate }),
  nadam: () => steepest.nadam({ learningRate }),
  radam: () => steepest.radam({ learningRate }),
  rprop: () => steepest.rprop({ learningRate }),
  lion: () => steepest.lion({ learningRate }),
  ademamix: () => steepest.ademamix({ learningRate }),
  mars: () => steepest.mars({ learningRate }),
  "mars-lion": () => steepest.mars({ learningRate, base: "lion" }),
  sophia: () => steepest.sophia({ learningRate }),
  schedulefree: () => steepest.scheduleFreeAdamW({ learningRate }),
  "nag-gs": () => steepest.nagGs(),
  "normalized-sgd": () => steepest.normalizedSgd({ learningRate, momentum: 0.9 }),
  lamb: () => steepest.lamb({ learningRate }),
  prodigy: () => steepest.prodigy(),
  "dadapt-adam": () => steepest.dadaptAdam(),
};

/** Those of --quick. */
export const few = ["sgd", "sgd-momentum", "rmsprop", "adam", "adamw", "lion", "ademamix", "lamb", "prodigy"];
