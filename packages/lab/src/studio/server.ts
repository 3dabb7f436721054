import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { etagOf, readPage } from "./page-files.ts";
import type { ResultsEntry } from "./results.ts";

export interface StudioOptions {
  /** Folder of the built page. */
  readonly page: string;
  /** 0: a free one. */
  readonly port: number;
  /** What there is to open, found anew for every question. */
  readonly list: () => readonly ResultsEntry[];
  /** The data of an entry's report, as JSON. */
  readonly report: (entry: ResultsEntry) => Promise<string> | string;
}

export interface Studio {
  /** "http://127.0.0.1:port" */
  readonly origin: string;
  /** Ends all connections. */
  close(): Promise<void>;
}

const loopback = "127.0.0.1";

const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const always = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/**
 * Serves the page, `/results.json` (what there is to open) and `/results/NAME` (the data of one) to this machine alone.
 * Addresses are looked up in tables and never become paths, so that nothing else can be read.
 *
 * @throws Error when the port is taken
 */
export async function startStudio({ page, port, list, report }: StudioOptions): Promise<Studio> {
  const files = readPage(page);
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(always)) response.setHeader(name, value);
    answer(request, response).catch((error: unknown) => {
      fail(response, 500, error instanceof Error ? error.message : String(error));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A page from elsewhere whose name was made to point here (DNS rebinding) sends that name.
    if (!hosts.has(request.headers.host ?? "")) {
      return fail(response, 421, `this server is ${origin}`);
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      return fail(response, 405, "this server only reads");
    }
    const path = pathOf(request.url ?? "");
    if (path === undefined) return fail(response, 400, "the address is malformed");
    if (path === "/results.json") {
      const entries = list().map(({ name, kind, changed }) => ({ name, kind, changed }));
      return send(request, response, json, JSON.stringify({ results: entries }));
    }
    if (path.startsWith("/results/")) {
      const entry = list().find(({ name }) => `/results/${name}` === path);
      if (entry === undefined) return fail(response, 404, "there is no such result");
      return send(request, response, json, await report(entry));
    }
    const file = files.get(path === "/" ? "/index.html" : path);
    if (file === undefined) return fail(response, 404, "there is no such file");
    const caching = file.immutable ? "public, max-age=31536000, immutable" : "no-cache";
    send(request, response, file.type, file.body, file.etag, caching);
  }

  await new Promise<void>((listening, failed) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = {
        EADDRINUSE: "another program uses it; choose another --port, or none for a free one",
        EACCES: "ports below 1024 need privileges; choose another --port, or none for a free one",
      };
      failed(new Error(`port ${port}: ${reasons[error.code ?? ""] ?? error.message}`, { cause: error }));
    });
    server.listen(port, loopback, listening);
  });
  const { port: taken } = server.address() as AddressInfo;
  const origin = `http://${loopback}:${taken}`;
  const hosts = new Set([`${loopback}:${taken}`, `localhost:${taken}`]);
  if (taken === 80) hosts.add(loopback).add("localhost");
  return {
    origin,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

const json = "application/json; charset=utf-8";

/** The decoded path of a request; undefined when it is malformed, or no path ("http://other/..." of a proxy). */
function pathOf(url: string): string | undefined {
  const [path = ""] = url.split("?", 1);
  if (!path.startsWith("/")) return undefined;
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  type: string,
  body: Buffer | string,
  etag = etagOf(body),
  caching = "no-cache",
): void {
  response.setHeader("etag", etag);
  response.setHeader("cache-control", caching);
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, { "content-type": type, "content-length": Buffer.byteLength(body) });
  response.end(request.method === "HEAD" ? undefined : body);
}

function fail(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) return void response.destroy();
  response.setHeader("cache-control", "no-store");
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${message}\n`);
}
