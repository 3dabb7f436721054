import { accessSync, constants, statSync, writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { makeFolder } from "../folder.ts";
import { fileReason } from "./errors.ts";

/** A path as short as it can be typed here. */
export function displayPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short || ".";
}

/** Creates a folder if need be and makes sure that files can be written there. */
export function writableFolder(path: string, option: string): string {
  const folder = resolve(path);
  try {
    makeFolder(folder);
    if (!statSync(folder).isDirectory()) throw Object.assign(new Error("a file"), { code: "EEXIST" });
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new Error(`cannot write to ${path}: ${fileReason(cause)}; choose another folder with ${option}`, {
      cause,
    });
  }
  return folder;
}

/** Writes a file that the user asked for. Throws an Error that says why it cannot be written. */
export function writeOutput(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content);
  } catch (cause) {
    throw new Error(`cannot write ${file}: ${fileReason(cause)}`, { cause });
  }
}
