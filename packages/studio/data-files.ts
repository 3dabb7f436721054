import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Small parts of the lab's data sets as files of the page. Their formats are those that src/learning/data.ts reads. */

const shipped = (path: string): Buffer =>
  gunzipSync(readFileSync(new URL(`../lab/data/${path}`, import.meta.url)));

/** Pixels and label of every digit, a byte each. */
function digits(): Buffer {
  const rows = shipped("digits/digits.csv.gz").toString().trim().split("\n");
  return Buffer.from(rows.flatMap((row) => row.split(",").map(Number)));
}

/** 1,000 training and 250 validation images: pixels and label, a byte each. */
function fashion(): Buffer {
  const part = (name: string, count: number) => {
    const pixels = shipped(`fashion-mnist/${name}-images-idx3-ubyte.gz`).subarray(16);
    const labels = shipped(`fashion-mnist/${name}-labels-idx1-ubyte.gz`).subarray(8);
    return Array.from({ length: count }, (_, i) => [
      pixels.subarray(784 * i, 784 * (i + 1)),
      labels.subarray(i, i + 1),
    ]).flat();
  };
  return Buffer.concat([...part("train", 1000), ...part("t10k", 250)]);
}

/** The first fifth of the plays. */
const shakespeare = (): Buffer => shipped("tinyshakespeare/input.txt.gz").subarray(0, 220_000);

const files = { "digits.bin": digits, "fashion.bin": fashion, "shakespeare.txt": shakespeare };

/** Puts the files under data/, in the build and on the development server. */
export function shippedData(): Plugin {
  return {
    name: "shipped-data",
    generateBundle() {
      for (const [name, make] of Object.entries(files)) {
        this.emitFile({ type: "asset", fileName: `data/${name}`, source: make() });
      }
    },
    configureServer({ middlewares }) {
      middlewares.use("/data/", (request, response, next) => {
        const make = files[(request.url ?? "").slice(1) as keyof typeof files];
        if (make) response.end(make());
        else next();
      });
    },
  };
}
