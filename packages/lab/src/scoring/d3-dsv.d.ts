declare module "d3-dsv" {
  /** The rows of a comma-separated text (RFC 4180), one array of cells each, the header included. */
  export function csvParseRows(text: string): string[][];
  /** Rows as a comma-separated text, cells quoted where needed. */
  export function csvFormatRows(rows: (string | number)[][]): string;
}
