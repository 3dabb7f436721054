import { writeFileSync } from "node:fs";
import { buildReport } from "../report/build.ts";
import { fileReason } from "./errors.ts";
import type { ReportFlags } from "./report.ts";

/** Runs `steepest report`. */
export function report(folder: string, { json }: ReportFlags): void {
  const data = buildReport(folder);
  if (json !== undefined) write(json, `${JSON.stringify(data)}\n`);
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new Error(`cannot write ${file}: ${fileReason(cause)}`, { cause });
  }
}
