import type { TestProject } from "vitest/node";
import { builtPage } from "../../../lab/src/studio/build.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Folder of the built page. */
    builtPage: string;
  }
}

/** Builds the page once for all test files, as `steepest studio` does: only when its sources have changed. */
export default async function (project: TestProject): Promise<void> {
  const provide = async () => project.provide("builtPage", await builtPage(console.log));
  await provide();
  project.onTestsRerun(provide);
}
