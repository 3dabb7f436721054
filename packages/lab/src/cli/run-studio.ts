import { existsSync, readFileSync } from "node:fs";
import { builtPage } from "../studio/build.ts";
import { findResults, type ResultsEntry } from "../studio/results.ts";
import { startStudio } from "../studio/server.ts";
import { openInBrowser } from "./open-browser.ts";
import type { StudioFlags } from "./studio.ts";

/** Serves the page until it is interrupted. */
export async function studio(given: readonly string[], { port, open }: StudioFlags): Promise<void> {
  const missing = given.find((path) => !existsSync(path));
  if (missing !== undefined) {
    throw new Error(
      `${missing}: no such file or folder; expected the folder of a study or a race, or the file of a report, a landscape or an animation`,
    );
  }
  const roots = given.length > 0 ? given : ["runs"].filter(existsSync);
  const page = await builtPage((line) => console.error(line));
  const server = await startStudio({ page, port, list: () => findResults(roots), report: reportOf });
  const stopped = new Promise<void>((stop) => {
    process.once("SIGINT", () => stop()).once("SIGTERM", () => stop());
  });
  const count = findResults(roots).length;
  console.log(`the studio is at ${server.origin}, for this machine only`);
  console.log(
    roots.length === 0
      ? "no results to explore: give it the folder of a study or a race"
      : `${count} result${count === 1 ? "" : "s"} to explore in ${roots.join(", ")}`,
  );
  console.log("Ctrl-C stops it");
  if (open) openInBrowser(server.origin);
  await stopped;
  await server.close();
  console.log("stopped");
}

/** The data of a result: of a study or a race as it is now, of a file as it was written. */
async function reportOf({ kind, path }: ResultsEntry): Promise<string> {
  if (kind === "report") {
    const { parseReport } = await import("../report/data.ts");
    return JSON.stringify(parseReport(readFileSync(path, "utf8"), path));
  }
  if (kind === "landscape") {
    const { parseLandscape } = await import("../landscape/format.ts");
    return JSON.stringify(parseLandscape(readFileSync(path, "utf8")));
  }
  if (kind === "animation") {
    const { parseAnimation } = await import("../lecture/animation/format.ts");
    return JSON.stringify(parseAnimation(readFileSync(path, "utf8")));
  }
  const { buildReport } = await import("../report/build.ts");
  const { loadFilesOf } = await import("../report/user-files.ts");
  for (const note of await loadFilesOf(path)) console.error(`note    ${note}`);
  return JSON.stringify(buildReport(path));
}
