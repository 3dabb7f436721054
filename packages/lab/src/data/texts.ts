import { readData } from "./read.ts";
import { type DataFile, datasets } from "./registry/index.ts";
import type { Split } from "./split.ts";
import { decodeText } from "./text.ts";

/** Tiny Shakespeare: the first nine tenths of the characters for training, the rest for validation. */
export const loadTinyShakespeare = (folder?: string): Promise<Split<string>> =>
  loadText(datasets.tinyshakespeare.files.text, folder);

/** The State of the Union addresses: the first nine tenths of the characters, and the rest, from about 1990 on. */
export const loadSotu = (folder?: string): Promise<Split<string>> =>
  loadText(datasets.sotu.files.text, folder);

async function loadText(file: DataFile, folder: string | undefined): Promise<Split<string>> {
  const text = decodeText(await readData(file, folder), file.path);
  const cut = Math.floor(text.length * 0.9);
  return { train: text.slice(0, cut), validation: text.slice(cut) };
}

/** WikiText-2 as published: words and line ends separated by spaces. */
export async function loadWikitext2(folder?: string): Promise<Split<string> & { readonly test: string }> {
  const part = async (file: DataFile) => decodeText(await readData(file, folder), file.path);
  const { train, validation, test } = datasets["wikitext-2"].files;
  return { train: await part(train), validation: await part(validation), test: await part(test) };
}
