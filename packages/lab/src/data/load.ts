import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Tensor } from "@steepest/compile";
import { packageRoot } from "../package.ts";
import { DataError } from "./error.ts";
import { parseIdx } from "./idx.ts";
import { type LabelledRows, parseLibsvm } from "./libsvm.ts";
import { type DataFile, datasets } from "./registry.ts";
import { decodeText } from "./text.ts";

const shipped = join(packageRoot, "data");

/**
 * Reads, decompresses and verifies a data file.
 *
 * @param folder where the file's path starts; default: the data folder of this package
 * @throws DataError when it is missing, not gzip, truncated, or its contents differ from the published checksum.
 */
export async function readData(file: DataFile, folder: string = shipped): Promise<Uint8Array> {
  const name = join(folder, file.path);
  let compressed: Uint8Array;
  try {
    compressed = await readFile(name);
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === "ENOENT" ? "is missing" : (cause as Error).message;
    throw new DataError(name, `${reason}; expected a gzip file of ${file.bytes} bytes when decompressed`, {
      cause,
    });
  }
  let bytes: Uint8Array;
  try {
    bytes = gunzipSync(compressed);
  } catch (cause) {
    throw new DataError(name, `cannot be decompressed (${(cause as Error).message}); expected intact gzip`, {
      cause,
    });
  }
  if (bytes.length !== file.bytes) {
    throw new DataError(name, `holds ${bytes.length} bytes, expected ${file.bytes}`);
  }
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== file.sha256) {
    throw new DataError(name, `has SHA-256 ${sha256}, expected ${file.sha256}`);
  }
  return bytes;
}

/** Images int32 [n, height, width] in 0..255 and labels int32 [n]. */
export interface LabelledImages {
  readonly images: Tensor;
  readonly labels: Tensor;
}

/** A data set's two parts. */
export interface Split<T> {
  readonly train: T;
  readonly validation: T;
}

/** Fashion-MNIST as shipped: 3,000 training and 1,000 validation images, 28 x 28. */
export async function loadFashionMnist(folder?: string): Promise<Split<LabelledImages>> {
  const { files } = datasets["fashion-mnist"];
  const idx = async (file: DataFile, shape: number[]) =>
    parseIdx(await readData(file, folder), file.path, shape);
  const part = async (images: DataFile, labels: DataFile): Promise<LabelledImages> => {
    const x = await idx(images, [-1, 28, 28]);
    return { images: x, labels: await idx(labels, [x.shape[0] as number]) };
  };
  return {
    train: await part(files.trainImages, files.trainLabels),
    validation: await part(files.validationImages, files.validationLabels),
  };
}

/** a9a: 123 binary features, labels -1 and +1; 32,561 training and 16,281 validation rows. */
export async function loadA9a(folder?: string): Promise<Split<LabelledRows>> {
  const { files } = datasets.a9a;
  const part = async (file: DataFile) =>
    parseLibsvm(decodeText(await readData(file, folder), file.path), file.path, 123);
  return { train: await part(files.train), validation: await part(files.validation) };
}

/** Tiny Shakespeare: the first nine tenths of the characters for training, the rest for validation. */
export async function loadTinyShakespeare(folder?: string): Promise<Split<string>> {
  const file = datasets.tinyshakespeare.files.text;
  const text = decodeText(await readData(file, folder), file.path);
  const cut = Math.floor(text.length * 0.9);
  return { train: text.slice(0, cut), validation: text.slice(cut) };
}
