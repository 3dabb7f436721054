/** One file of a data set, stored gzip-compressed. */
export interface DataFile {
  /** Path inside the package's data folder. */
  readonly path: string;
  /** Bytes after decompression. */
  readonly bytes: number;
  /** SHA-256 of the decompressed bytes. */
  readonly sha256: string;
}

export interface Dataset {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly licence: string;
  readonly source: string;
  readonly files: Readonly<Record<string, DataFile>>;
}

const fashionMnist = {
  name: "fashion-mnist",
  title: "Fashion-MNIST, first 3,000",
  description:
    "Grey 28 x 28 images of clothes in 10 classes: the first 3,000 for training, 1,000 for validation.",
  licence: "MIT, © 2017 Zalando SE",
  source: "github.com/zalandoresearch/fashion-mnist",
  files: {
    trainImages: {
      path: "fashion-mnist/train-images-idx3-ubyte.gz",
      bytes: 2352016,
      sha256: "85a0ed91fc149c8f56cbcd4faffd965abbddf9bb83d5e7308ec20af22a3a8c87",
    },
    trainLabels: {
      path: "fashion-mnist/train-labels-idx1-ubyte.gz",
      bytes: 3008,
      sha256: "d91bcde777777d8b779ccfade8da8df64050ef1cde830c67b3036ee13e26ec28",
    },
    validationImages: {
      path: "fashion-mnist/t10k-images-idx3-ubyte.gz",
      bytes: 784016,
      sha256: "7a6d8e07ea021ec5bc73135ebd0a5770799557ec6f8242d8749c4f32a3cf4643",
    },
    validationLabels: {
      path: "fashion-mnist/t10k-labels-idx1-ubyte.gz",
      bytes: 1008,
      sha256: "b40abac7ec8228f434940f579deb7cf7b6e3103b5274cb91d1545771f5ef1c8b",
    },
  },
} as const satisfies Dataset;

const tinyshakespeare = {
  name: "tinyshakespeare",
  title: "Tiny Shakespeare",
  description:
    "1,115,394 characters of Shakespeare's plays; 65 distinct ones. The last tenth is for validation.",
  licence: "public domain",
  source: "github.com/karpathy/char-rnn",
  files: {
    text: {
      path: "tinyshakespeare/input.txt.gz",
      bytes: 1115394,
      sha256: "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    },
  },
} as const satisfies Dataset;

const a9a = {
  name: "a9a",
  title: "a9a (UCI Adult)",
  description:
    "Census rows as 123 binary features, income above 50,000 dollars or not: 32,561 + 16,281 rows.",
  licence: "CC BY 4.0",
  source: "UCI Adult, doi.org/10.24432/C5XW20; LIBSVM data sets",
  files: {
    train: {
      path: "a9a/a9a.gz",
      bytes: 2327314,
      sha256: "7ba53cccb27e2e525f0fb173e1f446d49856e3fb007eb43be4ec6d0f5b3335ca",
    },
    validation: {
      path: "a9a/a9a.t.gz",
      bytes: 1164628,
      sha256: "1f448a153f0320399a7e40836eb207655b0bde0f21fc941cc472193daa9f5de9",
    },
  },
} as const satisfies Dataset;

const agaricus = {
  name: "agaricus",
  title: "agaricus (UCI Mushroom)",
  description:
    "Mushrooms as 126 binary features, poisonous or not; a linear rule separates them. 6,513 + 1,611 rows.",
  licence: "CC BY 4.0",
  source: "UCI Mushroom, doi.org/10.24432/C5959T; github.com/dmlc/xgboost, demo/data",
  files: {
    train: {
      path: "agaricus/agaricus.txt.train.gz",
      bytes: 742257,
      sha256: "915c2def06e9b44a306ad097fe8b6652c7c477d9c1e605bd2130ad20a70a8ad6",
    },
    validation: {
      path: "agaricus/agaricus.txt.test.gz",
      bytes: 183611,
      sha256: "765db79391141953d890ce197fe828a621d6487fbba4de5e4d2217bd140371c0",
    },
  },
} as const satisfies Dataset;

const breastCancer = {
  name: "breast-cancer",
  title: "Breast Cancer Wisconsin (Diagnostic)",
  description: "30 measurements of cell nuclei of 569 tumours, malignant or benign.",
  licence: "CC BY 4.0",
  source: "UCI, doi.org/10.24432/C5DW2B; scikit-learn",
  files: {
    table: {
      path: "breast-cancer/breast_cancer.csv.gz",
      bytes: 119913,
      sha256: "fed3eb72d0575ef6192293f5093c6e801b1476b577d0386bf4455504522172ed",
    },
  },
} as const satisfies Dataset;

const digits = {
  name: "digits",
  title: "Optical Recognition of Handwritten Digits",
  description: "1,797 handwritten digits of 8 x 8 pixels, values 0 to 16.",
  licence: "CC BY 4.0",
  source: "UCI, doi.org/10.24432/C50P49; scikit-learn",
  files: {
    table: {
      path: "digits/digits.csv.gz",
      bytes: 264712,
      sha256: "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8",
    },
  },
} as const satisfies Dataset;

/** The data sets that ship with the package. */
export const datasets = {
  a9a,
  agaricus,
  "breast-cancer": breastCancer,
  digits,
  "fashion-mnist": fashionMnist,
  tinyshakespeare,
} as const;
