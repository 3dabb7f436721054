/** Arguments of a bound by name; every one must be a finite number, 0 or more. */
export function nonnegative(bound: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!(value >= 0 && value < Infinity))
      throw new RangeError(`${bound}: ${name} is ${value}; expected a number >= 0`);
  }
}

/** Arguments of a bound that it divides by. */
export function positive(bound: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!(value > 0 && value < Infinity))
      throw new RangeError(`${bound}: ${name} is ${value}; expected a number > 0`);
  }
}
