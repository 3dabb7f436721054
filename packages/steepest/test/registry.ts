import { adam, adamw, type GradientTransformation, muon, type RoleTree, sgd } from "steepest";

/** How the common suite runs an optimizer. */
export interface Registered {
  readonly name: string;
  /** The optimizer at a given learning rate; roles where it needs them. */
  readonly make: (learningRate: number, roles?: RoleTree) => GradientTransformation;
  /** A learning rate that suits the suite's problems. */
  readonly learningRate: number;
}

/** Every optimizer of the library. The suite of suite.test.ts runs over this list. */
export const registry: readonly Registered[] = [
  { name: "sgd", learningRate: 1e-2, make: (learningRate) => sgd({ learningRate }) },
  {
    name: "sgd with momentum",
    learningRate: 1e-3,
    make: (learningRate) =>
      sgd({ learningRate, momentum: 0.9, nesterov: true, dampening: 0, weightDecay: 1e-4 }),
  },
  {
    name: "sgd with dampening",
    learningRate: 1e-2,
    make: (learningRate) => sgd({ learningRate, momentum: 0.9, dampening: 0.5 }),
  },
  { name: "adam", learningRate: 1e-2, make: (learningRate) => adam({ learningRate }) },
  { name: "adamw", learningRate: 1e-2, make: (learningRate) => adamw({ learningRate }) },
  {
    name: "muon",
    learningRate: 1e-2,
    make: (learningRate, roles) =>
      muon({ learningRate, adamw: { learningRate }, ...(roles === undefined ? {} : { roles }) }),
  },
];
