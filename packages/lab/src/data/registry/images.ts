import type { DataFile, Dataset, Download } from "./dataset.ts";

export const digits = {
  name: "digits",
  title: "Optical Recognition of Handwritten Digits",
  description: "1,797 handwritten digits of 8 x 8 pixels, values 0 to 16.",
  licence: "CC BY 4.0",
  source: "UCI, doi.org/10.24432/C50P49; scikit-learn",
  files: {
    table: {
      path: "digits/digits.csv",
      bytes: 264712,
      checksum: { sha256: "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8" },
    },
  },
} as const satisfies Dataset;

export const fashionMnist = {
  name: "fashion-mnist",
  title: "Fashion-MNIST, first 3,000",
  description:
    "Grey 28 x 28 images of clothes in 10 classes: the first 3,000 for training, 1,000 for validation.",
  licence: "MIT, © 2017 Zalando SE",
  source: "github.com/zalandoresearch/fashion-mnist",
  files: {
    trainImages: {
      path: "fashion-mnist/train-images-idx3-ubyte",
      bytes: 2352016,
      checksum: { sha256: "85a0ed91fc149c8f56cbcd4faffd965abbddf9bb83d5e7308ec20af22a3a8c87" },
    },
    trainLabels: {
      path: "fashion-mnist/train-labels-idx1-ubyte",
      bytes: 3008,
      checksum: { sha256: "d91bcde777777d8b779ccfade8da8df64050ef1cde830c67b3036ee13e26ec28" },
    },
    validationImages: {
      path: "fashion-mnist/t10k-images-idx3-ubyte",
      bytes: 784016,
      checksum: { sha256: "7a6d8e07ea021ec5bc73135ebd0a5770799557ec6f8242d8749c4f32a3cf4643" },
    },
    validationLabels: {
      path: "fashion-mnist/t10k-labels-idx1-ubyte",
      bytes: 1008,
      checksum: { sha256: "b40abac7ec8228f434940f579deb7cf7b6e3103b5274cb91d1545771f5ef1c8b" },
    },
  },
} as const satisfies Dataset;

/** An IDX file of MNIST or a relative, complete: it is published as NAME.gz under every base address. */
const idx = (set: string, bases: readonly string[]) => {
  return (name: string, bytes: number, sha256: string, md5: string): DataFile => ({
    path: `${set}/${name}`,
    bytes,
    checksum: { sha256 },
    origin: {
      download: {
        name: `${name}.gz`,
        urls: bases.map((base) => `${base}/${name}.gz`),
        packing: "gzip",
        md5,
      },
    },
  });
};

const fashionFile = idx("fashion-mnist-full", [
  "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
  "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
]);

export const fashionMnistFull = {
  name: "fashion-mnist-full",
  title: "Fashion-MNIST, complete",
  description: "Grey 28 x 28 images of clothes in 10 classes: 60,000 for training, 10,000 for validation.",
  licence: "MIT, © 2017 Zalando SE",
  source: "github.com/zalandoresearch/fashion-mnist",
  files: {
    trainImages: fashionFile(
      "train-images-idx3-ubyte",
      47040016,
      "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
      "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    ),
    trainLabels: fashionFile(
      "train-labels-idx1-ubyte",
      60008,
      "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
      "25c81989df183df01b3e8a0aad5dffbe",
    ),
    validationImages: fashionFile(
      "t10k-images-idx3-ubyte",
      7840016,
      "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
      "bef4ecab320f06d8554ea6380940ec79",
    ),
    validationLabels: fashionFile(
      "t10k-labels-idx1-ubyte",
      10008,
      "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
      "bb300cfdad3c16e7a12a480ee83cd310",
    ),
  },
} as const satisfies Dataset;

const mnistFile = idx("mnist", [
  "https://ossci-datasets.s3.amazonaws.com/mnist",
  "https://storage.googleapis.com/cvdf-datasets/mnist",
]);

export const mnist = {
  name: "mnist",
  title: "MNIST",
  description: "Grey 28 x 28 images of handwritten digits: 60,000 for training, 10,000 for validation.",
  licence: "CC BY-SA 3.0 as commonly stated, © Yann LeCun and Corinna Cortes",
  source: "yann.lecun.com/exdb/mnist",
  files: {
    trainImages: mnistFile(
      "train-images-idx3-ubyte",
      47040016,
      "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    ),
    trainLabels: mnistFile(
      "train-labels-idx1-ubyte",
      60008,
      "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      "d53e105ee54ea40749a09fcbcd1e9432",
    ),
    validationImages: mnistFile(
      "t10k-images-idx3-ubyte",
      7840016,
      "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      "9fb629c4189551a2d022fa330f9573f3",
    ),
    validationLabels: mnistFile(
      "t10k-labels-idx1-ubyte",
      10008,
      "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
      "ec29112dd5afa0611ce80d1b7f02629c",
    ),
  },
} as const satisfies Dataset;

const cifarArchive: Download = {
  name: "cifar-10-binary.tar.gz",
  urls: ["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"],
  packing: "tar.gz",
  md5: "c32a1d4ab5d03f1284b67883e8d87530",
};

/** One of CIFAR-10's binary files: 10,000 records of a label and 3 x 32 x 32 pixels. */
const cifarFile = (name: string, md5: string): DataFile => ({
  path: `cifar10/${name}`,
  bytes: 30730000,
  checksum: { md5 },
  origin: { download: cifarArchive, member: `cifar-10-batches-bin/${name}` },
});

const cifar = {
  licence: "none stated; cite Krizhevsky (2009)",
  source: "www.cs.toronto.edu/~kriz/cifar.html",
} as const;

export const cifar10 = {
  ...cifar,
  name: "cifar10",
  title: "CIFAR-10, complete",
  description: "Colour 32 x 32 images in 10 classes: 50,000 for training, 10,000 for validation.",
  files: {
    train1: cifarFile("data_batch_1.bin", "5dd7e06a14cb22eb9f671a540d1b7c25"),
    train2: cifarFile("data_batch_2.bin", "5ea93a67294ea407fff1d09f752e9692"),
    train3: cifarFile("data_batch_3.bin", "942cd6a4bcdd0dd3c604fbe906cb4421"),
    train4: cifarFile("data_batch_4.bin", "ae636b3ba5c66a11e91e8cb52e771fcb"),
    train5: cifarFile("data_batch_5.bin", "53f37980c15c3d472c316c40844f3f0d"),
    validation: cifarFile("test_batch.bin", "803d5f7f4d78ea53de84dbe85f74fb6d"),
  },
} as const satisfies Dataset;

export const cifar10First = {
  ...cifar,
  name: "cifar10-first",
  title: "CIFAR-10, first 10,000",
  description:
    "Colour 32 x 32 images in 10 classes: the first 10,000 for training, the first 1,000 test images for validation.",
  files: {
    train: {
      path: "cifar10-first/data_batch_1.bin",
      bytes: 30730000,
      checksum: { sha256: "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5" },
      origin: { download: cifarArchive, member: "cifar-10-batches-bin/data_batch_1.bin" },
    },
    validation: {
      path: "cifar10-first/test_batch_first1000.bin",
      bytes: 3073000,
      checksum: { sha256: "8314c96d7cd65618193bab23acdd5d4c4af15bf6dd00a1781d55beedf3be1ef5" },
      alias: "test_batch.bin",
      origin: { download: cifarArchive, member: "cifar-10-batches-bin/test_batch.bin", head: true },
    },
  },
} as const satisfies Dataset;
