import { expect, test } from "vitest";
import { loadAgaricus, loadBreastCancer, loadDigits, parseTable } from "../src/data/tables.ts";

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
