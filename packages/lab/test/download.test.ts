import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { createTar } from "nanotar";
import { afterEach, describe, expect, test } from "vitest";
import { progressLine } from "../src/cli/get-data.ts";
import type { DataFile, Dataset, Download } from "../src/data/registry/index.ts";
import { getDataset } from "../src/download/get.ts";
import { takeLocal } from "../src/download/local.ts";

/** A real server on loopback; the test says how it answers. */
type Answer = (request: IncomingMessage, response: ServerResponse, attempt: number) => void;
const open: { close(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});
async function serve(answer: Answer): Promise<{ url: string; ranges: (string | undefined)[] }> {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response, ranges.length);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({ close: () => [server.closeAllConnections(), server.close()] });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ranges };
}

/** Sends a file, or the part of it that a range asks for. */
function send(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const headers = { "content-length": bytes.length - from };
  if (request.headers.range === undefined) response.writeHead(200, headers);
  else
    response.writeHead(206, {
      ...headers,
      "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
    });
  response.end(bytes.subarray(from));
}

/** Announces a whole file and breaks off in the middle. */
function breakOff(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array, at: number): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  response.writeHead(from > 0 ? 206 : 200, {
    "content-length": bytes.length - from,
    ...(from > 0 && { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
  });
  response.write(bytes.subarray(from, at), () => setTimeout(() => response.destroy(), 50));
}

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >> 3);
const hash = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest("hex");
const packed = gzipSync(content);

function dataset(urls: string[], bytes: Uint8Array, more: Partial<Download> = {}): Dataset {
  const download: Download = {
    name: "numbers.bin.gz",
    urls,
    packing: "gzip",
    md5: hash("md5", bytes),
    ...more,
  };
  const file: DataFile = {
    path: "numbers/numbers.bin",
    bytes: content.length,
    checksum: { sha256: hash("sha256", content) },
    origin: { download },
  };
  return { name: "numbers", title: "", description: "", licence: "", source: "", files: { file } };
}
const cacheFolder = () => mkdtempSync(join(tmpdir(), "steepest-cache-"));
const fast = { pause: 1, stall: 300 };
const leftovers = (cache: string) => readdirSync(join(cache, "downloads"));

describe("a download", () => {
  test("is unpacked, checked, kept, and not repeated", async () => {
    const { url, ranges } = await serve((request, response) => send(request, response, packed));
    const cache = cacheFolder();
    const set = dataset([url], packed);
    const progress: [number, number | undefined][] = [];
    const onDownload = () => ({
      onProgress: (n: number, total: number | undefined) => progress.push([n, total]),
    });
    const paths = await getDataset(set, { cache, ...fast, onDownload });
    expect(paths).toEqual([join(cache, "numbers", "numbers.bin")]);
    expect(readFileSync(paths[0] as string).equals(content)).toBe(true);
    expect(progress.at(-1)).toEqual([packed.length, packed.length]);
    expect(leftovers(cache)).toEqual([]);
    expect(await getDataset(set, { cache })).toEqual([]);
    expect(ranges.length).toBe(1);
    // A file that was damaged in the cache is fetched again.
    writeFileSync(paths[0] as string, "x");
    expect(await getDataset(set, { cache })).toEqual(paths);
  });

  test("goes on where the connection broke off, with a range", async () => {
    const { url, ranges } = await serve((request, response, attempt) =>
      attempt < 3 ? breakOff(request, response, packed, attempt * 1000) : send(request, response, packed),
    );
    const [path] = await getDataset(dataset([url], packed), { cache: cacheFolder(), ...fast });
    const starts = ranges.map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? "bytes=0-")?.[1]));
    expect(starts[0]).toBe(0);
    expect(starts[1]).toBeGreaterThan(0);
    expect(starts[2]).toBeGreaterThan(starts[1] as number);
    expect(readFileSync(path as string).equals(content)).toBe(true);
  });

  test("that was stopped goes on in the next call; one on a server without ranges starts over", async () => {
    for (const hasRanges of [true, false]) {
      const controller = new AbortController();
      const { url, ranges } = await serve((request, response, attempt) => {
        if (attempt === 1) {
          response.writeHead(200, { "content-length": packed.length });
          response.write(packed.subarray(0, 5000));
        } else if (hasRanges) send(request, response, packed);
        else response.writeHead(200, { "content-length": packed.length }).end(packed);
      });
      const cache = cacheFolder();
      const set = dataset([url], packed);
      const onDownload = () => ({ onProgress: () => controller.abort(new Error("stopped")) });
      await expect(getDataset(set, { cache, signal: controller.signal, onDownload })).rejects.toThrow(
        "stopped",
      );
      expect(leftovers(cache)).toEqual(["numbers-numbers.bin.gz.part"]);
      const { size } = statSync(join(cache, "downloads", "numbers-numbers.bin.gz.part"));
      expect(size).toBeGreaterThan(0);
      const [path] = await getDataset(set, { cache, ...fast });
      expect(ranges[1]).toBe(`bytes=${size}-`);
      expect(readFileSync(path as string).equals(content)).toBe(true);
    }
  });

  test("that continued another file starts over", async () => {
    const { url, ranges } = await serve((request, response) => send(request, response, packed));
    const cache = cacheFolder();
    mkdirSync(join(cache, "downloads"));
    writeFileSync(join(cache, "downloads", "numbers-numbers.bin.gz.part"), "something else");
    await getDataset(dataset([url], packed), { cache, ...fast });
    expect(ranges).toEqual(["bytes=14-", undefined]);
    // So does one that is longer than the file (the server answers 416).
    const strict = await serve((request, response, attempt) => {
      if (attempt > 1) send(request, response, packed);
      else response.writeHead(416, { "content-range": `bytes */${packed.length}` }).end();
    });
    const other = cacheFolder();
    mkdirSync(join(other, "downloads"));
    writeFileSync(join(other, "downloads", "numbers-numbers.bin.gz.part"), Buffer.alloc(packed.length + 1));
    await getDataset(dataset([strict.url], packed), { cache: other, ...fast });
  });

  test("tries the next address after a 404, and again after a 503", async () => {
    const { url, ranges } = await serve((request, response, attempt) => {
      if (request.url === "/gone") response.writeHead(404).end();
      else if (attempt < 3) response.writeHead(503).end();
      else send(request, response, packed);
    });
    await getDataset(dataset([`${url}/gone`, `${url}/here`], packed), { cache: cacheFolder(), ...fast });
    expect(ranges.length).toBe(3);
  });

  test.each<[string, Answer, Partial<Download>, RegExp]>([
    [
      "404",
      (_, r) => r.writeHead(404).end(),
      {},
      /cannot be downloaded:\n {2}http.*: the server answered 404 Not Found$/,
    ],
    ["500 all the time", (_, r) => r.writeHead(500).end(), {}, /500 Internal Server Error \(5 attempts\)/],
    [
      "a server that always stops in the middle",
      (q, r) => breakOff(q, r, packed, 1000),
      {},
      /ended after 1000 of \d+ bytes|terminated.*\(5 attempts\)/,
    ],
    [
      "a server that falls silent",
      (_, r) => r.writeHead(200, { "content-length": 10 }).write("abc"),
      {},
      /nothing arrived for 0.3 s \(5 attempts\)/,
    ],
    ["another file", (q, r) => send(q, r, gzipSync("x")), {}, /has MD5 [0-9a-f]{32}, expected [0-9a-f]{32}$/],
    [
      "another file where no checksum of the download is known",
      (q, r) => send(q, r, gzipSync("x")),
      { md5: undefined as never },
      /numbers.bin.gz \(numbers\/numbers.bin\): holds 1 bytes, expected 300000/,
    ],
    [
      "a page in place of the file",
      (q, r) => send(q, r, Buffer.from("<html>")),
      { md5: undefined as never },
      /numbers.bin.gz: cannot be decompressed .* expected intact gzip/,
    ],
  ])("%s is a clear error and leaves nothing in the cache", async (_, answer, more, message) => {
    const { url } = await serve(answer);
    const cache = cacheFolder();
    await expect(getDataset(dataset([url], packed, more), { cache, ...fast })).rejects.toThrow(message);
    expect(existsSync(join(cache, "numbers"))).toBe(false);
  });

  test("nobody at the address", async () => {
    const set = dataset(["http://127.0.0.1:9/numbers"], packed);
    await expect(getDataset(set, { cache: cacheFolder(), ...fast })).rejects.toThrow(
      /http:\/\/127.0.0.1:9\/numbers: fetch failed.*\(5 attempts\)|bad port/,
    );
  });
});

/** A set of two files in one archive. */
function archived(packing: "tar.gz" | "zip", urls: string[] = []): { set: Dataset; bytes: Uint8Array } {
  const second = content.subarray(7, 1007);
  const members = { "deep/a.bin": content, "deep/b.bin": content.subarray(7) };
  const bytes =
    packing === "zip"
      ? zipSync(members)
      : gzipSync(createTar(Object.entries(members).map(([name, data]) => ({ name, data }))));
  const download: Download = { name: `pair.${packing}`, urls, packing, md5: hash("md5", bytes) };
  const file = (name: string, data: Uint8Array, head: boolean): DataFile => ({
    path: `pair/${name}`,
    bytes: data.length,
    checksum: { md5: hash("md5", data) },
    origin: { download, member: `deep/${name}`, ...(head && { head: true as const }) },
  });
  const files = { a: file("a.bin", content, false), b: file("b.bin", second, true) };
  return { set: { name: "pair", title: "", description: "", licence: "", source: "", files }, bytes };
}

describe("archives and local files", () => {
  test.each(["tar.gz", "zip"] as const)(
    "%s, downloaded once for both files, and from a local copy",
    async (packing) => {
      const { url, ranges } = await serve((request, response) =>
        send(request, response, archived(packing).bytes),
      );
      const { set, bytes } = archived(packing, [url]);
      expect((await getDataset(set, { cache: cacheFolder(), ...fast })).length).toBe(2);
      expect(ranges.length).toBe(1);

      const folder = mkdtempSync(join(tmpdir(), "steepest-from-"));
      const path = join(folder, `pair.${packing}`);
      writeFileSync(path, bytes);
      for (const from of [folder, path]) expect(takeLocal(set, from, cacheFolder()).length).toBe(2);
      writeFileSync(path, bytes.subarray(0, bytes.length >> 1));
      expect(() => takeLocal(set, folder, cacheFolder())).toThrow(
        /pair\.(tar\.gz|zip): (cannot be decompressed|is not an intact zip)/,
      );
    },
  );

  test("a folder: plain or gz, in it or in a folder of it; what is wrong is named and nothing is kept", () => {
    const { set } = archived("zip");
    const folder = mkdtempSync(join(tmpdir(), "steepest-from-"));
    const cache = cacheFolder();
    expect(() => takeLocal(set, join(folder, "none"), cache)).toThrow(/none: no such file or folder/);
    expect(() => takeLocal(set, folder, cache)).toThrow(
      /has no a.bin, a.bin.gz or pair.zip \(300000 bytes unpacked\)/,
    );
    mkdirSync(join(folder, "inner"));
    writeFileSync(join(folder, "inner", "a.bin.gz"), packed);
    writeFileSync(join(folder, "b.bin"), content.subarray(8));
    expect(() => takeLocal(set, folder, cache)).toThrow(/b.bin: has MD5 .*, expected/);
    expect(readdirSync(cache)).toEqual([]);
    writeFileSync(join(folder, "b.bin"), content.subarray(7));
    expect(takeLocal(set, folder, cache).map((path) => readFileSync(path).length)).toEqual([300_000, 1000]);
  });

  test("one file for a set of one file, whatever its name", () => {
    const set = dataset([], packed);
    const path = join(mkdtempSync(join(tmpdir(), "steepest-from-")), "download (1)");
    writeFileSync(path, content);
    expect(takeLocal(set, path, cacheFolder()).length).toBe(1);
    writeFileSync(path, content.subarray(1));
    expect(() => takeLocal(set, path, cacheFolder())).toThrow(
      /download \(1\): holds 299999 bytes, expected 300000/,
    );
  });
});

test("the progress bar", () => {
  expect(progressLine("x.gz", 5e6, 2e7, 1e6)).toBe(
    "x.gz  ######..................  25%  5.0 MB of 20.0 MB  1.0 MB/s  15 s left",
  );
  expect(progressLine("x.gz", 5e6, undefined, 1e6)).toBe("x.gz  5.0 MB  1.0 MB/s");
});
