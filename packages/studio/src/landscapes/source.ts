import { type Landscape, parseLandscape } from "@steepest/lab/format";
import { listServed, readServed, readText } from "../ui/served.ts";
import type { ExampleName } from "./state.ts";

const files: Readonly<Record<ExampleName, URL>> = {
  "cnn-path": new URL("./cnn-path.generated.json", import.meta.url),
  "cnn-three": new URL("./cnn-three.generated.json", import.meta.url),
  "gpt-line": new URL("./gpt-line.generated.json", import.meta.url),
};

/** Reads an example that comes with the page: it was written by the command in its source. */
export const loadExample = async (name: ExampleName): Promise<Landscape> =>
  parseLandscape(await readText(files[name]));

/** Reads a landscape that the server of `steepest studio` listed. */
export const loadServed = async (name: string): Promise<Landscape> => parseLandscape(await readServed(name));

/** Names of the landscapes that the server offers. */
export const listLandscapes = async (): Promise<string[]> =>
  (await listServed(["landscape"])).map(({ name }) => name);

/** Reads a file that the user chose or dropped. */
export const openFile = async (file: File): Promise<Landscape> => parseLandscape(await file.text());
