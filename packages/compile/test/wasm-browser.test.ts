import { fileURLToPath } from "node:url";
import { build } from "vite";
import { expect, test } from "vitest";
import { hasChromium, launch } from "../../studio/test/support/chromium.ts";
import { trainOnWasm } from "./support/wasm-program.ts";

/** The program file as one script that sets `globalThis.program`. */
async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL("support/wasm-program.ts", import.meta.url));
  const result = await build({
    configFile: false,
    logLevel: "error",
    resolve: { conditions: ["source", "browser", "import", "default"] },
    build: {
      write: false,
      lib: { entry, formats: ["iife"], name: "program" },
      rolldownOptions: { external: /native\/(index|export)\.ts$/ },
    },
  });
  const [{ output }] = result as { output: { type: string; code: string }[] }[] as [
    { output: { type: string; code: string }[] },
  ];
  return output.map((x) => x.code).join("\n");
}

test.skipIf(!hasChromium())("the wasm executor gives the same numbers in Chromium as in Node", async () => {
  const here = await trainOnWasm();
  expect(here[9]).toBeLessThan(here[0] as number);
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: await bundle() });
    const there = await page.evaluate(() =>
      (globalThis as unknown as { program: { trainOnWasm(): Promise<number[]> } }).program.trainOnWasm(),
    );
    expect(there).toEqual(here);
  } finally {
    await browser.close();
  }
});
