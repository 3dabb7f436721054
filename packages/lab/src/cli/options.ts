import { InvalidArgumentError } from "commander";
import type { Budget } from "../race/plan.ts";

/** Parsers of option values: each throws commander's InvalidArgumentError, which names the option. */

/** A whole number of at least `least`. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
    }
    return value;
  };

/** The values of an option that may be given again and again. */
export const collect = (text: string, before: readonly string[]): string[] => [...before, text];

/** "200": that many steps. "0.5x": half of every task's own budget. */
export function budget(text: string): Budget {
  const match = /^(\d+|\d*\.?\d+x)$/.exec(text);
  const value = Number.parseFloat(text);
  if (match === null || !(value > 0) || value > 1e9) {
    throw new InvalidArgumentError(
      "Expected steps such as 200, or a multiple of each task's budget such as 0.5x.",
    );
  }
  return text.endsWith("x") ? { scale: value } : { steps: value };
}

/** "a,b,c" as distinct names. */
export function names(text: string): string[] {
  const list = text.split(",").map((name) => name.trim());
  if (list.some((name) => name === "")) throw new InvalidArgumentError("Expected names separated by commas.");
  return [...new Set(list)];
}
