import { asFloat, numOf, type Schedule } from "../scalar.ts";

/** The same value at every step. */
export const constant =
  (value: number): Schedule =>
  (count) => {
    const t = asFloat(count);
    const result = numOf(value, t.dtype);
    t.dispose();
    return result;
  };
