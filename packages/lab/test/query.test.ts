import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { exportResults, query } from "../src/cli/run-query.ts";
import { crc32c, maskedCrc32c } from "../src/export/crc32c.ts";
import { temporaryFolder } from "./steepest.ts";

const spec = (optimizer: string, hyperparameters: object, seed: number) => ({
  task: "a9a-logistic",
  optimizer,
  hyperparameters,
  seed,
  steps: 10,
  executor: "jax",
  code: "0.1.0+test",
});
const start = (trial: string, of: object, started = "2026-01-01T00:00:00.000Z") => ({
  type: "start",
  format: 1,
  trial,
  spec: of,
  started,
});
const record = (step: number, loss: number, seconds = step / 10) => ({
  type: "record",
  step,
  seconds,
  trainLoss: loss + 1,
  validation: { loss, accuracy: 1 - loss },
});
const end = (step: number, status = "finished") => ({
  type: "end",
  status,
  step,
  seconds: 1,
  evaluationSeconds: 0.5,
  overhead: { wall: 1.6 },
  digest: "d",
});
const lines = (...values: object[]) => values.map((value) => `${JSON.stringify(value)}\n`).join("");

/** It's a folder with a quote in its name, and files as crashes leave them. */
const folder = join(temporaryFolder(), "it's");

beforeAll(() => {
  const write = (optimizer: string, trial: string, text: string) => {
    mkdirSync(join(folder, "trials", "a9a-logistic", optimizer), { recursive: true });
    writeFileSync(join(folder, "trials", "a9a-logistic", optimizer, `${trial}.jsonl`), text);
  };
  const [a, b, c] = [
    spec("adamw", { learningRate: 0.1, b1: 0.9 }, 1),
    spec("sgd", { learningRate: 1, seed: 5 }, 2),
    spec("sgd", { learningRate: 2 }, 3),
  ];
  write("adamw", "aa", lines(start("aa", a), record(0, 0.7), record(10, 0.3), end(10)));
  // An attempt that was interrupted in the middle of a line, then a whole one.
  write(
    "sgd",
    "bb",
    `${lines(start("bb", b), record(0, 0.9, 0), record(5, 0.8))}{"type":"record","st\n${lines(start("bb", b, "2026-01-02T00:00:00.000Z"), record(0, 0.9), record(10, 0.5), end(10))}`,
  );
  const mine = { ...c, source: { task: { file: "my-task.ts", sha256: "0123" } } };
  write("sgd", "cc", `${lines(start("cc", mine), record(0, 0.6))}{"type":"rec`);
  write("sgd", "dd", "");
});

const rows = async (sql: string) => JSON.parse(await query(sql, folder, "json")) as Record<string, unknown>[];

describe("steepest query", () => {
  test("trials: one row each, hyperparameters as columns, the last attempt counts", async () => {
    const trials = await rows("FROM trials");
    expect(trials).toMatchObject([
      {
        trial: "aa",
        optimizer: "adamw",
        seed: 1,
        steps: 10,
        status: "finished",
        step: 10,
        seconds: 1,
        wallSeconds: 1.6,
        learningRate: 0.1,
        b1: 0.9,
      },
      {
        trial: "bb",
        status: "finished",
        started: "2026-01-02T00:00:00.000Z",
        b1: null,
        hyperparameter_seed: 5,
        taskSource: null,
      },
      { trial: "cc", status: "interrupted", step: null, taskSource: "0123", optimizerSource: null },
    ]);
  });

  test("records: torn lines are passed over, metrics and settings are columns", async () => {
    expect(await rows("SELECT trial, step, loss, accuracy, trainLoss, learningRate FROM records")).toEqual([
      { trial: "aa", step: 0, loss: 0.7, accuracy: 1 - 0.7, trainLoss: 1.7, learningRate: 0.1 },
      { trial: "aa", step: 10, loss: 0.3, accuracy: 0.7, trainLoss: 1.3, learningRate: 0.1 },
      { trial: "bb", step: 0, loss: 0.9, accuracy: 1 - 0.9, trainLoss: 1.9, learningRate: 1 },
      { trial: "bb", step: 10, loss: 0.5, accuracy: 0.5, trainLoss: 1.5, learningRate: 1 },
      { trial: "cc", step: 0, loss: 0.6, accuracy: 0.4, trainLoss: 1.6, learningRate: 2 },
    ]);
  });

  test("prints tables and CSV", async () => {
    const sql = "SELECT optimizer, count(*) AS n, min(loss) AS best FROM records GROUP BY ALL ORDER BY best";
    expect(await query(sql, folder, "csv")).toBe("optimizer,n,best\nadamw,2,0.3\nsgd,3,0.5");
    expect((await query(sql, folder, "table")).split("\n")).toEqual([
      "optimizer  n  best",
      "─────────  ─  ────",
      "adamw      2   0.3",
      "sgd        3   0.5",
      "(2 rows)",
    ]);
  });

  test("says what is wrong", async () => {
    await expect(query("SELECT lr FROM trials", folder, "table")).rejects.toThrow(
      /the query failed: .*"lr" not found/,
    );
    await expect(query("FROM trials", temporaryFolder(), "table")).rejects.toThrow(
      /has no trials; expected a folder/,
    );
  });
});

describe("steepest export", () => {
  test.each(["csv", "json", "parquet"] as const)("%s files hold the views", async (format) => {
    const [trials, records] = await exportResults(folder, format);
    const count = async (path?: string) =>
      (await rows(`SELECT count(*) AS n FROM '${path?.replaceAll("'", "''")}'`))[0]?.n;
    expect([await count(trials), await count(records)]).toEqual([3, 5]);
  });

  test("event files decode to the records, with valid checksums", async () => {
    const out = temporaryFolder();
    await exportResults(folder, "tensorboard", out);
    const run = join(out, "a9a-logistic", "sgd", "bb");
    const [name] = readdirSync(run);
    expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\./);
    const [version, ...events] = readEvents(readFileSync(join(run, name as string)));
    expect(version).toMatchObject({ fileVersion: "brain.Event:2" });
    const began = Date.parse("2026-01-02") / 1000;
    expect(events).toEqual([
      {
        time: began,
        step: 0,
        values: [
          ["train/loss", f32(1.9)],
          ["validation/loss", f32(0.9)],
          ["validation/accuracy", f32(1 - 0.9)],
        ],
      },
      {
        time: began + 1,
        step: 10,
        values: [
          ["train/loss", 1.5],
          ["validation/loss", 0.5],
          ["validation/accuracy", 0.5],
        ],
      },
    ]);
  });

  test("the checksum is CRC-32C", () => {
    // RFC 3720, appendix B.4.
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  });
});

const f32 = Math.fround;

interface DecodedEvent {
  time?: number;
  step?: number;
  fileVersion?: string;
  values?: [tag: string, value: number][];
}

/** An independent reading of an event file. */
function readEvents(file: Buffer): DecodedEvent[] {
  const events: DecodedEvent[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    expect(file.readUInt32LE(at + 8)).toBe(maskedCrc32c(file.subarray(at, at + 8)));
    const message = file.subarray(at + 12, at + 12 + length);
    expect(file.readUInt32LE(at + 12 + length)).toBe(maskedCrc32c(message));
    const event: DecodedEvent = {};
    for (const [field, value] of fieldsOf(message)) {
      if (field === 1) event.time = (value as Buffer).readDoubleLE();
      if (field === 2) event.step = value as number;
      if (field === 3) event.fileVersion = String(value);
      if (field === 5)
        event.values = fieldsOf(value as Buffer).map(([, scalar]) => readScalar(scalar as Buffer));
    }
    events.push(event);
    at += 16 + length;
  }
  return events;
}

function readScalar(message: Buffer): [string, number] {
  const fields = new Map(fieldsOf(message));
  return [String(fields.get(1)), (fields.get(2) as Buffer).readFloatLE()];
}

/** The fields of a protobuf message: varints as numbers, the rest as bytes. */
function fieldsOf(message: Buffer): [field: number, value: number | Buffer][] {
  const fields: [number, number | Buffer][] = [];
  let at = 0;
  const varint = () => {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const byte = message[at++] as number;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const take = (n: number) => message.subarray(at, (at += n));
  while (at < message.length) {
    const key = varint();
    const wire = key & 7;
    fields.push([key >>> 3, wire === 0 ? varint() : take(wire === 1 ? 8 : wire === 5 ? 4 : varint())]);
  }
  return fields;
}
