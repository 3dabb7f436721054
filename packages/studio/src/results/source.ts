import { parseReport, type ReportData } from "@steepest/lab/format";

/** Something that the server of `steepest studio` can open. */
export interface Listed {
  readonly name: string;
  readonly kind: "study" | "race" | "report";
}

/** What the server offers; a plain file server, from which the page also works, offers nothing. */
export async function listResults(): Promise<Listed[]> {
  const { results } = (await readJson("results.json")) as { results: { name: string; kind: string }[] };
  // Landscapes have a panel of their own.
  return results.filter((entry): entry is Listed => entry.kind !== "landscape");
}

/** Reads a result that the server listed. */
export async function loadResult(name: string): Promise<ReportData> {
  const path = name.split("/").map(encodeURIComponent).join("/");
  return parseReport(await readText(`results/${path}`), name);
}

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

async function readText(address: string | URL): Promise<string> {
  const response = await fetch(address);
  const text = await response.text();
  if (!response.ok) throw new Error(text.trim() || `${response.status} ${response.statusText}`);
  return text;
}

const readJson = async (address: string): Promise<unknown> => JSON.parse(await readText(address));
