import "steepest/node";
import { defaultDevice, init } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { leftOver, problemsOf } from "../../../scripts/docs/check.ts";
import { buildDocs } from "../../../scripts/docs/pages.ts";
import { measure, operations } from "../../../scripts/docs/polarTable.ts";
import { missingSections, sectionsOf, statements } from "../../../scripts/docs/sections.ts";
import { type PublicSymbol, publicSymbols } from "../../../scripts/docs/symbols.ts";

await init();
defaultDevice("wasm");

describe("the documentation of steepest", () => {
  const symbols = publicSymbols();
  const docs = buildDocs(symbols);

  test("is complete, up to date, and without dead links", () => {
    expect(problemsOf(docs, symbols)).toEqual([]);
  });

  test("a public symbol without a page, a stale page, a page of nothing and a missing section are found", () => {
    const orphan = { ...(symbols[0] as PublicSymbol), name: "orphan" };
    const [path, text] = [...docs.files][0] as [string, string];
    const changed = new Map([...docs.files, [path, `${text} `]]);
    const problems = problemsOf({ ...docs, files: changed }, [...symbols, orphan]);
    expect(problems).toEqual([
      `${orphan.file}: orphan is exported and has no page`,
      `docs/${path}: not what the sources say; run \`npm run docs\``,
    ]);
    const fewer = new Map([...docs.files].filter(([key]) => key !== path));
    expect(leftOver(fewer)).toEqual([`docs/${path}: belongs to nothing any more; run \`npm run docs\``]);
    expect(missingSections(sectionsOf("A rule.\n\nRule: $x$.\nUse: always.\nMemory:").sections)).toEqual([
      "Defaults",
      "Avoid",
      "Memory",
      "Cost",
      "Paper",
    ]);
  });

  test("a rule is cut into its formulas and their explanation", () => {
    expect(statements("$a = 1$; $b = f(a; c)$ with $c$ given.\nWords; more words.")).toEqual({
      formulas: ["$a = 1$", "$b = f(a; c)$ with $c$ given."],
      rest: "Words; more words.",
    });
    expect(statements("As Adam's.")).toEqual({ formulas: [], rest: "As Adam's." });
  });
});

test("the table of polar factors: what is exact, what is cheap", async () => {
  const rows = await measure(32, 8, 1);
  const errorsOf = (name: string) => rows.find(({ method }) => method.name === name)?.errors ?? [];
  // Accurate in float32 to a condition number of 1e6.
  for (const error of errorsOf("exact")) expect(error).toBeLessThan(3e-7);
  expect(errorsOf("Polar Express, 8 steps")[1]).toBeLessThan(1e-4);
  expect(errorsOf("Keller's quintic, 5 steps")[0]).toBeGreaterThan(0.05);
  expect(errorsOf("Polar Express, 5 steps")[1]).toBeLessThan(
    errorsOf("Keller's quintic, 5 steps")[1] as number,
  );
  const cost = (gram: boolean) => operations({ steps: 5, degree: 5, gram }, 4096, 1024);
  expect(cost(true) / cost(false)).toBeCloseTo(25 / 45, 10);
});
