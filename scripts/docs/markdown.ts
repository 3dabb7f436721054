import type { Member, PublicSymbol } from "./symbols.ts";

/** Pieces of Markdown as GitHub shows it. */

/** Formulas in the form that Markdown leaves alone; `@link`s and lines joined. */
export const prose = (text: string): string =>
  text
    .replace(/\{@link\s+(\S+?)\s*\}/g, "`$1`")
    // Not inside of code.
    .replace(/(`[^`]*`)|\$([^$]+)\$/g, (_, code, formula) => code ?? `$\`${formula.replace(/\s+/g, " ")}\`$`)
    .trim();

/** The same on one line, for tables. */
const cell = (text: string): string =>
  prose(text)
    .replace(/\s*\n\s*/g, " ")
    .replaceAll("|", "\\|");

/** GitHub's anchor of a heading that is code. */
export const anchor = (name: string): string => name.toLowerCase();

/** A symbol's place: a page under docs/ and a heading. */
export interface Place {
  readonly page: string;
  readonly anchor?: string;
}

/** Code fence around a declaration; long ones are broken after commas. */
export function fence(signature: string): string {
  const wide = signature.split("\n").some((line) => line.length > 110);
  const broken = wide && !signature.includes("\n") ? breakParameters(signature) : signature;
  return ["```ts", broken, "```"].join("\n");
}

function breakParameters(signature: string): string {
  const open = signature.indexOf("(");
  const close = signature.lastIndexOf(")");
  if (open < 0) return signature;
  const parts: string[] = [""];
  let depth = 0;
  for (const character of signature.slice(open + 1, close)) {
    if ("([{<".includes(character)) depth++;
    if (")]}>".includes(character)) depth--;
    if (character === "," && depth === 0) parts.push("");
    else parts.push(parts.pop() + character);
  }
  return `${signature.slice(0, open + 1)}\n${parts.map((p) => `  ${p.trim()},`).join("\n")}\n${signature.slice(close)}`;
}

/** Properties as a table. */
export function memberTable(members: readonly Member[]): string {
  const rows = members.map(
    ({ name, type, optional, doc }) =>
      `| \`${name}\`${optional ? "" : " (required)"} | \`${type.replaceAll("|", "\\|")}\` | ${cell(doc)} |`,
  );
  return ["| name | type | |", "|---|---|---|", ...rows].join("\n");
}

/** A symbol as a section of a page. */
export function section(symbol: PublicSymbol, level = 3): string {
  const { name, doc, params, returns, throws, signature, members, kind } = symbol;
  const lines = [`${"#".repeat(level)} \`${name}\``, "", prose(doc), ""];
  if (kind === "type" && members.length > 0) lines.push(memberTable(members), "");
  else lines.push(fence(signature), "");
  for (const p of params) lines.push(`- \`${p.name}\`: ${prose(p.doc)}`);
  if (returns !== "") lines.push(`- Returns ${prose(returns)}`);
  for (const t of throws) lines.push(`- Throws ${prose(t)}`);
  if (params.length + throws.length > 0 || returns !== "") lines.push("");
  return lines.join("\n");
}
