/** The data files that the build puts beside the page (see data-files.ts). */
export type DataFile = "digits.bin" | "fashion.bin" | "shakespeare.txt";

/** Reads a data file of the page. Throws an Error naming it when the server has none. */
export async function readFile(base: string, file: DataFile): Promise<Uint8Array> {
  const response = await fetch(new URL(`data/${file}`, base));
  if (!response.ok) throw new Error(`data/${file}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}
