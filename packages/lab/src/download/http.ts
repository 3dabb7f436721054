import { createHash } from "node:crypto";
import { createReadStream, existsSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { DataError } from "../data/error.ts";

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called as bytes arrive. `total` is undefined when the server does not say. */
  readonly onProgress?: ((received: number, total: number | undefined) => void) | undefined;
  /** Published MD5 of the file. */
  readonly md5?: string | undefined;
  /** Milliseconds before the second attempt; doubled before every further one. Default 500. */
  readonly pause?: number | undefined;
  /** Milliseconds without a byte after which an attempt is given up. Default 30,000. */
  readonly stall?: number | undefined;
}

/** Attempts at one address. */
const attempts = 5;

/** A failure that another attempt may mend. */
class Passing extends Error {}

/**
 * Downloads a file to `path`, which must not exist. What arrived before an interruption is kept in PATH.part and
 * continued by a range request, in this call or a later one.
 *
 * @param urls tried in order
 * @throws DataError with what happened at every address.
 */
export async function download(
  urls: readonly string[],
  path: string,
  options: DownloadOptions = {},
): Promise<string> {
  const part = `${path}.part`;
  const problems: string[] = [];
  for (const url of urls) {
    const problem = await tryAddress(url, part, options);
    if (problem === undefined) return part;
    problems.push(`${url}: ${problem}`);
  }
  throw new DataError(path, `cannot be downloaded:\n  ${problems.join("\n  ")}`);
}

/** Undefined when the whole file has arrived, else why not. */
async function tryAddress(url: string, part: string, options: DownloadOptions): Promise<string | undefined> {
  const { signal, md5, pause = 500 } = options;
  let problem = "";
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await setTimeout(pause * 2 ** (attempt - 1), undefined, signal && { signal });
    const resumed = existsSync(part);
    try {
      await receive(url, part, options);
      const found = md5 === undefined ? undefined : await md5Of(part);
      if (found === md5) return undefined;
      rmSync(part);
      problem = `the file has MD5 ${found}, expected ${md5}`;
      // What was there before may have been of another file.
      if (!resumed) return problem;
    } catch (error) {
      signal?.throwIfAborted();
      problem = reasonOf(error);
      if (!(error instanceof Passing)) return problem;
    }
  }
  return `${problem} (${attempts} attempts)`;
}

/** One request: appends to the part where the server lets it, else starts it over. */
async function receive(url: string, part: string, options: DownloadOptions): Promise<void> {
  const { signal, onProgress, stall = 30_000 } = options;
  const have = existsSync(part) ? statSync(part).size : 0;
  const watchdog = new AbortController();
  let timer = globalThis.setTimeout(() => watchdog.abort(), stall);
  const alive = () => {
    clearTimeout(timer);
    timer = globalThis.setTimeout(() => watchdog.abort(), stall);
  };
  try {
    const response = await fetch(url, {
      // Compressed on the way, a file would have another length than the one that ranges count.
      headers: { "accept-encoding": "identity", ...(have > 0 && { range: `bytes=${have}-` }) },
      signal: signal ? AbortSignal.any([signal, watchdog.signal]) : watchdog.signal,
    });
    if (response.status === 416) {
      // The part is as long as the file, or longer: if it is the file, its checksum will say so.
      await response.body?.cancel();
      const total = Number(/\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1]);
      if (total === have) return;
      rmSync(part);
      throw new Passing("the server refused to continue");
    }
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      const message = `the server answered ${response.status} ${response.statusText}`.trim();
      throw response.status >= 500 || [408, 429].includes(response.status)
        ? new Passing(message)
        : new Error(message);
    }
    const from = continuesAt(response, have);
    const length = response.headers.get("content-length");
    const total = length === null ? undefined : from + Number(length);
    const file = await open(part, from > 0 ? "a" : "w");
    let received = from;
    try {
      for await (const chunk of response.body) {
        alive();
        await file.write(chunk);
        received += chunk.length;
        onProgress?.(received, total);
      }
    } finally {
      await file.close();
    }
    if (total !== undefined && received < total) {
      throw new Passing(`the connection ended after ${received} of ${total} bytes`);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (watchdog.signal.aborted) throw new Passing(`nothing arrived for ${stall / 1000} s`);
    // What fetch throws in itself: no connection, or one that broke off.
    if (error instanceof TypeError) throw new Passing(reasonOf(error));
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Where the body belongs in the file: behind what is there, or at the start when the server ignored the range. */
function continuesAt(response: Response, have: number): number {
  if (response.status !== 206) return 0;
  const start = Number(/^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1]);
  if (start !== have) throw new Error(`the server sent bytes from ${start} on, expected ${have}`);
  return have;
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== "" ? `${message}: ${cause.message}` : message;
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash("md5");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}
