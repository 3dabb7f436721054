import {
  adadelta,
  adafactor,
  adagrad,
  adam,
  adamax,
  adamw,
  ademamix,
  amsgrad,
  dadaptAdam,
  type GradientTransformation,
  lamb,
  lbfgs,
  lion,
  lookahead,
  mars,
  muon,
  nadam,
  nagGs,
  normalizedSgd,
  prodigy,
  type RoleTree,
  radam,
  rmsprop,
  rprop,
  scheduleFreeAdamW,
  scion,
  sgd,
  shampoo,
  signSgd,
  soap,
  sophia,
} from "steepest";

/** How the common suite runs an optimizer. */
export interface Registered {
  readonly name: string;
  /** The optimizer at a given learning rate; roles where it needs them. */
  readonly make: (learningRate: number, roles?: RoleTree) => GradientTransformation;
  /** A learning rate that suits the suite's problems. */
  readonly learningRate: number;
}

const withRoles = (roles: RoleTree | undefined) => (roles === undefined ? {} : { roles });

/** Every optimizer of the library. The suite of suite.test.ts runs over this list. */
export const registry: readonly Registered[] = [
  { name: "sgd", learningRate: 1e-3, make: (learningRate) => sgd({ learningRate }) },
  {
    name: "sgd, Nesterov and decay",
    learningRate: 1e-4,
    make: (learningRate) => sgd({ learningRate, momentum: 0.9, nesterov: true, weightDecay: 1e-6 }),
  },
  {
    name: "sgd, dampening",
    learningRate: 1e-3,
    make: (learningRate) => sgd({ learningRate, momentum: 0.9, dampening: 0.5 }),
  },
  { name: "adagrad", learningRate: 1, make: (learningRate) => adagrad({ learningRate, lrDecay: 1e-6 }) },
  { name: "rmsprop", learningRate: 5e-3, make: (learningRate) => rmsprop({ learningRate }) },
  {
    name: "rmsprop, centered and momentum",
    learningRate: 1e-3,
    make: (learningRate) => rmsprop({ learningRate, centered: true, momentum: 0.9, epsInRoot: true }),
  },
  { name: "adadelta", learningRate: 1, make: (learningRate) => adadelta({ learningRate }) },
  { name: "adam", learningRate: 1e-2, make: (learningRate) => adam({ learningRate }) },
  { name: "amsgrad", learningRate: 1e-2, make: (learningRate) => amsgrad({ learningRate }) },
  {
    name: "amsgrad, optax",
    learningRate: 1e-2,
    make: (learningRate) => amsgrad({ learningRate, variant: "optax" }),
  },
  { name: "adamw", learningRate: 1e-2, make: (learningRate) => adamw({ learningRate, weightDecay: 1e-4 }) },
  { name: "adamax", learningRate: 1e-2, make: (learningRate) => adamax({ learningRate }) },
  { name: "nadam", learningRate: 1e-2, make: (learningRate) => nadam({ learningRate }) },
  { name: "radam", learningRate: 5e-3, make: (learningRate) => radam({ learningRate }) },
  { name: "rprop", learningRate: 1e-2, make: (learningRate) => rprop({ learningRate }) },
  { name: "lion", learningRate: 3e-3, make: (learningRate) => lion({ learningRate }) },
  { name: "lamb", learningRate: 1e-3, make: (learningRate) => lamb({ learningRate }) },
  {
    name: "ademamix",
    learningRate: 1e-2,
    make: (learningRate) => ademamix({ learningRate, b3: 0.99, warmup: 5, weightDecay: 1e-6 }),
  },
  { name: "mars", learningRate: 1e-2, make: (learningRate) => mars({ learningRate }) },
  { name: "mars, lion", learningRate: 3e-3, make: (learningRate) => mars({ learningRate, base: "lion" }) },
  {
    name: "sophia",
    learningRate: 3e-3,
    make: (learningRate) => sophia({ learningRate, weightDecay: 0, every: 2 }),
  },
  { name: "prodigy", learningRate: 1, make: (learningRate) => prodigy({ learningRate }) },
  { name: "dadaptAdam", learningRate: 1, make: (learningRate) => dadaptAdam({ learningRate }) },
  {
    name: "scheduleFreeAdamW",
    learningRate: 1e-2,
    make: (learningRate) => scheduleFreeAdamW({ learningRate }),
  },
  { name: "nagGs", learningRate: 5e-3, make: (learningRate) => nagGs({ alpha: learningRate, mu: 1e-3 }) },
  { name: "signSgd", learningRate: 3e-3, make: (learningRate) => signSgd({ learningRate, momentum: 0.9 }) },
  {
    name: "normalizedSgd",
    learningRate: 3e-3,
    make: (learningRate) => normalizedSgd({ learningRate, momentum: 0.9 }),
  },
  { name: "shampoo", learningRate: 0.5, make: (learningRate) => shampoo({ learningRate, blockSize: 3 }) },
  {
    name: "shampoo, grafted",
    learningRate: 0.5,
    make: (learningRate) => shampoo({ learningRate, beta: 0.9, every: 3, graft: "adagrad", eps: 1e-6 }),
  },
  {
    name: "soap",
    learningRate: 1e-2,
    make: (learningRate) => soap({ learningRate, weightDecay: 0, every: 2 }),
  },
  {
    name: "adafactor",
    learningRate: 1e-2,
    make: (learningRate) => adafactor({ learningRate, minFactored: 2 }),
  },
  { name: "lbfgs", learningRate: 0.5, make: (learningRate) => lbfgs({ learningRate, historySize: 3 }) },
  {
    name: "lookahead",
    learningRate: 1e-2,
    make: (learningRate) => lookahead(adam({ learningRate }), { every: 3 }),
  },
  {
    name: "muon",
    learningRate: 1e-2,
    make: (learningRate, roles) => muon({ learningRate, adamw: { learningRate }, ...withRoles(roles) }),
  },
  {
    name: "scion",
    learningRate: 1e-3,
    make: (learningRate, roles) =>
      scion({ learningRate, unconstrained: true, radius: 1, headRadius: 1, ...withRoles(roles) }),
  },
];
