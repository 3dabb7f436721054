import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { csvParseRows } from "d3-dsv";
import { errorAt, quote, ScoreError } from "./error.ts";

/** A compressed file may not unpack to more than this; the largest published one has 20 MB. */
const maxUnpackedBytes = 512 * 2 ** 20;

/** A comma-separated file with a header; every row has as many cells as the header. */
export interface CsvTable {
  file: string;
  header: string[];
  rows: CsvRow[];
}

export interface CsvRow {
  /** Line in the file, from 1. */
  line: number;
  cells: string[];
}

/**
 * The text of a file, unpacked if its content (not its name) is gzip.
 *
 * @throws ScoreError when it cannot be read, unpacked, or is not UTF-8 text.
 */
export function readText(file: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new ScoreError(`${file}: cannot be read: ${(cause as Error).message}`, { cause });
  }
  return decodeText(file, bytes);
}

/** {@link readText} for bytes already read. */
export function decodeText(file: string, bytes: Uint8Array): string {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      bytes = gunzipSync(bytes, { maxOutputLength: maxUnpackedBytes });
    } catch (cause) {
      throw new ScoreError(`${file}: is gzip but cannot be unpacked: ${(cause as Error).message}`, { cause });
    }
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ScoreError(`${file}: is not UTF-8 text`, { cause });
  }
  if (text.includes("\0")) throw new ScoreError(`${file}: is a binary file, not text`);
  return text;
}

/**
 * Reads comma-separated text. Blank lines are skipped.
 *
 * @throws ScoreError naming the line for an open quote, a row of the wrong length or a column named twice.
 */
export function parseCsv(file: string, text: string): CsvTable {
  const rows: CsvRow[] = [];
  let line = 1;
  for (const cells of csvParseRows(text)) {
    if (cells.length > 1 || (cells[0] ?? "").trim() !== "") rows.push({ line, cells });
    line += 1 + cells.reduce((n, cell) => n + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
  }
  if ((text.match(/"/g)?.length ?? 0) % 2 === 1) {
    const last = rows.findLast((row) => row.cells.some((cell) => /[\r\n]/.test(cell))) ?? rows.at(-1);
    throw errorAt(
      { file, line: last?.line ?? 1 },
      "a quoted cell is never closed; the number of quotes is odd",
    );
  }
  const [head, ...body] = rows;
  if (!head) throw new ScoreError(`${file}: is empty; expected a header line and rows`);
  const header = head.cells.map((name) => name.trim());
  const twice = header.find((name, i) => header.indexOf(name) < i);
  if (twice !== undefined) {
    throw errorAt(
      { file, line: head.line },
      `the column ${quote(twice)} appears twice; columns need distinct names`,
    );
  }
  for (const row of body) {
    if (row.cells.length !== header.length) {
      throw errorAt(
        { file, line: row.line },
        `has ${row.cells.length} cells where the header has ${header.length} columns`,
      );
    }
  }
  return { file, header, rows: body };
}

/** Reads one column's cell, trimmed. The column must exist. */
export type CellReader = (row: CsvRow) => string;

/** A reader of the named column; throws if the table has none of that name. */
export function column(table: CsvTable, name: string): CellReader {
  const at = table.header.indexOf(name);
  if (at < 0) {
    throw errorAt(
      { file: table.file, line: 1 },
      `no column "${name}"; the header has ${listed(table.header)}`,
    );
  }
  return (row) => (row.cells[at] as string).trim();
}

/** Names for a message, at most a dozen. */
export function listed(names: string[]): string {
  const shown = names.slice(0, 12).map(quote).join(", ");
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown;
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A decimal number, `inf` or `nan` as NumPy and pandas write them; an empty cell is NaN; anything else undefined. */
export function parseNumber(cell: string): number | undefined {
  if (cell === "" || /^[+-]?nan$/i.test(cell)) return Number.NaN;
  const infinite = /^([+-]?)inf(inity)?$/i.exec(cell);
  if (infinite) return infinite[1] === "-" ? -Infinity : Infinity;
  return decimal.test(cell) ? Number(cell) : undefined;
}
