import { adadelta } from "../optimizers/adadelta.ts";
import { adafactor } from "../optimizers/adafactor.ts";
import { adagrad } from "../optimizers/adagrad.ts";
import { adam } from "../optimizers/adam.ts";
import { adamax } from "../optimizers/adamax.ts";
import { adamw } from "../optimizers/adamw.ts";
import { ademamix } from "../optimizers/ademamix.ts";
import { amsgrad } from "../optimizers/amsgrad.ts";
import { dadaptAdam } from "../optimizers/dadaptAdam.ts";
import { lamb } from "../optimizers/lamb.ts";
import { lion } from "../optimizers/lion.ts";
import { mars } from "../optimizers/mars.ts";
import { nadam } from "../optimizers/nadam.ts";
import { prodigy } from "../optimizers/prodigy.ts";
import { radam } from "../optimizers/radam.ts";
import { rmsprop } from "../optimizers/rmsprop.ts";
import { rprop } from "../optimizers/rprop.ts";
import {
  type ScheduleFreeState,
  scheduleFreeAdamW,
  scheduleFreeAverage,
} from "../optimizers/scheduleFree.ts";
import { sophia } from "../optimizers/sophia.ts";
import { lookahead } from "../wrappers/lookahead.ts";
import {
  decay,
  entry,
  linear,
  moments,
  momentum,
  positive,
  type RegisteredOptimizer,
  size,
  weightDecay,
} from "./entry.ts";

const adamRate = positive(0.005, 1e-5, 0.3);

/** Optimizers with a step per coordinate. */
export const adaptive: readonly RegisteredOptimizer[] = [
  entry({
    name: "adagrad",
    label: "Adagrad",
    description: "Steps that shrink with the squares a coordinate has seen.",
    hyperparameters: { learningRate: positive(0.05, 1e-4, 1) },
    create: (h) => adagrad(h),
    elementwise: true,
    memory: 1,
  }),
  entry({
    name: "rmsprop",
    label: "RMSprop",
    description: "Gradients divided by a moving root mean square.",
    hyperparameters: {
      learningRate: positive(0.002, 1e-6, 0.1),
      decay: decay(0.99, 0.9, 0.9999),
      momentum: decay(0, 0, 0.99),
    },
    create: (h) => rmsprop(h),
    elementwise: true,
    memory: 2,
  }),
  entry({
    name: "adadelta",
    label: "Adadelta",
    description: "The typical past step over the typical past gradient; hardly a rate to tune.",
    hyperparameters: { learningRate: positive(1, 0.01, 100), rho: decay(0.9, 0.5, 0.999) },
    create: (h) => adadelta(h),
    elementwise: true,
    memory: 2,
  }),
  entry({
    name: "rprop",
    label: "Rprop",
    description: "Only signs of gradients count; made for full batches.",
    hyperparameters: { learningRate: positive(1e-3, 1e-6, 0.1) },
    create: (h) => rprop(h),
    elementwise: true,
    fullBatch: true,
    memory: 2,
  }),
  entry({
    name: "adam",
    label: "Adam",
    description: "A step per coordinate from moving averages of the gradient and of its square.",
    hyperparameters: { learningRate: adamRate, ...moments },
    create: (h) => adam(h),
    elementwise: true,
    memory: 2,
  }),
  entry({
    name: "adamw",
    label: "AdamW",
    description: "Adam with decoupled weight decay.",
    hyperparameters: { learningRate: adamRate, ...moments, weightDecay },
    create: (h) => adamw(h),
    elementwise: true,
    memory: 2,
  }),
  entry({
    name: "amsgrad",
    label: "AMSGrad",
    description: "Adam whose second moment never falls.",
    hyperparameters: { learningRate: adamRate, ...moments },
    create: (h) => amsgrad(h),
    elementwise: true,
    memory: 3,
  }),
  entry({
    name: "adamax",
    label: "AdaMax",
    description: "Adam with a decaying maximum in place of the second moment.",
    hyperparameters: { learningRate: adamRate, ...moments },
    create: (h) => adamax(h),
    elementwise: true,
    memory: 2,
  }),
  entry({
    name: "nadam",
    label: "NAdam",
    description: "Adam with Nesterov's look-ahead and a momentum that warms up.",
    hyperparameters: { learningRate: adamRate, ...moments },
    create: (h) => nadam(h),
    elementwise: true,
    memory: 2,
  }),
  entry({
    name: "radam",
    label: "RAdam",
    description: "Adam that adapts only once its second moment can be trusted.",
    hyperparameters: { learningRate: adamRate, ...moments },
    create: (h) => radam(h),
    elementwise: true,
    memory: 2,
  }),
  entry({
    name: "lion",
    label: "Lion",
    description: "The sign of an interpolation between momentum and gradient.",
    hyperparameters: {
      learningRate: positive(5e-4, 1e-6, 0.03),
      b1: momentum,
      b2: decay(0.99, 0.9, 0.9999),
      weightDecay: positive(0.1, 1e-3, 10),
    },
    create: (h) => lion(h),
    elementwise: true,
    memory: 1,
  }),
  entry({
    name: "ademamix",
    label: "AdEMAMix",
    description: "AdamW with a second, much slower average of the gradient.",
    hyperparameters: {
      learningRate: adamRate,
      ...moments,
      b3: decay(0.999, 0.99, 0.99999),
      alpha: positive(2, 0.5, 10),
      weightDecay,
    },
    create: (h) => ademamix(h),
    elementwise: true,
    memory: 3,
  }),
  entry({
    name: "mars",
    label: "MARS",
    description: "AdamW on gradients whose variance is reduced by their successive differences.",
    hyperparameters: {
      learningRate: adamRate,
      b1: decay(0.95, 0, 0.99),
      b2: decay(0.99, 0.9, 0.9999),
      gamma: positive(0.025, 1e-3, 1),
      weightDecay,
    },
    create: (h) => mars(h),
    memory: 3,
  }),
  entry({
    name: "sophia",
    label: "Sophia",
    description:
      "Momentum over a diagonal curvature estimate, clipped; every tenth gradient is squared for it.",
    hyperparameters: {
      learningRate: positive(1e-3, 1e-6, 0.1),
      b1: decay(0.965, 0, 0.99),
      b2: decay(0.99, 0.9, 0.9999),
      rho: positive(0.04, 1e-3, 10),
      weightDecay,
    },
    create: (h) => sophia(h),
    elementwise: true,
    memory: 2,
  }),
  entry({
    name: "lamb",
    label: "LAMB",
    description: "AdamW whose step on every array is proportional to the norm of the array.",
    hyperparameters: { learningRate: positive(0.01, 1e-5, 0.3), ...moments, weightDecay },
    create: (h) => lamb(h),
    memory: 2,
  }),
  entry({
    name: "adafactor",
    label: "Adafactor",
    description: "Adam's second moment as the outer product of row and column means; no momentum.",
    hyperparameters: { learningRate: positive(0.03, 1e-4, 1) },
    create: (h) => adafactor(h),
    memory(shape) {
      const [second, first] = [...shape].sort((a, b) => a - b).slice(-2) as [number, number];
      const factored = shape.length >= 2 && second >= 128;
      return factored ? size(shape) / first + size(shape) / second : size(shape);
    },
  }),
  entry({
    name: "prodigy",
    label: "Prodigy",
    description: "Adam that estimates its own learning rate; learningRate is a factor on it.",
    hyperparameters: { learningRate: positive(1, 0.1, 10), ...moments, weightDecay },
    create: (h) => prodigy(h),
    memory: 4,
  }),
  entry({
    name: "dadaptAdam",
    label: "D-Adapt Adam",
    description: "Adam with a learning rate from D-Adaptation; learningRate is a factor on it.",
    hyperparameters: { learningRate: positive(1, 0.1, 10), ...moments, weightDecay },
    create: (h) => dadaptAdam(h),
    memory: 3,
  }),
  entry({
    name: "scheduleFreeAdamW",
    label: "Schedule-Free AdamW",
    description: "AdamW that averages iterates instead of shrinking steps; it runs without a schedule.",
    hyperparameters: {
      learningRate: positive(0.01, 1e-4, 1),
      beta: momentum,
      b2: moments.b2,
      weightDecay,
    },
    create: (h) => scheduleFreeAdamW(h),
    elementwise: true,
    scheduled: false,
    evaluated: (params, state, { beta = 0.9 }) =>
      scheduleFreeAverage(params, state as ScheduleFreeState, beta),
    memory: 2,
  }),
  entry({
    name: "lookahead",
    label: "Lookahead AdamW",
    description: "Five steps of AdamW forward, half of them back.",
    hyperparameters: { learningRate: adamRate, ...moments, weightDecay, slowStep: linear(0.5, 0.1, 1) },
    create: ({ slowStep, ...h }) => lookahead(adamw(h), { slowStep }),
    elementwise: true,
    memory: 3,
  }),
];
