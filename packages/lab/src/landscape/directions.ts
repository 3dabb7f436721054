import { eigen, inner, squaredDistance } from "../problems/symmetric.ts";
import type { RandomStream } from "../random.ts";
import { difference, type Layout, scaled } from "./vectors.ts";

const norm = (x: ArrayLike<number>): number => Math.sqrt(squaredDistance(x));

/** A normal direction as long as the parameters. */
export function randomDirection(center: Float32Array, random: RandomStream): Float64Array {
  const direction = Float64Array.from(center, () => random.normal());
  return scaled(direction, norm(center) / norm(direction));
}

/**
 * A normal direction in which every filter (a row of a matrix, an output channel of a kernel) is as long as the network's,
 * and biases and gains do not move (Li et al., 2018, "Visualizing the loss landscape of neural nets"). A ReLU network
 * whose layers are rescaled without changing its function has the same picture.
 *
 * @throws RangeError when nothing would move
 */
export function filterDirection(
  center: Float32Array,
  { leaves }: Layout,
  random: RandomStream,
): Float64Array {
  const direction = Float64Array.from(center, () => random.normal());
  for (const { shape, offset, size } of leaves) {
    const [rows = 1] = shape;
    const length = size / rows;
    for (let at = offset; at < offset + size; at += length) {
      const filter = direction.subarray(at, at + length);
      const own = shape.length < 2 ? 0 : norm(center.subarray(at, at + length));
      const factor = own / norm(filter);
      filter.forEach((v, i) => {
        filter[i] = factor * v;
      });
    }
  }
  if (direction.every((v) => v === 0)) {
    throw new RangeError(
      "landscape: the network has no matrix or kernel that is not zero; expected other directions",
    );
  }
  return direction;
}

/**
 * The leading principal components, of length one, of a path about a center: eigenvectors of the sum of d d^T over the
 * differences d, by way of their Gram matrix, which is small. The last network of a path is the usual center (Li et al.,
 * 2018). Fewer come back when the path spans fewer dimensions.
 */
export function principalDirections(
  path: readonly Float32Array[],
  center: Float32Array,
  count: number,
): Float64Array[] {
  const differences = path.map((point) => difference(point, center));
  const n = differences.length;
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const product = inner(differences[i] as Float64Array, differences[j] as Float64Array);
      gram[i * n + j] = product;
      gram[j * n + i] = product;
    }
  }
  const { values, vectors } = eigen(gram, n);
  const largest = values[n - 1] as number;
  const directions: Float64Array[] = [];
  for (let k = n - 1; k >= Math.max(0, n - count); k--) {
    if (!((values[k] as number) > 1e-12 * largest)) break;
    const direction = new Float64Array(center.length);
    differences.forEach((d, i) => {
      const weight = vectors[i * n + k] as number;
      for (let at = 0; at < d.length; at++)
        direction[at] = (direction[at] as number) + weight * (d[at] as number);
    });
    // Towards the beginning of the path, so that the sign does not depend on rounding.
    const sign = inner(direction, differences[0] as Float64Array) < 0 ? -1 : 1;
    directions.push(scaled(direction, sign / norm(direction)));
  }
  return directions;
}

/**
 * Two directions of length one that span the same plane as a and b, the first along a (Gram and Schmidt). Throws a RangeError
 * when they are parallel.
 */
export function orthonormalPair(a: Float64Array, b: Float64Array): [Float64Array, Float64Array] {
  const first = scaled(a, 1 / norm(a));
  const along = inner(b, first);
  const rest = b.map((v, i) => v - along * (first[i] as number));
  const size = norm(rest);
  if (!(size > 1e-9 * norm(b)))
    throw new RangeError("landscape: the three networks lie on one line; expected a plane");
  return [first, scaled(rest, 1 / size)];
}
