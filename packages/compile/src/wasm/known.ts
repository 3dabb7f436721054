import type { Known, Term, View } from "./view.ts";

/** What can be said about constant arrays when compiling. */

export function knownOf(data: ArrayLike<number>): Known {
  let [least, largest, counts] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true];
  for (let i = 0; i < data.length; i++) {
    const x = data[i] as number;
    least = Math.min(least, x);
    largest = Math.max(largest, x);
    counts &&= x === i;
  }
  return { least, largest, counts };
}

/** True when an index needs no check. */
export const isInRange = ({ view: { buffer }, size }: Term): boolean =>
  buffer.known !== undefined && buffer.known.least >= 0 && buffer.known.largest < size;

/** True when every element is a number, and none is infinite. */
export const holdsFinite = ({ buffer: { known } }: View): boolean =>
  known !== undefined && Number.isFinite(known.least) && Number.isFinite(known.largest);

/** True for 0, 1, 2, ... along an axis, and along no other. */
export const countsAlong = ({ buffer, offset, strides, terms }: View, axis: number): boolean =>
  buffer.known?.counts === true &&
  offset === 0 &&
  terms.length === 0 &&
  strides.every((stride, k) => stride === (k === axis ? 1 : 0));
