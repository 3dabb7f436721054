import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A program on the other side of a comparison, which answers one JSON line for each line it is sent. */
export interface Peer {
  ask<T>(request: string): Promise<T>;
  close(): Promise<void>;
}

/** Debian's interpreter first: a version manager's python3 seldom has its packages. */
const interpreters = ["/usr/bin/python3", "python3"];

/** This Node, for peers in TypeScript. */
export const node = [process.execPath, "--import", "tsx"];

/** The first Python that can import the module, or undefined. */
export function pythonWith(module: string): string | undefined {
  return interpreters.find((python) => spawnSync(python, ["-c", `import ${module}`]).status === 0);
}

/** Starts bench/peers/SCRIPT under an interpreter. Throws an Error with the program's own message when it stops early. */
export function startPeer(interpreter: readonly string[], script: string): Peer {
  const path = fileURLToPath(new URL(`../peers/${script}`, import.meta.url));
  const [command = "", ...args] = interpreter;
  const child = spawn(command, [...args, path], { stdio: ["pipe", "pipe", "pipe"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  return {
    async ask<T>(request: string): Promise<T> {
      child.stdin.write(`${request}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${script} stopped at "${request}": ${complaint.trim().split("\n").at(-1)}`);
      return JSON.parse(value) as T;
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
