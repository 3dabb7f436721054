/** The sections of an optimizer's comment: "Rule: ...", "Defaults: ...", each to the next one. */

export const required = ["Rule", "Defaults", "Use", "Avoid", "Memory", "Cost", "Paper"] as const;
export type Section = (typeof required)[number];

export interface Sections {
  readonly summary: string;
  readonly sections: Readonly<Partial<Record<Section, string>>>;
  /** What stands between a heading's word and its colon: "for a matrix" of "Rule, for a matrix: ...". */
  readonly qualifiers: Readonly<Partial<Record<Section, string>>>;
}

const heading = new RegExp(`^(${required.join("|")})(, [^:$]*)?: `);

/** Cuts a comment into summary and sections. */
export function sectionsOf(doc: string): Sections {
  const sections: Partial<Record<Section, string>> = {};
  const qualifiers: Partial<Record<Section, string>> = {};
  let summary = "";
  let current: Section | undefined;
  for (const line of doc.split("\n")) {
    const match = heading.exec(line);
    if (match) {
      current = match[1] as Section;
      if (match[2]) qualifiers[current] = match[2].slice(2);
      sections[current] = line.slice(match[0].length);
    } else if (current) sections[current] += `\n${line}`;
    else summary += `${line}\n`;
  }
  return { summary: summary.trim(), sections: trimmed(sections), qualifiers };
}

const trimmed = (sections: Partial<Record<Section, string>>): Partial<Record<Section, string>> =>
  Object.fromEntries(Object.entries(sections).map(([key, text]) => [key, text.trim()]));

/** Sections that are not there, or empty. */
export const missingSections = (sections: Sections["sections"]): Section[] =>
  required.filter((name) => (sections[name] ?? "") === "");

/** A rule's statements: cut at semicolons between formulas, as long as formulas follow. What comes after is their explanation. */
export function statements(rule: string): { readonly formulas: readonly string[]; readonly rest: string } {
  const parts = [""];
  for (const [i, piece] of rule.split("$").entries()) {
    if (i % 2 === 1) {
      parts.push(`${parts.pop()}$${piece}$`);
      continue;
    }
    const [head, ...tail] = piece.split(/;\s+/);
    parts.push(`${parts.pop()}${head}`, ...tail);
  }
  const formulas = parts.map((part) => part.trim());
  // The last formula may have sentences behind it: they are prose, and so are parts that do not begin with a formula.
  const wordy = formulas.findIndex((part) => !/^(with .*|then .*|where .*)?\$/.test(part));
  const end = wordy < 0 ? formulas.length : wordy;
  const prose = formulas.slice(end).join("; ");
  const last = formulas[end - 1];
  if (last === undefined) return { formulas: [], rest: prose };
  const cut = /^((?:[^$.]|\$[^$]*\$)*\.)(?:\s+([\s\S]*))?$/.exec(last);
  const after = [cut?.[2], prose].filter(Boolean).join("; ");
  return { formulas: [...formulas.slice(0, end - 1), cut?.[1] ?? last], rest: after };
}
