import type { z } from "zod";

/** A score input or option that cannot be used. The message says what was wrong, where, and what would be right. */
export class ScoreError extends Error {
  override name = "ScoreError";
}

/** A place in a CSV file; `line` counts from 1, as editors do. */
export interface Place {
  file: string;
  line: number;
  column?: string;
}

/** The error `FILE:LINE, column "NAME": problem`. */
export function errorAt({ file, line, column }: Place, problem: string): ScoreError {
  return new ScoreError(`${file}:${line}${column === undefined ? "" : `, column "${column}"`}: ${problem}`);
}

/** A cell's text as it can be shown in a message: quoted, one line, at most 60 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

/** The first thing that a schema found wrong: where, and what would be right. */
export function explain({ issues }: z.ZodError, root: string): string {
  const { path, message } = issues[0] as z.core.$ZodIssue;
  return `${path.length ? path.join(".") : root}: ${message.replace(", received undefined", ", but it is missing")}`;
}
