import type { Dataset } from "./dataset.ts";

export const a9a = {
  name: "a9a",
  title: "a9a (UCI Adult)",
  description:
    "Census rows as 123 binary features, income above 50,000 dollars or not: 32,561 + 16,281 rows.",
  licence: "CC BY 4.0",
  source: "UCI Adult, doi.org/10.24432/C5XW20; LIBSVM data sets",
  files: {
    train: {
      path: "a9a/a9a",
      bytes: 2327314,
      checksum: { sha256: "7ba53cccb27e2e525f0fb173e1f446d49856e3fb007eb43be4ec6d0f5b3335ca" },
    },
    validation: {
      path: "a9a/a9a.t",
      bytes: 1164628,
      checksum: { sha256: "1f448a153f0320399a7e40836eb207655b0bde0f21fc941cc472193daa9f5de9" },
    },
  },
} as const satisfies Dataset;

export const adult = {
  name: "adult",
  title: "Adult (UCI)",
  description:
    "Census rows with 6 numbers and 8 categories, income above 50,000 dollars or not: 32,561 + 16,281 rows.",
  licence: "CC BY 4.0",
  source: "UCI, doi.org/10.24432/C5XW20",
  files: {
    train: {
      path: "adult/adult.data",
      bytes: 3974303,
      checksum: { sha256: "ea895aae047aa83ca757e3024a029be8b11806c656ad2c5b1efd8cec28af19ad" },
    },
    validation: {
      path: "adult/adult.test",
      bytes: 2003130,
      checksum: { sha256: "10ab70aad17401e173c0096b6775f78362409517422ceb26c80f5f04dbc2e02e" },
    },
  },
} as const satisfies Dataset;

export const agaricus = {
  name: "agaricus",
  title: "agaricus (UCI Mushroom)",
  description:
    "Mushrooms as 126 binary features, poisonous or not; a linear rule separates them. 6,513 + 1,611 rows.",
  licence: "CC BY 4.0",
  source: "UCI Mushroom, doi.org/10.24432/C5959T; github.com/dmlc/xgboost, demo/data",
  files: {
    train: {
      path: "agaricus/agaricus.txt.train",
      bytes: 742257,
      checksum: { sha256: "915c2def06e9b44a306ad097fe8b6652c7c477d9c1e605bd2130ad20a70a8ad6" },
    },
    validation: {
      path: "agaricus/agaricus.txt.test",
      bytes: 183611,
      checksum: { sha256: "765db79391141953d890ce197fe828a621d6487fbba4de5e4d2217bd140371c0" },
    },
  },
} as const satisfies Dataset;

export const breastCancer = {
  name: "breast-cancer",
  title: "Breast Cancer Wisconsin (Diagnostic)",
  description: "30 measurements of cell nuclei of 569 tumours, malignant or benign.",
  licence: "CC BY 4.0",
  source: "UCI, doi.org/10.24432/C5DW2B; scikit-learn",
  files: {
    table: {
      path: "breast-cancer/breast_cancer.csv",
      bytes: 119913,
      checksum: { sha256: "fed3eb72d0575ef6192293f5093c6e801b1476b577d0386bf4455504522172ed" },
    },
  },
} as const satisfies Dataset;

export const californiaHousing = {
  name: "california-housing",
  title: "California housing",
  description:
    "20,640 districts of the 1990 census: 8 numbers and the nearness of the ocean, and the median value of a house.",
  licence: "public, no licence text",
  source: "Pace and Barry (1997), StatLib; github.com/ageron/data",
  files: {
    table: {
      path: "california-housing/housing.csv",
      bytes: 1423529,
      checksum: { sha256: "2364609dc48bec7df3ba9dbb7041478e704ecddcee70ef1827ec3fc49d22c0cc" },
      alias: "california_housing.csv",
      origin: {
        download: {
          name: "housing.csv",
          urls: [
            "https://raw.githubusercontent.com/ageron/data/2ea73147454d2ff8c8a933913be4606f05b352ca/housing/housing.csv",
          ],
          packing: "plain",
        },
      },
    },
  },
} as const satisfies Dataset;

export const w8a = {
  name: "w8a",
  title: "w8a (web pages)",
  description: "Web pages as 300 binary features, of one category (3 %) or not: 49,749 rows.",
  licence: "no licence text; Platt (1998)",
  source: "LIBSVM data sets",
  files: {
    train: {
      path: "w8a/w8a",
      bytes: 3478239,
      checksum: { sha256: "b464b4f6ce6a5d9e181ffc793e19a04751036273722312398ef7673705014902" },
      origin: {
        download: {
          name: "w8a",
          urls: [
            "https://raw.githubusercontent.com/unc-optimization/AccSPD/d2f1f2c961e3401032649544445bb24ab63ab1c5/data/w8a",
            "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/w8a",
          ],
          packing: "plain",
        },
      },
    },
  },
} as const satisfies Dataset;
