import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../src/package.ts";

/** The command line, run as a user runs it: a process of its own. */

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "steepest-lab-"));

export function start(args: readonly string[], onOutput?: (text: string, child: ChildProcess) => void) {
  const command = ["--conditions=source", "--import", "tsx", join(packageRoot, "src", "cli.ts"), ...args];
  const child = spawn(process.execPath, command, { cwd: join(packageRoot, "..", "..") });
  return new Promise<Outcome>((resolve) => {
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
      onOutput?.(stdout, child);
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

export const steepest = (...args: string[]): Promise<Outcome> => start(args);
