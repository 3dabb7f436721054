/**
 * The subset of TeX in which the claims are written, as MathML, which browsers draw without a library: letters, numbers,
 * operators, groups, _ and ^, \frac and \tfrac, \sum and other named symbols, \text, \mathbb, \bar, \Big and spacing,
 * and array with & and \\.
 */

const symbols: Record<string, string> = {
  alpha: "α",
  beta: "β",
  mu: "μ",
  sigma: "σ",
  nabla: "∇",
  infty: "∞",
  le: "≤",
  ge: "≥",
  sim: "∼",
  propto: "∝",
  to: "→",
  Rightarrow: "⇒",
  cdot: "·",
  dots: "…",
  sqrt: "√",
  pm: "±",
  gamma: "γ",
  delta: "δ",
  rho: "ρ",
  approx: "≈",
  in: "∈",
};
const operators = new Set([
  "le",
  "ge",
  "sim",
  "propto",
  "to",
  "Rightarrow",
  "cdot",
  "pm",
  "approx",
  "in",
  "nabla",
]);
const words = new Set(["log", "min", "max", "lim", "exp"]);
const spaces: Record<string, number> = {
  ";": 0.28,
  ",": 0.17,
  ":": 0.22,
  "!": 0,
  quad: 1,
  qquad: 2,
  " ": 0.25,
};

const escapeXml = (text: string): string =>
  text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c] as string);

/**
 * A displayed formula.
 *
 * @throws SyntaxError naming the command that is not in the subset, or the brace that is missing.
 */
export function texToMathml(tex: string): string {
  const tokens = tex.match(/\\[a-zA-Z]+|\\.|[0-9.]+|\s+|[^\s]/g) ?? [];
  let at = 0;
  const skip = () => {
    while (/^\s+$/.test(tokens[at] ?? "")) at++;
  };
  const expect = (token: string) => {
    skip();
    if (tokens[at] !== token)
      throw new SyntaxError(`TeX: expected ${token}, got ${tokens[at] ?? "the end"} in ${tex}`);
    at++;
  };
  /** Up to the closing brace, as written: the argument of \text. */
  const verbatim = (): string => {
    expect("{");
    let text = "";
    while (tokens[at] !== "}") {
      if (at >= tokens.length) throw new SyntaxError(`TeX: a } is missing in ${tex}`);
      text += tokens[at++] === "~" ? " " : tokens[at - 1];
    }
    at++;
    return text;
  };
  const argument = (): string => {
    skip();
    if (tokens[at] !== "{") return atom();
    at++;
    const body = row(["}"]);
    expect("}");
    return body;
  };
  const atom = (): string => {
    skip();
    const token = tokens[at++];
    if (token === undefined) throw new SyntaxError(`TeX: unexpected end of ${tex}`);
    if (token === "{") {
      at--;
      return argument();
    }
    if (/^[0-9.]/.test(token)) return `<mn>${token}</mn>`;
    if (/^[a-zA-Z]$/.test(token)) return `<mi>${token}</mi>`;
    if (!token.startsWith("\\")) return `<mo stretchy="false">${escapeXml(token === "-" ? "−" : token)}</mo>`;
    const name = token.slice(1);
    if (name === "frac" || name === "tfrac") return `<mfrac>${argument()}${argument()}</mfrac>`;
    if (name === "sqrt") return `<msqrt>${argument()}</msqrt>`;
    if (name === "bar") return `<mover accent="true">${argument()}<mo>¯</mo></mover>`;
    if (name === "text") return `<mtext>${escapeXml(verbatim())}</mtext>`;
    if (name === "mathbb") {
      skip();
      const letter = tokens[at] === "{" ? verbatim() : (tokens[at++] ?? "");
      return `<mi>${{ E: "𝔼", R: "ℝ" }[letter] ?? escapeXml(letter)}</mi>`;
    }
    if (name === "sum") return `<mo>∑</mo>`;
    if (name === "|") return `<mo stretchy="false">‖</mo>`;
    if (name === "Big" || name === "big")
      return `<mo stretchy="true" symmetric="true" minsize="1.8em" maxsize="1.8em">${escapeXml(tokens[at++] ?? "")}</mo>`;
    if (words.has(name)) return `<mi>${name}</mi>`;
    if (name in spaces) return `<mspace width="${spaces[name]}em"/>`;
    if (name === "begin") return table();
    const symbol = symbols[name];
    if (symbol === undefined)
      throw new SyntaxError(`TeX: \\${name} is not in the subset that texToMathml knows`);
    return operators.has(name) ? `<mo>${symbol}</mo>` : `<mi>${symbol}</mi>`;
  };
  const table = (): string => {
    verbatim();
    skip();
    if (tokens[at] === "{") verbatim();
    const rows: string[][] = [[]];
    for (;;) {
      rows.at(-1)?.push(row(["&", "\\\\", "\\end"]));
      const end = tokens[at++];
      if (end === "\\\\") rows.push([]);
      else if (end !== "&") break;
    }
    verbatim();
    return `<mtable columnalign="left">${rows.map((r) => `<mtr>${r.map((c) => `<mtd>${c}</mtd>`).join("")}</mtr>`).join("")}</mtable>`;
  };
  const row = (stop: readonly string[]): string => {
    let out = "";
    skip();
    while (at < tokens.length && !stop.includes(tokens[at] as string)) {
      const limits = tokens[at] === "\\sum" || tokens[at] === "\\lim" || tokens[at] === "\\min";
      const base = atom();
      let [below, above] = ["", ""];
      for (skip(); tokens[at] === "_" || tokens[at] === "^"; skip()) {
        if (tokens[at++] === "_") below = argument();
        else above = argument();
      }
      const [sub, sup, both] = limits ? ["munder", "mover", "munderover"] : ["msub", "msup", "msubsup"];
      if (below && above) out += `<${both}>${base}${below}${above}</${both}>`;
      else if (below) out += `<${sub}>${base}${below}</${sub}>`;
      else out += above ? `<${sup}>${base}${above}</${sup}>` : base;
    }
    return `<mrow>${out}</mrow>`;
  };
  return `<math display="block">${row([])}</math>`;
}
