import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

let count = 0;

/** Runs a program that the page wrote, as a file of this package; the statements that it prints, one string each. */
export async function runGenerated(code: string, ...given: string[]): Promise<string[]> {
  const file = fileURLToPath(new URL(`../generated-${process.pid}-${count++}.ts`, import.meta.url));
  await writeFile(file, code);
  try {
    const args = ["--conditions=source", "--import", "tsx", file, ...given];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { ...process.env, NO_COLOR: "1" },
    });
    // Nested arrays are printed over several lines, which begin with a space or a bracket.
    return stdout.trim().split(/\n(?=\w)/);
  } finally {
    await rm(file);
  }
}
