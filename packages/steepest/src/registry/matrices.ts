import { muon } from "../optimizers/muon.ts";
import { scion } from "../optimizers/scion.ts";
import { shampoo } from "../optimizers/shampoo.ts";
import { soap } from "../optimizers/soap.ts";
import { decay, entry, positive, type RegisteredOptimizer, size, weightDecay } from "./entry.ts";

/** Longer axes are cut into blocks (Shampoo) or keep the identity for a basis (SOAP): eigenvectors cost their cube. */
const blockSize = 128;

/** The Gram matrices of an array's axes, and as many roots or bases. */
const gramsOf = (shape: readonly number[]) => 2 * shape.reduce((sum, n) => sum + n * n, 0);

/** Optimizers that know a matrix from a vector. */
export const matrices: readonly RegisteredOptimizer[] = [
  entry({
    name: "muon",
    label: "Muon",
    description:
      "Orthogonalised momentum for hidden matrices and kernels, AdamW at the same rate for the rest.",
    hyperparameters: {
      learningRate: positive(0.01, 1e-5, 0.3),
      momentum: decay(0.95, 0, 0.99),
      weightDecay,
    },
    // The scale of Liu et al. (2025) gives Muon's updates the size of AdamW's, so that one learning rate serves both and is
    // tuned as AdamW's is.
    create: ({ learningRate, momentum, weightDecay }, { roles }) =>
      muon({
        learningRate,
        momentum,
        weightDecay,
        scale: "moonshot",
        ...(roles !== undefined && { roles, adamw: { learningRate, weightDecay } }),
      }),
    memory: 1,
  }),
  entry({
    name: "scion",
    label: "Scion",
    description: "Stochastic conditional gradient: a norm for every role, and weights that stay in its ball.",
    hyperparameters: {
      learningRate: positive(1e-3, 1e-6, 0.03),
      momentum: positive(0.1, 0.01, 1),
    },
    create: (h, { roles }) => scion({ ...h, ...(roles === undefined ? { norm: "spectral" } : { roles }) }),
    memory: 1,
  }),
  entry({
    name: "shampoo",
    label: "Shampoo",
    description: "A preconditioner for every axis of an array, in blocks of 128; steps as long as Adagrad's.",
    hyperparameters: { learningRate: positive(0.05, 1e-4, 1), beta: decay(0.99, 0.9, 0.9999), weightDecay },
    create: (h) => shampoo({ ...h, graft: "adagrad", eps: 1e-6, blockSize }),
    memory(shape) {
      const blocks = shape.map((n) => Math.ceil(n / blockSize));
      const grams = shape.map((n, axis) => {
        const last = n % blockSize;
        const own = Math.floor(n / blockSize) * blockSize ** 2 + last ** 2;
        return (own * size(blocks)) / (blocks[axis] as number);
      });
      return size(shape) + 2 * grams.reduce((a, b) => a + b, 0);
    },
  }),
  entry({
    name: "soap",
    label: "SOAP",
    description: "Adam in the slowly turning eigenbasis of Shampoo, for axes of up to 128.",
    hyperparameters: {
      learningRate: positive(0.005, 1e-5, 0.3),
      b1: decay(0.95, 0, 0.99),
      b2: decay(0.95, 0.9, 0.9999),
      shampooBeta: decay(0.95, 0.9, 0.9999),
      weightDecay,
    },
    create: (h) => soap({ ...h, maxDimension: blockSize }),
    memory: (shape) =>
      2 * size(shape) + (shape.length < 2 ? 0 : gramsOf(shape.filter((n) => n <= blockSize))),
  }),
];
