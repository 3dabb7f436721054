import { cifar10, cifar10First, digits, fashionMnist, fashionMnistFull, mnist } from "./images.ts";
import { a9a, adult, agaricus, breastCancer, californiaHousing, w8a } from "./tables.ts";
import { sotu, tinyshakespeare, wikitext2 } from "./texts.ts";

/** The data sets that the lab knows: those that ship with it, and those that `steepest data get` brings. */
export const datasets = {
  a9a,
  adult,
  agaricus,
  "breast-cancer": breastCancer,
  "california-housing": californiaHousing,
  cifar10,
  "cifar10-first": cifar10First,
  digits,
  "fashion-mnist": fashionMnist,
  "fashion-mnist-full": fashionMnistFull,
  mnist,
  sotu,
  tinyshakespeare,
  w8a,
  "wikitext-2": wikitext2,
} as const;

export { type Checksum, type DataFile, type Dataset, type Download, setOf, ships } from "./dataset.ts";
