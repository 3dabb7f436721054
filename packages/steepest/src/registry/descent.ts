import { lbfgs } from "../optimizers/lbfgs.ts";
import { nagGs } from "../optimizers/nagGs.ts";
import { normalizedSgd } from "../optimizers/normalizedSgd.ts";
import { heavyBall, polyak } from "../optimizers/polyak.ts";
import { sgd } from "../optimizers/sgd.ts";
import { signSgd } from "../optimizers/signSgd.ts";
import { sag, saga, sarah, svrg } from "../optimizers/varianceReduced.ts";
import { entry, momentum, positive, type RegisteredOptimizer, weightDecay } from "./entry.ts";

const historySize = 10;

/** Gradient descent and its relatives. */
export const descent: readonly RegisteredOptimizer[] = [
  entry({
    name: "sgd",
    label: "SGD",
    description: "Stochastic gradient descent with momentum 0.9.",
    hyperparameters: { learningRate: positive(0.1, 1e-4, 10), momentum },
    create: (h) => sgd(h),
    elementwise: true,
    memory: 1,
  }),
  entry({
    name: "nesterov",
    label: "Nesterov",
    factory: "sgd",
    description: "Stochastic gradient descent with Nesterov's look-ahead.",
    hyperparameters: { learningRate: positive(0.1, 1e-4, 10), momentum },
    create: (h) => sgd({ ...h, nesterov: true }),
    elementwise: true,
    memory: 1,
  }),
  entry({
    name: "heavyBall",
    label: "Heavy ball",
    description: "Gradient descent with Polyak's momentum: sgd under its older name.",
    hyperparameters: { learningRate: positive(0.1, 1e-4, 10), momentum },
    create: (h) => heavyBall(h),
    elementwise: true,
    memory: 1,
  }),
  entry({
    name: "signSgd",
    label: "signSGD",
    description: "The sign of the momentum (Signum): steepest descent under the maximum norm.",
    hyperparameters: { learningRate: positive(3e-4, 1e-6, 0.1), momentum, weightDecay },
    create: (h) => signSgd(h),
    elementwise: true,
    memory: 1,
  }),
  entry({
    name: "normalizedSgd",
    label: "Normalised SGD",
    description: "Steps of fixed length along the momentum of all parameters together.",
    hyperparameters: { learningRate: positive(0.1, 1e-4, 10), momentum },
    create: (h) => normalizedSgd(h),
    memory: 1,
  }),
  entry({
    name: "nagGs",
    label: "NAG-GS",
    description: "The accelerated gradient flow, discretised semi-implicitly; learningRate is its alpha.",
    hyperparameters: {
      learningRate: positive(0.05, 1e-3, 1),
      mu: positive(1, 0.01, 10),
      gamma: positive(1.5, 0.01, 10),
    },
    create: ({ learningRate, mu, gamma }) => nagGs({ alpha: learningRate, mu, gamma }),
    elementwise: true,
    memory: 1,
  }),
  entry({
    name: "polyak",
    label: "Polyak's step",
    description: "Gradient descent with the step that the loss itself proposes, at most learningRate.",
    hyperparameters: { learningRate: positive(1, 1e-3, 100) },
    create: ({ learningRate }) => polyak({ maxLearningRate: learningRate }),
    needs: ["value"],
    memory: 0,
  }),
  entry({
    name: "lbfgs",
    label: "L-BFGS",
    description: "Quasi-Newton steps from the last ten gradient differences; made for full batches.",
    hyperparameters: { learningRate: positive(0.1, 1e-3, 1) },
    create: (h) => lbfgs({ ...h, historySize }),
    fullBatch: true,
    memory: 2 * historySize + 2,
  }),
  ...[
    { name: "sag", make: sag, description: "The mean of the last gradient seen of every example." },
    { name: "saga", make: saga, description: "SAG without its bias." },
  ].map(({ name, make, description }) =>
    entry({
      name,
      label: name.toUpperCase(),
      description,
      hyperparameters: { learningRate: positive(0.05, 1e-4, 1) },
      create: (h, { examples = 1 }) => make({ ...h, examples }),
      needs: ["index"],
      scheduled: false,
      // The table of one example, with the default context, and the mean.
      memory: 2,
    }),
  ),
  entry({
    name: "svrg",
    label: "SVRG",
    description: "Gradients corrected by an anchor at which the full gradient is known.",
    hyperparameters: { learningRate: positive(0.05, 1e-4, 1) },
    create: (h) => svrg(h),
    elementwise: true,
    needs: ["reference", "anchor"],
    scheduled: false,
    memory: 0,
  }),
  entry({
    name: "sarah",
    label: "SARAH",
    description: "A gradient estimate that is updated recursively between full gradients.",
    hyperparameters: { learningRate: positive(0.05, 1e-4, 1) },
    create: (h) => sarah(h),
    elementwise: true,
    needs: ["reference"],
    scheduled: false,
    memory: 1,
  }),
];
