import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** What the compiler knows of the public symbols of packages/steepest. */

export const root = fileURLToPath(new URL("../..", import.meta.url));
const source = join(root, "packages/steepest/src");

/** A property of an options object, or of an interface. */
export interface Member {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
  readonly doc: string;
}

export interface Parameter {
  readonly name: string;
  readonly doc: string;
}

/** An exported name. */
export interface PublicSymbol {
  readonly name: string;
  readonly kind: "function" | "value" | "type";
  /** Where to import it from. */
  readonly entry: string;
  /** Its file, from the root of the repository. */
  readonly file: string;
  /** The comment, without tags. */
  readonly doc: string;
  readonly params: readonly Parameter[];
  readonly returns: string;
  readonly throws: readonly string[];
  /** How it is called, or the type's own text. */
  readonly signature: string;
  /** Of types that are objects. */
  readonly members: readonly Member[];
  /** The name of the first parameter's type, if it is exported. */
  readonly options: string | undefined;
}

const entries = { steepest: "index.ts", "steepest/registry": "registry/index.ts" };

/** All public symbols, in the order of their files. */
export function publicSymbols(): PublicSymbol[] {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
  const files = Object.values(entries).map((file) => join(source, file));
  const program = ts.createProgram(files, options);
  const checker = program.getTypeChecker();
  const found = new Map<string, PublicSymbol>();
  for (const [entry, file] of Object.entries(entries)) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(join(source, file)) as ts.SourceFile);
    for (const exported of checker.getExportsOfModule(module as ts.Symbol)) {
      if (!found.has(exported.name)) found.set(exported.name, describe(checker, exported, entry));
    }
  }
  return [...found.values()].sort((a, b) => a.file.localeCompare(b.file, "en") || (a.name < b.name ? -1 : 1));
}

function describe(checker: ts.TypeChecker, exported: ts.Symbol, entry: string): PublicSymbol {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const declaration = symbol.declarations?.[0] as ts.Declaration;
  const tags = symbol.getJsDocTags(checker);
  const text = (name: string) =>
    tags.filter((tag) => tag.name === name).map((tag) => ts.displayPartsToString(tag.text));
  const isType = (symbol.flags & ts.SymbolFlags.Value) === 0;
  const type = isType
    ? checker.getDeclaredTypeOfSymbol(symbol)
    : checker.getTypeOfSymbolAtLocation(symbol, declaration);
  const [call] = type.getCallSignatures();
  const first = call?.getParameters().map((p) => checker.getTypeOfSymbolAtLocation(p, declaration))[0];
  return {
    name: exported.name,
    kind: isType ? "type" : call ? "function" : "value",
    entry,
    file: relative(root, declaration.getSourceFile().fileName),
    doc: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
    params: text("param").map((t) => {
      const [name, ...rest] = t.split(/\s+/);
      return { name: name as string, doc: rest.join(" ") };
    }),
    returns: text("returns").join(" "),
    throws: text("throws"),
    signature: isType ? typeText(declaration) : valueText(exported.name, declaration),
    members: isType ? membersOf(checker, type, declaration) : [],
    options: first && (first.aliasSymbol ?? first.getNonNullableType().aliasSymbol)?.name,
  };
}

/** An object type's properties with their comments. */
function membersOf(checker: ts.TypeChecker, type: ts.Type, declaration: ts.Declaration): Member[] {
  if (type.isUnion() || type.getCallSignatures().length > 0) return [];
  const own = (p: ts.Symbol) => p.declarations?.[0]?.getSourceFile().fileName.startsWith(dirname(source));
  return type
    .getProperties()
    .filter(own)
    .map((p) => {
      const written = p.declarations?.[0] as ts.PropertySignature | undefined;
      return {
        name: p.name,
        type: flat(
          written?.type?.getText() ?? checker.typeToString(checker.getTypeOfSymbolAtLocation(p, declaration)),
        ),
        optional: (p.flags & ts.SymbolFlags.Optional) !== 0,
        doc: ts.displayPartsToString(p.getDocumentationComment(checker)),
      };
    });
}

const flat = (text: string): string => text.replace(/\s+/g, " ").trim();

/** The declaration of a type without its members' comments. */
function typeText(declaration: ts.Declaration): string {
  const text = declaration.getText().replace(/^export /, "");
  return text
    .replace(/\/\*\*[\s\S]*?\*\/\s*/g, "")
    .replace(/\n\s*\n/g, "\n")
    .trim();
}

/** A function's declaration up to its body, a constant's up to its value. */
function valueText(name: string, declaration: ts.Declaration): string {
  const signature = (f: ts.SignatureDeclaration) => {
    const parameters = f.parameters.map((p) => {
      const given = ts.isObjectBindingPattern(p.name) ? "options" : p.name.getText();
      const optional = p.initializer || p.questionToken ? "?" : "";
      const type = p.type ? `: ${flat(p.type.getText())}` : "";
      return `${p.dotDotDotToken ? "..." : ""}${given}${optional}${type}`;
    });
    const generics = f.typeParameters ? `<${f.typeParameters.map((t) => flat(t.getText())).join(", ")}>` : "";
    const result = f.type ? `: ${flat(f.type.getText())}` : "";
    return `${generics}(${parameters.join(", ")})${result}`;
  };
  if (ts.isFunctionDeclaration(declaration)) return `function ${name}${signature(declaration)}`;
  if (ts.isVariableDeclaration(declaration)) {
    const { initializer, type } = declaration;
    if (initializer && ts.isArrowFunction(initializer)) return `function ${name}${signature(initializer)}`;
    if (type) return `const ${name}: ${flat(type.getText())}`;
    return `const ${name}`;
  }
  return declaration.getText();
}
