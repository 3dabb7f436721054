import { Tensor } from "@steepest/compile";
import { type RandomStream, randomStream } from "../random.ts";

/** The random stream of a model's initial values. */
export const initStream = (seed: number): RandomStream => randomStream(seed, "init");

/** Independent normal values with mean 0 and the given standard deviation, float32. */
export function normal(shape: readonly number[], deviation: number, random: RandomStream): Tensor {
  const count = shape.reduce((a, b) => a * b, 1);
  return new Tensor(
    "float32",
    shape,
    Float32Array.from({ length: count }, () => deviation * random.normal()),
  );
}

/** Every element the same, float32. */
export function constant(shape: readonly number[], value: number): Tensor {
  const count = shape.reduce((a, b) => a * b, 1);
  return new Tensor("float32", shape, new Float32Array(count).fill(value));
}

/** Standard deviation that keeps the variance through ReLU: sqrt(2 / inputs) (He et al., 2015). */
export const heDeviation = (inputs: number): number => Math.sqrt(2 / inputs);

/** Standard deviation that keeps the variance through a linear map: sqrt(1 / inputs) (LeCun et al., 1998). */
export const lecunDeviation = (inputs: number): number => Math.sqrt(1 / inputs);
