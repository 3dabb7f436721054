import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { parseIdx } from "../src/data/idx.ts";
import { loadFashionMnist } from "../src/data/images.ts";
import { parseLibsvm } from "../src/data/libsvm.ts";
import { readData } from "../src/data/read.ts";
import { datasets, ships } from "../src/data/registry/index.ts";
import { loadA9a } from "../src/data/tables.ts";
import { byteVocabulary, characterVocabulary, decodeText } from "../src/data/text.ts";
import { loadTinyShakespeare } from "../src/data/texts.ts";
import { packageRoot } from "../src/package.ts";
import { permutation, randomStream } from "../src/random.ts";

const shipped = join(packageRoot, "data");
const copy = () => {
  const folder = mkdtempSync(join(tmpdir(), "steepest-data-"));
  cpSync(shipped, folder, { recursive: true });
  return folder;
};

describe("shipped data", () => {
  test("Fashion-MNIST: 3,000 and 1,000 images of ten classes", async () => {
    const { train, validation } = await loadFashionMnist();
    expect(train.images.shape).toEqual([3000, 28, 28]);
    expect(validation.labels.shape).toEqual([1000]);
    expect(Array.from(train.labels.data.slice(0, 4))).toEqual([9, 0, 0, 3]);
    expect(new Set(validation.labels.data).size).toBe(10);
  });

  test("a9a: the first row and the share of positive labels", async () => {
    const { train, validation } = await loadA9a();
    expect([train.features.shape, validation.features.shape]).toEqual([
      [32561, 123],
      [16281, 123],
    ]);
    const first = Array.from(train.features.data.slice(0, 123)).flatMap((x, i) => (x === 1 ? [i + 1] : []));
    expect(first).toEqual([3, 11, 14, 19, 39, 42, 55, 64, 67, 73, 75, 76, 80, 83]);
    expect(train.labels.data.filter((y) => y === 1).length).toBe(7841);
  });

  test("tinyshakespeare: 65 characters, encoded and decoded", async () => {
    const { train, validation } = await loadTinyShakespeare();
    expect(train.length + validation.length).toBe(1115394);
    const vocabulary = characterVocabulary(train);
    expect(vocabulary.size).toBe(65);
    expect(vocabulary.decode(vocabulary.encode(validation))).toBe(validation);
    expect(() => vocabulary.encode("é")).toThrow(/"é" is not among the vocabulary's 65/);
  });
});

describe("damaged files are refused by name", () => {
  test("missing, truncated, corrupted, wrong", async () => {
    const folder = copy();
    const file = datasets["fashion-mnist"].files.trainLabels;
    const path = join(folder, `${file.path}.gz`);
    writeFileSync(path, gzipSync(Buffer.alloc(file.bytes)));
    await expect(readData(file, folder)).rejects.toThrow(
      /train-labels-idx1-ubyte.gz: has SHA-256 .*, expected d91bcd/,
    );
    copyFileSync(join(shipped, `${datasets["fashion-mnist"].files.validationLabels.path}.gz`), path);
    await expect(readData(file, folder)).rejects.toThrow(/holds 1008 bytes, expected 3008/);
    truncateSync(path, 100);
    await expect(loadFashionMnist(folder)).rejects.toThrow(/train-labels.*cannot be decompressed/);
    writeFileSync(path, "not gzip");
    await expect(loadFashionMnist(folder)).rejects.toThrow(/train-labels.*expected intact gzip/);
    await expect(readData({ ...file, path: "x/absent" }, folder)).rejects.toThrow(
      /x\/absent: is missing from .*; expected a file of 3008 bytes, or x\/absent.gz/,
    );
  });

  test("IDX", () => {
    const good = Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]);
    expect(Array.from(parseIdx(good, "x").data)).toEqual([7, 8, 9]);
    expect(() => parseIdx(good.slice(0, 10), "x")).toThrow(
      /x: truncated: 10 bytes, expected 11 for shape \[3\]/,
    );
    expect(() => parseIdx(Uint8Array.from([...good, 1]), "x")).toThrow(/longer than its header says/);
    expect(() => parseIdx(good.slice(0, 6), "x")).toThrow(/ends inside its header/);
    expect(() => parseIdx(good.slice(0, 2), "x")).toThrow(/4-byte magic number/);
    expect(() => parseIdx(good, "x", [-1, 28, 28])).toThrow(/has shape \[3\]; expected \[N, 28, 28\]/);
    const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47]);
    expect(() => parseIdx(png, "x")).toThrow(/magic number 0x89504e47 is not IDX's/);
    const floats = Uint8Array.from([0, 0, 13, 1, 0, 0, 0, 1, 0x3f, 0x80, 0, 0]);
    expect(parseIdx(floats, "x").data).toEqual(Float32Array.of(1));
  });

  test("LIBSVM", () => {
    const { features, labels } = parseLibsvm("+1 1:0.5 3:2\n-1\n", "f", 3);
    expect(Array.from(features.data)).toEqual([0.5, 0, 2, 0, 0, 0]);
    expect(Array.from(labels.data)).toEqual([1, -1]);
    const bad: [string, RegExp][] = [
      ["", /f: is empty/],
      ["+1 1:1\nyes 1:1", /f:2: the label "yes" is not a number/],
      ["+1 1:", /f:1: "1:" is not index:value/],
      ["+1 7", /"7" is not index:value/],
      ["+1 2:1 1:1", /index 1 after 2/],
      ["+1 0:1", /indices start at 1/],
      ["+1 4:1", /index 4 is beyond the 3 features/],
    ];
    for (const [text, message] of bad) expect(() => parseLibsvm(text, "f", 3)).toThrow(message);
  });

  test("text", () => {
    expect(() => decodeText(Uint8Array.of(0xff, 0xfe), "f.txt")).toThrow(/f.txt: is not valid UTF-8/);
    expect(() => decodeText(new Uint8Array(), "f.txt")).toThrow(/f.txt: is empty/);
    expect(byteVocabulary.decode(byteVocabulary.encode("né"))).toBe("né");
  });
});

test("every shipped data set, and no other, is in NOTICE.md; together they are small", () => {
  const notice = readFileSync(join(shipped, "NOTICE.md"), "utf8");
  const named = [...notice.matchAll(/^## (.+)$/gm)].map(([, name]) => name);
  const shipping = Object.values(datasets).filter(ships);
  expect(named.sort()).toEqual(shipping.map(({ name }) => name).sort());
  const paths = shipping.flatMap(({ files }) => Object.values(files).map(({ path }) => `${path}.gz`));
  const present = readdirSync(shipped, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "NOTICE.md")
    .map((entry) => join(entry.parentPath, entry.name));
  expect(present.sort()).toEqual(paths.map((path) => join(shipped, path)).sort());
  expect(present.reduce((n, path) => n + statSync(path).size, 0)).toBeLessThan(12e6);
});

describe("random streams", () => {
  test("depend on seed and purpose alone", () => {
    const draw = (seed: number, purpose: string) => {
      const s = randomStream(seed, purpose);
      return [s.uniform(), s.normal(), s.below(1000)];
    };
    expect(draw(1, "a")).toEqual(draw(1, "a"));
    expect(draw(1, "a")).not.toEqual(draw(2, "a"));
    expect(draw(1, "a")).not.toEqual(draw(1, "b"));
  });

  test("normal values have mean 0 and variance 1; permutations hold every number", () => {
    const s = randomStream(5, "moments");
    const n = 20_000;
    const x = Array.from({ length: n }, () => s.normal());
    const mean = x.reduce((a, b) => a + b, 0) / n;
    const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.04);
    const order = permutation(100, s);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect([...order]).not.toEqual([...order].sort((a, b) => a - b));
  });
});
