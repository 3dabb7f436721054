import {
  adafactor,
  adagrad,
  ademamix,
  amsgrad,
  type GradientTransformation,
  lbfgs,
  mars,
  muon,
  type RoleTree,
  rmsprop,
  scion,
  sgd,
  shampoo,
  soap,
  sophia,
} from "steepest";
import { registry as library, startingValues } from "steepest/registry";

/** How the common suite runs an optimizer. */
export interface Registered {
  readonly name: string;
  /** The optimizer at a given learning rate; roles where it needs them. */
  readonly make: (learningRate: number, roles?: RoleTree) => GradientTransformation;
  /** A learning rate that suits the suite's problems. */
  readonly learningRate: number;
}

/** Learning rates for the suite's problems, where they are not those of the library's registry. */
const rates: Readonly<Record<string, number>> = {
  sgd: 1e-3,
  nesterov: 1e-4,
  heavyBall: 1e-3,
  adagrad: 1,
  rmsprop: 5e-3,
  lion: 3e-3,
  signSgd: 3e-3,
  normalizedSgd: 3e-3,
  scheduleFreeAdamW: 1e-2,
  nagGs: 5e-3,
  lbfgs: 0.5,
  adafactor: 1e-2,
  lamb: 1e-3,
  scion: 1e-5,
  sophia: 3e-3,
  shampoo: 0.1,
};

/** Other forms of some of them, chosen so that small arrays take every path: blocks, factors, warmups, several refreshes. */
const forms: readonly Registered[] = [
  {
    name: "sgd, dampening and decay",
    learningRate: 1e-3,
    make: (learningRate) => sgd({ learningRate, momentum: 0.9, dampening: 0.5, weightDecay: 1e-6 }),
  },
  {
    name: "adagrad, optax",
    learningRate: 1,
    make: (learningRate) =>
      adagrad({ learningRate, lrDecay: 1e-6, eps: 1e-7, epsInRoot: true, initialAccumulator: 0.1 }),
  },
  {
    name: "rmsprop, centered and momentum",
    learningRate: 1e-3,
    make: (learningRate) => rmsprop({ learningRate, centered: true, momentum: 0.9, epsInRoot: true }),
  },
  {
    name: "amsgrad, optax",
    learningRate: 1e-2,
    make: (learningRate) => amsgrad({ learningRate, variant: "optax" }),
  },
  {
    name: "ademamix, warmup",
    learningRate: 1e-2,
    make: (learningRate) => ademamix({ learningRate, b3: 0.99, warmup: 5, weightDecay: 1e-6 }),
  },
  { name: "mars, lion", learningRate: 3e-3, make: (learningRate) => mars({ learningRate, base: "lion" }) },
  {
    name: "sophia, every other step",
    learningRate: 3e-3,
    make: (learningRate) => sophia({ learningRate, weightDecay: 0, every: 2 }),
  },
  {
    name: "shampoo, blocks",
    learningRate: 0.5,
    make: (learningRate) => shampoo({ learningRate, blockSize: 3 }),
  },
  {
    name: "shampoo, grafted",
    learningRate: 0.5,
    make: (learningRate) => shampoo({ learningRate, beta: 0.9, every: 3, graft: "adagrad", eps: 1e-6 }),
  },
  {
    name: "soap, every other step",
    learningRate: 1e-2,
    make: (learningRate) => soap({ learningRate, weightDecay: 0, every: 2 }),
  },
  {
    name: "adafactor, factored",
    learningRate: 1e-2,
    make: (learningRate) => adafactor({ learningRate, minFactored: 2, momentum: 0.5 }),
  },
  {
    name: "lbfgs, short memory",
    learningRate: 0.5,
    make: (learningRate) => lbfgs({ learningRate, historySize: 3 }),
  },
  {
    name: "muon, optax and adaptive",
    learningRate: 1e-2,
    make: (learningRate, roles) =>
      muon({
        learningRate,
        variant: "optax",
        adaptive: true,
        adamw: { learningRate },
        ...(roles && { roles }),
      }),
  },
  {
    name: "scion, unconstrained",
    learningRate: 1e-3,
    make: (learningRate, roles) =>
      scion({ learningRate, unconstrained: true, radius: 1, headRadius: 1, ...(roles && { roles }) }),
  },
];

/** Every optimizer of the library that needs no more than gradients, and some other forms of them. */
export const registry: readonly Registered[] = [
  ...[...library.values()]
    .filter(({ needs }) => needs.length === 0)
    .map((optimizer) => ({
      name: optimizer.name,
      learningRate: rates[optimizer.name] ?? startingValues(optimizer).learningRate ?? Number.NaN,
      make: (learningRate: number, roles?: RoleTree) =>
        optimizer.create(
          { ...startingValues(optimizer), learningRate },
          roles === undefined ? {} : { roles },
        ),
    })),
  ...forms,
];
