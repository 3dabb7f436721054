import { Tensor } from "@steepest/compile";
import { parseIdx } from "./idx.ts";
import { readData } from "./read.ts";
import { type DataFile, datasets } from "./registry/index.ts";
import type { Split } from "./split.ts";

/** Images int32 [n, height, width] or [n, channels, height, width] in 0..255, and labels int32 [n]. */
export interface LabelledImages {
  readonly images: Tensor;
  readonly labels: Tensor;
}

interface IdxFiles {
  readonly trainImages: DataFile;
  readonly trainLabels: DataFile;
  readonly validationImages: DataFile;
  readonly validationLabels: DataFile;
}

/** Fashion-MNIST as shipped: 3,000 training and 1,000 validation images, 28 x 28. */
export const loadFashionMnist = (folder?: string): Promise<Split<LabelledImages>> =>
  loadIdx(datasets["fashion-mnist"].files, folder);

/** Fashion-MNIST, complete: 60,000 training and 10,000 validation images, 28 x 28. */
export const loadFashionMnistFull = (folder?: string): Promise<Split<LabelledImages>> =>
  loadIdx(datasets["fashion-mnist-full"].files, folder);

/** MNIST: 60,000 training and 10,000 validation images, 28 x 28. */
export const loadMnist = (folder?: string): Promise<Split<LabelledImages>> =>
  loadIdx(datasets.mnist.files, folder);

async function loadIdx(files: IdxFiles, folder: string | undefined): Promise<Split<LabelledImages>> {
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

/** CIFAR-10, complete: 50,000 training and 10,000 validation images, 3 x 32 x 32. */
export async function loadCifar10(folder?: string): Promise<Split<LabelledImages>> {
  const { validation, ...train } = datasets.cifar10.files;
  const batches: Uint8Array[] = [];
  for (const file of Object.values(train)) batches.push(await readData(file, folder));
  return {
    train: parseCifar(Buffer.concat(batches)),
    validation: parseCifar(await readData(validation, folder)),
  };
}

/** CIFAR-10's first 10,000 training and first 1,000 validation images, 3 x 32 x 32. */
export async function loadCifar10First(folder?: string): Promise<Split<LabelledImages>> {
  const { train, validation } = datasets["cifar10-first"].files;
  return {
    train: parseCifar(await readData(train, folder)),
    validation: parseCifar(await readData(validation, folder)),
  };
}

const pixels = 3 * 32 * 32;

/** CIFAR-10's binary records, whose number the checksum has assured: a label byte, then the pixels by channel and row. */
function parseCifar(bytes: Uint8Array): LabelledImages {
  const count = bytes.length / (1 + pixels);
  const images = new Int32Array(count * pixels);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const at = i * (1 + pixels);
    labels[i] = bytes[at] as number;
    images.set(bytes.subarray(at + 1, at + 1 + pixels), i * pixels);
  }
  return {
    images: new Tensor("int32", [count, 3, 32, 32], images),
    labels: new Tensor("int32", [count], labels),
  };
}
