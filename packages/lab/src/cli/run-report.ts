import { join } from "node:path";
import { buildReport } from "../report/build.ts";
import { loadFilesOf } from "../report/user-files.ts";
import { writeReport } from "../report/write.ts";
import { openInBrowser } from "./open-browser.ts";
import { displayPath, writeOutput } from "./paths.ts";
import type { ReportFlags } from "./report.ts";

/** Runs `steepest report`. Its modules are heavy, so that the command line loads them only here. */
export async function report(folder: string, { out, json, figures, open }: ReportFlags): Promise<void> {
  for (const note of await loadFilesOf(folder)) console.error(`note    ${note}`);
  const data = buildReport(folder);
  if (figures !== undefined) {
    const { writeFigures } = await import("../report/figures.ts");
    writeFigures(data, figures);
    console.log(`figures ${displayPath(figures)}`);
  }
  if (json !== undefined) {
    writeOutput(json, `${JSON.stringify(data)}\n`);
    console.log(`data    ${displayPath(json)}`);
    return;
  }
  const page = out ?? join(folder, "report.html");
  await writeReport(page, data);
  console.log(`report  ${displayPath(page)}`);
  if (open) openInBrowser(page);
}
