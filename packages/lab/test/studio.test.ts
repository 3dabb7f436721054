import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findResults } from "../src/studio/results.ts";
import { type Studio, startStudio } from "../src/studio/server.ts";
import { start, steepest, temporaryFolder } from "./steepest.ts";

/** A page beside a secret, with links out of it. */
function pageFolder(): string {
  const outside = temporaryFolder();
  const page = join(outside, "page");
  mkdirSync(join(page, "assets"), { recursive: true });
  writeFileSync(join(outside, "secret.txt"), "secret");
  writeFileSync(join(page, "index.html"), "<!doctype html>page");
  writeFileSync(join(page, "assets", "main-abc.js"), "export {};");
  writeFileSync(join(page, "assets", "a b.wasm"), "wasm");
  symlinkSync(join(outside, "secret.txt"), join(page, "link.txt"));
  symlinkSync(outside, join(page, "up"));
  return page;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A request as it is written, which clients would tidy up. */
function raw(origin: string, request: string): Promise<Answer> {
  const { port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1", () =>
      socket.end(`${request}\r\nConnection: close\r\n\r\n`),
    );
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("error", reject);
    socket.on("close", () => {
      const [head = "", ...body] = text.split("\r\n\r\n");
      const [status = "", ...lines] = head.split("\r\n");
      const headers = lines.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]);
      resolve({
        status: Number(status.split(" ")[1]),
        headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
        body: body.join("\r\n\r\n"),
      });
    });
  });
}

describe("the server of the studio", () => {
  let studio: Studio;
  const entry = { name: "runs/one study", kind: "study", path: "/nowhere", changed: 5 } as const;
  beforeAll(async () => {
    studio = await startStudio({
      page: pageFolder(),
      port: 0,
      list: () => [entry],
      report: ({ path }) => (path === "/nowhere" ? '{"format":"steepest-report"}' : ""),
    });
  });
  afterAll(() => studio.close());
  const get = (path: string, more = "", method = "GET") =>
    raw(studio.origin, `${method} ${path} HTTP/1.1\r\nHost: ${new URL(studio.origin).host}${more}`);

  test("files have their types, a strict policy, and are cached", async () => {
    const index = await get("/");
    expect(index).toMatchObject({ status: 200, body: "<!doctype html>page" });
    expect(index.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    const policy = index.headers["content-security-policy"]!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/'unsafe-inline'|'unsafe-eval'|https?:/);
    const script = await get("/assets/main-abc.js?x=1");
    expect(script.headers).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
    });
    expect((await get("/assets/a%20b.wasm")).headers["content-type"]).toBe("application/wasm");
    const again = await get("/", `\r\nIf-None-Match: ${index.headers.etag}`);
    expect([again.status, again.body]).toEqual([304, ""]);
    const head = await get("/", "", "HEAD");
    expect([head.status, head.body, head.headers["content-length"]]).toEqual([200, "", "19"]);
  });

  test.each([
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/%2e%2e%2fsecret.txt",
    "/..%2fsecret.txt",
    "/assets/../../secret.txt",
    "/assets/..%5c..%5csecret.txt",
    "/%252e%252e/secret.txt",
    "/..%c0%afsecret.txt",
    "/....//secret.txt",
    "//secret.txt",
    "/secret.txt",
    "/link.txt",
    "/up/secret.txt",
    "/%00",
    "/index.html%00.js",
    "/results/../secret.txt",
    "/results/runs%2f..%2f..%2fsecret.txt",
    "/results//nowhere",
    "/assets",
    "/assets/",
    "/__proto__",
    "/constructor",
    "file:///etc/passwd",
    "http://127.0.0.1/etc/passwd",
    "*",
  ])("nothing outside is served: %s", async (path) => {
    const { status, body } = await get(path);
    expect([400, 404]).toContain(status);
    expect(body).not.toContain("root:");
    expect(body).not.toContain("secret\n");
    expect(body).not.toBe("secret");
  });

  test("results are listed, and given by their listed name alone", async () => {
    const list = await get("/results.json");
    expect(JSON.parse(list.body)).toEqual({
      results: [{ name: "runs/one study", kind: "study", changed: 5 }],
    });
    expect(list.body).not.toContain("nowhere");
    expect(await get("/results/runs/one%20study")).toMatchObject({
      status: 200,
      body: '{"format":"steepest-report"}',
    });
  });

  test.each(["evil.example", "127.0.0.1", "localhost:1", "127.0.0.1.evil.example:80", ""])(
    "another host name is refused: %s",
    async (host) => {
      for (const path of ["/", "/results.json"]) {
        const answer = await raw(studio.origin, `GET ${path} HTTP/1.1\r\nHost: ${host}`);
        expect(answer.status).toBe(421);
        expect(answer.body).not.toContain("one study");
      }
    },
  );

  test("it only reads", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
      const answer = await get("/", "\r\nContent-Length: 0", method);
      expect([answer.status, answer.headers.allow]).toEqual([405, "GET, HEAD"]);
    }
  });

  test("it listens on the loopback address only, and a taken port is a clear error", async () => {
    const { hostname, port } = new URL(studio.origin);
    expect(hostname).toBe("127.0.0.1");
    const second = startStudio({ page: pageFolder(), port: Number(port), list: () => [], report: () => "" });
    await expect(second).rejects.toThrow(`port ${port}: another program uses it; choose another --port`);
  });
});

test("results are found in folders and files, without links and hidden files", () => {
  const root = realpathSync(temporaryFolder());
  const outside = realpathSync(temporaryFolder());
  const put = (folder: string, name: string, text = "{}") => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  put(join(root, "runs", "a"), "study.json");
  put(join(root, "runs", "a"), "report.html", '<script id="steepest-report">');
  put(join(root, "runs", "deep", "b"), "race.json");
  put(join(root, "runs", ".hidden"), "study.json");
  put(join(root, "runs", "c"), "report.html", `${"x".repeat(2 ** 20)}<script id="steepest-report">`);
  put(join(root, "runs", "c"), "other.html", "<p>");
  put(join(root, "other"), "one.json", '{"format": "steepest-report"}');
  put(outside, "study.json");
  symlinkSync(outside, join(root, "runs", "link"));
  put(join(root, "runs", "a"), "view.json", '{"format":"steepest-landscape/1"}');
  put(join(root, "runs", "lecture"), "cloud.json", '{"format":"steepest-animation","version":1}');
  const found = findResults([join(root, "runs"), join(root, "other", "one.json"), join(root, "runs", "a")]);
  expect(found.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual([
    "animation runs/lecture/cloud.json",
    "landscape a/view.json",
    "landscape runs/a/view.json",
    "race runs/deep/b",
    "report one.json",
    "report runs/c/report.html",
    "study a",
    "study runs/a",
  ]);
  expect(findResults([root, root]).map(({ name }) => name)).toContain(`${root.split("/").at(-1)}/runs/a (2)`);
});

describe("steepest studio", () => {
  test.concurrent("bad arguments are refused with a clear message", async () => {
    const missing = await steepest("studio", "/no/such/folder", "--no-open");
    expect(missing.stderr).toMatch(
      /\/no\/such\/folder: no such file or folder; expected the folder of a study/,
    );
    expect([missing.code, missing.stdout]).toEqual([1, ""]);
    const port = await steepest("studio", "--port", "http");
    expect(port.stderr).toMatch(/Expected a port from 1 to 65535/);
    expect(port.code).toBe(1);
  });

  test.concurrent.each(["SIGINT", "SIGTERM"] as const)("%s stops it cleanly", async (signal) => {
    let seen: Promise<Answer> | undefined;
    const { code, stdout, stderr } = await start(
      ["studio", temporaryFolder(), "--no-open"],
      (text, child) => {
        const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
        if (origin === undefined || !text.includes("Ctrl-C") || seen) return;
        seen = raw(origin, `GET / HTTP/1.1\r\nHost: ${new URL(origin).host}`);
        seen.finally(() => child.kill(signal));
      },
    );
    expect((await seen)?.body, stderr).toContain("<title>Steepest");
    expect(stdout).toMatch(/0 results to explore[\s\S]*stopped\n$/);
    expect(code).toBe(0);
  });
});
