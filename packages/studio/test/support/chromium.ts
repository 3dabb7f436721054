import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const path = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

/** True when there is a browser to test with. Without one the tests are skipped, except in CI, where they fail. */
export function hasChromium(): boolean {
  if (existsSync(path)) return true;
  const message = `no browser at ${path}: install the package chromium or set CHROMIUM_PATH`;
  if (process.env.CI === "true") throw new Error(message);
  console.warn(`skipped: ${message}`);
  return false;
}

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: path, args: ["--no-sandbox", "--disable-gpu"] });
