import { type RegisteredOptimizer, registry } from "steepest/registry";
import { examples } from "./examples.ts";
import { anchor, memberTable, type Place, prose, section } from "./markdown.ts";
import { bestPath, captionOf, drawPath, type Path } from "./picture.ts";
import { missingSections, type Section, sectionsOf, statements } from "./sections.ts";
import type { PublicSymbol } from "./symbols.ts";

/** All generated files, by path under docs/, and what is wrong with the comments they are made from. */
export interface Docs {
  readonly files: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
  /** Where each public symbol is described. */
  readonly places: ReadonlyMap<string, Place>;
}

/** Other symbols go to a page by folder or file. */
const areas: readonly { page: string; title: string; about: string; matches: RegExp }[] = [
  {
    page: "optimizers",
    title: "Parts of optimizers",
    about: "Directions without a learning rate, options and states.",
    matches: /\/optimizers\//,
  },
  {
    page: "norms",
    title: "Norms",
    about: "A norm with its dual, its oracle, its projection; optimizers follow from it.",
    matches: /\/norms\//,
  },
  {
    page: "polar",
    title: "Polar factors",
    about:
      "The orthogonal factor of a matrix, by iterations or exactly: see [accuracy and cost](../polar.md).",
    matches: /\/polar\//,
  },
  { page: "schedules", title: "Schedules", about: "Learning rates that change.", matches: /\/schedules\// },
  {
    page: "transforms",
    title: "Transformations",
    about: "Parts of a chain: clipping, decay, momentum, noise.",
    matches: /\/transforms\//,
  },
  {
    page: "wrappers",
    title: "Wrappers",
    about: "Around an optimizer: accumulation, averages, skipping.",
    matches: /\/wrappers\//,
  },
  {
    page: "state",
    title: "Saving and restoring",
    about: "Trees of arrays as safetensors.",
    matches: /\/(checkpoint|safetensors)\.ts/,
  },
  {
    page: "registry",
    title: "The registry",
    about: 'All optimizers by name: `import { registry } from "steepest/registry"`.',
    matches: /\/registry\//,
  },
  { page: "core", title: "Core", about: "What every optimizer is, and how they combine.", matches: /./ },
];

const generated = "<!-- Written by `npm run docs`; edit the comments in packages/steepest/src. -->";

export function buildDocs(symbols: readonly PublicSymbol[]): Docs {
  const byName = new Map(symbols.map((symbol) => [symbol.name, symbol]));
  const files = new Map<string, string>();
  const problems: string[] = [];
  const places = new Map<string, Place>();

  const plain = bestPath(registry.get("sgd") as RegisteredOptimizer, { momentum: 0 });
  const entries = [...registry.values()];
  const pages = [...new Set([...entries.map(({ factory }) => factory), ...examples.keys()])];
  for (const name of pages) {
    const symbol = byName.get(name);
    if (symbol === undefined) {
      problems.push(`${name}: registered or listed, but not exported`);
      continue;
    }
    const { sections } = sectionsOf(symbol.doc);
    for (const missing of missingSections(sections)) {
      problems.push(`${symbol.file}: the comment of ${name} has no section "${missing}:"`);
    }
    places.set(name, { page: `optimizers/${name}.md` });
    const uses = entries.filter(({ factory }) => factory === name);
    const example = examples.get(name);
    const shown = example === undefined ? uses : [example];
    const pictures = shown.map((optimizer) => ({ optimizer, path: bestPath(optimizer) }));
    for (const { optimizer, path } of pictures) {
      files.set(`optimizers/images/${optimizer.name}.svg`, drawPath(optimizer.label, path, plain));
    }
    const options = symbol.options === undefined ? undefined : byName.get(symbol.options);
    if (options !== undefined) places.set(options.name, { page: `optimizers/${name}.md`, anchor: "options" });
    files.set(`optimizers/${name}.md`, optimizerPage(symbol, options, pictures, uses));
  }
  for (const symbol of symbols) {
    if (symbol.doc === "" && symbol.kind !== "type")
      problems.push(`${symbol.file}: ${symbol.name} has no comment`);
  }

  const rest = symbols.filter(({ name }) => !places.has(name));
  for (const area of areas) {
    const own = rest.filter(({ name, file }) => !places.has(name) && area.matches.test(file));
    if (own.length === 0) continue;
    for (const { name } of own) places.set(name, { page: `api/${area.page}.md`, anchor: anchor(name) });
    const body = own.map((symbol) => section(symbol));
    files.set(`api/${area.page}.md`, [generated, `# ${area.title}`, "", area.about, "", ...body].join("\n"));
  }
  files.set("optimizers/README.md", overview(entries, byName));
  files.set("api/README.md", apiIndex(symbols, places));
  return { files, problems, places };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Words for the headings of a page. */
const headings: Partial<Record<Section, string>> = {
  Use: "When to use it",
  Avoid: "When not",
  Paper: "Paper",
};

function optimizerPage(
  symbol: PublicSymbol,
  options: PublicSymbol | undefined,
  pictures: readonly { optimizer: RegisteredOptimizer; path: Path }[],
  uses: readonly RegisteredOptimizer[],
): string {
  const { name, doc, file, entry, throws, params, returns } = symbol;
  const { summary, sections, qualifiers } = sectionsOf(doc);
  const lines = [
    generated,
    `# ${name}`,
    "",
    prose(summary),
    "",
    `\`import { ${name} } from "${entry}"\` · [source](../../${file}) · [all optimizers](README.md)`,
    "",
  ];
  for (const { optimizer, path } of pictures) {
    lines.push(`![The path of ${optimizer.label}](images/${optimizer.name}.svg)`, "");
    lines.push(`*${optimizer.label}: ${captionOf(optimizer, path)}*`, "");
  }
  const rule = sections.Rule ?? "";
  const suffix = qualifiers.Rule === undefined ? "" : `, ${qualifiers.Rule}`;
  const { formulas, rest } = statements(rule);
  lines.push(`## Rule${suffix}`, "");
  if (formulas.length > 1) {
    lines.push(...formulas.map((formula) => `- ${prose(formula).replace(/\s*\n\s*/g, " ")}`), "");
    if (rest !== "") lines.push(prose(capital(rest)), "");
  } else lines.push(prose(capital(rule)), "");
  lines.push("## Options", "");
  if (options !== undefined) lines.push(memberTable(options.members), "");
  else lines.push("```ts", symbol.signature, "```", "");
  lines.push(`Source of the defaults: ${prose(sections.Defaults ?? "")}`, "");
  for (const p of params) lines.push(`- \`${p.name}\`: ${prose(p.doc)}`);
  if (returns !== "") lines.push(`- Returns ${prose(returns)}`);
  for (const t of throws) lines.push(`- Throws ${prose(t)}`);
  if (params.length + throws.length > 0 || returns !== "") lines.push("");
  for (const key of ["Use", "Avoid"] as const)
    lines.push(`## ${headings[key]}`, "", prose(sections[key] ?? ""), "");
  lines.push("## Memory and cost", "", `Memory: ${prose(sections.Memory ?? "")}`, "");
  lines.push(`A step: ${prose(sections.Cost ?? "")}`, "");
  for (const optimizer of uses) lines.push(...searchTable(optimizer, uses.length > 1));
  lines.push("## Paper", "", prose(sections.Paper ?? ""), "");
  return lines.join("\n");
}

const scales = { linear: "evenly", log: "in the logarithm", decay: "in the logarithm of 1 - value" };

/** Where a search starts and where it looks. */
function searchTable({ name, label, hyperparameters }: RegisteredOptimizer, several: boolean): string[] {
  const rows = Object.entries(hyperparameters).map(
    ([key, { default: start, min, max, scale }]) =>
      `| \`${key}\` | ${start} | ${min} to ${max} | ${scales[scale]} |`,
  );
  return [
    `## Search space${several ? ` of ${label}` : ""}`,
    "",
    `As \`${name}\` in races and studies:`,
    "",
    "| | start | range | searched |",
    "|---|---|---|---|",
    ...rows,
    "",
  ];
}

function overview(
  entries: readonly RegisteredOptimizer[],
  byName: ReadonlyMap<string, PublicSymbol>,
): string {
  const perParameter = ({ memory }: RegisteredOptimizer) => {
    const share = memory([1024, 1024]) / 1024 ** 2;
    return share === 0 ? "0" : share < 0.1 ? share.toPrecision(1) : String(Number(share.toPrecision(2)));
  };
  const rows = entries.map((optimizer) => {
    const { name, label, factory, description, elementwise } = optimizer;
    const notes = [
      optimizer.fullBatch && "full batches",
      optimizer.needs.length > 0 && `needs ${optimizer.needs.join(", ")}`,
    ];
    return (
      `| [${label}](${factory}.md) | \`${name}\` | ${description} | ${perParameter(optimizer)} | ` +
      `${elementwise ? "yes" : "no"} | ${notes.filter(Boolean).join("; ")} |`
    );
  });
  const others = [...examples.keys()].map((name) => {
    const { summary } = sectionsOf(byName.get(name)?.doc ?? "");
    return `- [${name}](${name}.md): ${prose(summary).replace(/\s*\n\s*/g, " ")}`;
  });
  const gallery: string[] = [];
  for (let i = 0; i < entries.length; i += 4) {
    const row = entries.slice(i, i + 4);
    gallery.push(
      `<tr>${row.map(({ name, label, factory }) => `<td align="center"><a href="${factory}.md"><img src="images/${name}.svg" width="200" alt="${label}"></a><br>${label}</td>`).join("")}</tr>`,
    );
  }
  return [
    generated,
    "# Optimizers",
    "",
    "State: numbers kept per parameter of a 1024 x 1024 matrix. One pass: the update runs as a single fused pass over memory.",
    "",
    "| | name | what | state | one pass | |",
    "|---|---|---|---|---|---|",
    ...rows,
    "",
    "Made from others:",
    "",
    ...others,
    "",
    "Each on the same badly conditioned quadratic, at the best of 17 learning rates; dashed: gradient descent at its best. Easy for",
    "all that adapt, and no substitute for a race.",
    "",
    "<table>",
    ...gallery,
    "</table>",
    "",
    "Everything else that is exported: [reference](../api/README.md).",
    "",
  ].join("\n");
}

function apiIndex(symbols: readonly PublicSymbol[], places: ReadonlyMap<string, Place>): string {
  const link = ({ name }: PublicSymbol) => {
    const place = places.get(name);
    return place && `[\`${name}\`](../${place.page}${place.anchor ? `#${place.anchor}` : ""})`;
  };
  const sections = areas.map(({ page, title, about }) => {
    const own = symbols.filter(({ name }) => places.get(name)?.page === `api/${page}.md`);
    return own.length === 0
      ? ""
      : `## [${title}](${page}.md)\n\n${about.replace("](../polar.md)", "](../polar.md)")}\n\n${own.map(link).join(" · ")}\n`;
  });
  return [
    generated,
    "# Reference of `steepest`",
    "",
    "Everything that the package exports, besides the [optimizers](../optimizers/README.md).",
    "",
    ...sections.filter((s) => s !== ""),
  ].join("\n");
}
