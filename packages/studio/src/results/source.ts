import { parseReport, type ReportData } from "@steepest/lab/format";
import { listServed, readServed, readText, type Served } from "../ui/served.ts";

const kinds = ["study", "race", "report"] as const;

/** Something that the server of `steepest studio` can open. */
export type Listed = Served<(typeof kinds)[number]>;

export const listResults = (): Promise<Listed[]> => listServed(kinds);

/** Reads a result that the server listed. */
export const loadResult = async (name: string): Promise<ReportData> =>
  parseReport(await readServed(name), name);

let example: Promise<ReportData> | undefined;

/** The study that comes with the page. */
export function loadExample(): Promise<ReportData> {
  example ??= readText(new URL("./example.generated.json", import.meta.url)).then((text) =>
    parseReport(text, "example"),
  );
  return example;
}

/** Reads a file that the user chose or dropped. */
export const openFile = async (file: File): Promise<ReportData> => parseReport(await file.text(), file.name);
