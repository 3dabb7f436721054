import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Dataset, datasets } from "../src/data/registry/index.ts";
import { takeLocal } from "../src/download/local.ts";
import { packageRoot } from "../src/package.ts";

/** The complete data sets beside a checkout, where there are any: tests that want them skip with a reason elsewhere. */
const shared = join(packageRoot, "..", "..", "..", "shared", "data");

/** Where the data sets that do not ship lie there. */
const places: Partial<Record<keyof typeof datasets, string>> = {
  "california-housing": "tabular",
  "cifar10-first": "cifar10",
  "fashion-mnist-full": "fashion-mnist",
  mnist: "mnist",
  w8a: "tabular",
  "wikitext-2": "wikitext-2",
};

/** The folder that holds a data set; undefined where it is absent. */
export function sharedFolder(name: keyof typeof datasets): string | undefined {
  const place = places[name];
  const folder = place === undefined ? undefined : join(shared, place);
  return folder !== undefined && existsSync(folder) ? folder : undefined;
}

/** An empty cache for this process and those that it starts. */
export function ownCache(): string {
  const cache = mkdtempSync(join(tmpdir(), "steepest-cache-"));
  process.env.STEEPEST_CACHE = cache;
  return cache;
}

/** Puts a data set into the cache; false where it is not beside the checkout. */
export function bring(name: keyof typeof datasets, cache: string): boolean {
  const folder = sharedFolder(name);
  if (folder === undefined) return false;
  takeLocal(datasets[name] as Dataset, folder, cache);
  return true;
}
