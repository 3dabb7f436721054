import { beforeAll, describe, expect, test } from "vitest";
import { loadAdult } from "../src/data/adult.ts";
import { loadCaliforniaHousing } from "../src/data/housing.ts";
import { loadCifar10First, loadMnist } from "../src/data/images.ts";
import { loadAgaricus, loadBreastCancer, loadDigits, loadW8a, parseTable } from "../src/data/tables.ts";
import { loadSotu, loadWikitext2 } from "../src/data/texts.ts";
import { bring, ownCache, sharedFolder } from "./shared-data.ts";

test("agaricus, breast cancer and digits: shapes, first values and class counts", async () => {
  const { train, validation } = await loadAgaricus();
  expect([train.features.shape, validation.features.shape]).toEqual([
    [6513, 126],
    [1611, 126],
  ]);
  expect(train.labels.data.filter((y) => y === 1).length).toBe(3140);
  const cancer = await loadBreastCancer();
  expect(cancer.features.shape).toEqual([569, 30]);
  expect(cancer.features.data[0]).toBeCloseTo(17.99, 5);
  expect(cancer.labels.data.filter((y) => y === 1).length).toBe(357);
  const digits = await loadDigits();
  expect(digits.features.shape).toEqual([1797, 64]);
  expect(Array.from(digits.labels.data.slice(0, 5))).toEqual([0, 1, 2, 3, 4]);
});

test("a damaged table is refused by row and field", () => {
  expect(() => parseTable("1,2,0\n1,0\n", "t.csv", 2)).toThrow("t.csv: row 1: has 2 fields, expected 3");
  expect(() => parseTable("1,nan,0\n", "t.csv", 2)).toThrow(
    't.csv: row 0: field 1 is "nan", expected a number',
  );
});

test("Adult: numbers scaled, categories one-hot, labels of both files", async () => {
  const { train, validation } = await loadAdult();
  expect(train.features.shape).toEqual([32561, 108]);
  expect(validation.features.shape).toEqual([16281, 108]);
  expect(train.labels.data.filter((y) => y === 1).length).toBe(7841);
  expect(validation.labels.data.filter((y) => y === 1).length).toBe(3846);
  // Every row has 8 categories; the validation rows may have some that training lacks.
  const row = Array.from(train.features.data.subarray(0, 108));
  expect(row.filter((v) => v === 1).length).toBe(8);
  const ages = Array.from({ length: 32561 }, (_, i) => train.features.data[i * 108] as number);
  expect(Math.abs(ages.reduce((a, b) => a + b, 0) / ages.length)).toBeLessThan(1e-4);
});

test("State of the Union: in order, from Washington to Biden", async () => {
  const { train, validation } = await loadSotu();
  expect(train.startsWith("Fellow-Citizens of the Senate and House of Representatives")).toBe(true);
  expect(train.length + validation.length).toBeGreaterThan(10_700_000);
  expect(validation).toContain("Ukraine");
});

describe("sets that do not ship", () => {
  let cache: string;
  beforeAll(() => {
    cache = ownCache();
  });
  const absent = (name: Parameters<typeof sharedFolder>[0]) => sharedFolder(name) === undefined;

  test("are asked for by the command that brings them", async () => {
    await expect(loadW8a()).rejects.toThrow(
      "w8a/w8a: is not on this machine; `steepest data get w8a` downloads it, or takes it from a local folder with --from",
    );
  });

  test.skipIf(absent("w8a"))("w8a: 49,749 rows, 3 % positive (skips without ../shared)", async () => {
    bring("w8a", cache);
    const { features, labels } = await loadW8a();
    expect(features.shape).toEqual([49749, 300]);
    expect(labels.data.filter((y) => y === 1).length).toBe(1479);
  });

  test.skipIf(absent("california-housing"))("California housing (skips without ../shared)", async () => {
    bring("california-housing", cache);
    const { features, labels, proximity } = await loadCaliforniaHousing();
    expect(features.shape).toEqual([20640, 8]);
    expect(Array.from(features.data.subarray(0, 8))).toEqual([
      -122.23, 37.88, 41, 880, 129, 322, 126, 8.3252,
    ]);
    expect(labels.data[0]).toBe(452600);
    expect(
      Array.from({ length: 20640 }, (_, i) => features.data[i * 8 + 4]).filter((v) => v === 435).length,
    ).toBe(207 + 37);
    expect(new Set(proximity.data).size).toBe(5);
  });

  test.skipIf(absent("cifar10-first"))("CIFAR-10, first 10,000 (skips without ../shared)", async () => {
    bring("cifar10-first", cache);
    const { train, validation } = await loadCifar10First();
    expect([train.images.shape, validation.images.shape]).toEqual([
      [10000, 3, 32, 32],
      [1000, 3, 32, 32],
    ]);
    expect(Array.from(train.labels.data.slice(0, 5))).toEqual([6, 9, 9, 4, 1]);
    expect(Array.from(train.images.data.slice(0, 3))).toEqual([59, 43, 50]);
  });

  test.skipIf(absent("mnist"))("MNIST and WikiText-2 (skips without ../shared)", async () => {
    bring("mnist", cache);
    bring("wikitext-2", cache);
    const { train, validation } = await loadMnist();
    expect([train.images.shape[0], validation.images.shape[0]]).toEqual([60000, 10000]);
    expect(Array.from(train.labels.data.slice(0, 5))).toEqual([5, 0, 4, 1, 9]);
    const text = await loadWikitext2();
    expect(text.train.trimStart().startsWith("= Valkyria Chronicles III =")).toBe(true);
  });
});
