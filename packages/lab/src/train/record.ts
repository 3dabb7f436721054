import type { TrialSpec } from "./spec.ts";

/** The lines of a trial's file, in order: one start, records, one end. */
export type TrialLine = StartLine | RecordLine | EndLine;

export interface StartLine {
  readonly type: "start";
  /** Version of this format. */
  readonly format: 1;
  readonly trial: string;
  readonly spec: TrialSpec;
  /** When it started, ISO 8601. */
  readonly started: string;
}

/** One evaluation. */
export interface RecordLine {
  readonly type: "record";
  /** Training steps done. */
  readonly step: number;
  /** Seconds on the training clock: batches and steps, without evaluation and logging. */
  readonly seconds: number;
  /** Mean minibatch loss since the record before; at step 0 the loss of the first minibatch. */
  readonly trainLoss: number;
  /** Means over the validation examples. */
  readonly validation: Readonly<Record<string, number>>;
}

export interface EndLine {
  readonly type: "end";
  /**
   * "diverged": the training or validation loss was not finite after `step` steps. "stopped": the specification's
   * early stopping ended it there.
   */
  readonly status: "finished" | "diverged" | "stopped";
  readonly step: number;
  /** Seconds on the training clock. */
  readonly seconds: number;
  /** Seconds of evaluation. */
  readonly evaluationSeconds: number;
  readonly overhead?: Overhead;
  /** SHA-256 (16 digits) of the final parameters: two runs of one specification must agree. */
  readonly digest: string;
}

/** Seconds beside training and evaluation. What a kill undid is not counted. */
export interface Overhead {
  /** Writing records, telling progress, and the digest. */
  readonly logging: number;
  readonly checkpointing: number;
  /** Loading data, compiling and setting initial values. */
  readonly setup: number;
  /** The whole trial on the wall clock, measured on its own: the others, training and evaluation should add up to it. */
  readonly wall: number;
}

/** A trial as read from its file. */
export interface Trial {
  readonly start: StartLine;
  readonly records: readonly RecordLine[];
  /** Absent when the run was interrupted. */
  readonly end?: EndLine;
}

/**
 * The last attempt in the text of a trial's file; undefined when none was started. A line that a crash cut short, or that
 * is damaged, is passed over.
 */
export function parseTrial(text: string): Trial | undefined {
  let trial: { start: StartLine; records: RecordLine[]; end?: EndLine } | undefined;
  for (const line of text.split("\n").map(parseLine)) {
    if (line?.type === "start") trial = { start: line, records: [] };
    else if (line?.type === "record") trial?.records.push(line);
    else if (line?.type === "end" && trial !== undefined) trial.end = line;
  }
  return trial;
}

function parseLine(text: string): TrialLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return isObject(line) && isLine(line) ? (line as unknown as TrialLine) : undefined;
  } catch {
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const are = (type: "number" | "string", fields: Fields, ...names: string[]): boolean =>
  names.every((name) => typeof fields[name] === type && fields[name] !== Number.POSITIVE_INFINITY);
/** JSON has no NaN: what is not finite is written as null. */
const areNumbers = (fields: unknown): boolean =>
  isObject(fields) && Object.values(fields).every((value) => typeof value === "number" || value === null);

const endings: readonly unknown[] = ["finished", "diverged", "stopped"] satisfies EndLine["status"][];

/** Whether a line has what its type promises. */
function isLine(line: Fields): boolean {
  if (line.type === "start") {
    const { spec } = line;
    return (
      isObject(spec) &&
      are("string", line, "trial", "started") &&
      are("string", spec, "task", "optimizer", "executor", "code") &&
      are("number", spec, "seed", "steps") &&
      areNumbers(spec.hyperparameters)
    );
  }
  if (line.type === "record") return are("number", line, "step", "seconds") && areNumbers(line.validation);
  return (
    line.type === "end" &&
    endings.includes(line.status) &&
    are("number", line, "step", "seconds", "evaluationSeconds") &&
    are("string", line, "digest") &&
    (line.overhead === undefined || areNumbers(line.overhead))
  );
}
