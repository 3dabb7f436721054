import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";

/** A file of the page, ready to be sent. */
export interface PageFile {
  readonly body: Buffer;
  readonly type: string;
  /** Of the content, quoted as the header wants it. */
  readonly etag: string;
  /** Its name holds a digest of the content, so that it never changes. */
  readonly immutable: boolean;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

/**
 * The built page, by path ("/index.html"). It is read once: what is not in this map cannot be asked for, whatever an
 * address looks like. Symbolic links are passed over.
 */
export function readPage(folder: string): Map<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const body = readFileSync(path);
    const name = `/${relative(folder, path).split(sep).join("/")}`;
    files.set(name, {
      body,
      type: types[extname(name)] ?? "application/octet-stream",
      etag: etagOf(body),
      immutable: name.startsWith("/assets/"),
    });
  }
  return files;
}

export const etagOf = (body: Buffer | string): string =>
  `"${createHash("sha256").update(body).digest("hex").slice(0, 24)}"`;
