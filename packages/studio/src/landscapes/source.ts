import { type Landscape, parseLandscape } from "@steepest/lab/format";
import type { ExampleName } from "./state.ts";

const files: Readonly<Record<ExampleName, URL>> = {
  "cnn-path": new URL("./cnn-path.generated.json", import.meta.url),
  "cnn-three": new URL("./cnn-three.generated.json", import.meta.url),
  "gpt-line": new URL("./gpt-line.generated.json", import.meta.url),
};

/** Reads an example that comes with the page: it was written by the command in its source. */
export const loadExample = (name: ExampleName): Promise<Landscape> => read(files[name]);

/** Reads a landscape that the server of `steepest studio` listed. */
export const loadServed = (name: string): Promise<Landscape> =>
  read(`results/${name.split("/").map(encodeURIComponent).join("/")}`);

/** The landscapes that the server offers; a plain file server, from which the page also works, offers none. */
export async function listServed(): Promise<string[]> {
  const response = await fetch("results.json");
  if (!response.ok) return [];
  const { results } = (await response.json()) as { results: { name: string; kind: string }[] };
  return results.filter(({ kind }) => kind === "landscape").map(({ name }) => name);
}

/** Reads a file that the user chose or dropped. */
export const openFile = async (file: File): Promise<Landscape> => parseLandscape(await file.text());

async function read(address: string | URL): Promise<Landscape> {
  const response = await fetch(address);
  const text = await response.text();
  if (!response.ok) throw new Error(text.trim() || `${response.status} ${response.statusText}`);
  return parseLandscape(text);
}
