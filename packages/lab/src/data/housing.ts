import { Tensor } from "@steepest/compile";
import { csvParseRows } from "d3-dsv";
import { DataError } from "./error.ts";
import { readData } from "./read.ts";
import { datasets } from "./registry/index.ts";
import type { Table } from "./tables.ts";
import { decodeText } from "./text.ts";

/** The numbers of a district, in the order of the features. */
export const housingColumns = [
  "longitude",
  "latitude",
  "housing_median_age",
  "total_rooms",
  "total_bedrooms",
  "population",
  "households",
  "median_income",
] as const;

/** The nearness of the ocean, in the order of its numbers. */
export const oceanProximities: readonly string[] = [
  "<1H OCEAN",
  "INLAND",
  "ISLAND",
  "NEAR BAY",
  "NEAR OCEAN",
];

export interface Housing extends Table {
  /** int32 [rows]: a place in `oceanProximities`. */
  readonly proximity: Tensor;
}

/**
 * California housing: 20,640 districts of 8 numbers (`housingColumns`), labelled with the median value of a house in
 * dollars. The 207 districts without a number of bedrooms get the median of the others, 435. Not shipped:
 * `steepest data get california-housing`.
 */
export async function loadCaliforniaHousing(folder?: string): Promise<Housing> {
  const file = datasets["california-housing"].files.table;
  const [header = [], ...rows] = csvParseRows(decodeText(await readData(file, folder), file.path));
  const cell = (row: number, column: string): string => rows[row]?.[header.indexOf(column)] ?? "";
  const known = rows.map((_, i) => cell(i, "total_bedrooms")).filter((text) => text !== "");
  const typical = median(known.map(Number));
  const number = (row: number, column: string): number => {
    const text = cell(row, column);
    if (column === "total_bedrooms" && text === "") return typical;
    const value = Number(text);
    if (text === "" || !Number.isFinite(value)) {
      throw new DataError(`${file.path}: row ${row}`, `${column} is "${text}", expected a number`);
    }
    return value;
  };
  const width = housingColumns.length;
  const x = new Float64Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    housingColumns.forEach((column, j) => {
      x[i * width + j] = number(i, column);
    });
  }
  return {
    features: new Tensor("float64", [rows.length, width], x),
    labels: new Tensor(
      "float64",
      [rows.length],
      Float64Array.from(rows, (_, i) => number(i, "median_house_value")),
    ),
    proximity: new Tensor(
      "int32",
      [rows.length],
      Int32Array.from(rows, (_, i) => {
        const name = cell(i, "ocean_proximity");
        const at = oceanProximities.indexOf(name);
        if (at >= 0) return at;
        const list = oceanProximities.join(", ");
        throw new DataError(`${file.path}: row ${i}`, `ocean_proximity is "${name}", known: ${list}`);
      }),
    ),
  };
}

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}
