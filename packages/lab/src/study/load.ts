import { readFileSync, statSync } from "node:fs";
import { basename, extname } from "node:path";
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { fileReason } from "../cli/errors.ts";
import { importUserFile } from "../user-files/import.ts";
import { type ResolveOptions, resolveStudy } from "./plan.ts";
import { type Study, StudyError } from "./study.ts";
import { nameUserFiles } from "./user-files.ts";

/** A study file may not be larger, in bytes. */
const maxBytes = 2 ** 22;

/** Reads, checks and resolves a study file. Throws a StudyError that names the file and the place in it. */
export async function loadStudy(file: string, { quick = false } = {}): Promise<Study> {
  const extension = extname(file).toLowerCase();
  const name = basename(file, extname(file)).replace(/[^\w.-]/g, "-");
  const [value, options] = await readValue(file, extension, { where: file, name, quick });
  return resolveStudy(await nameUserFiles(value, file, options.placeOf), options);
}

async function readValue(
  file: string,
  extension: string,
  options: ResolveOptions,
): Promise<[unknown, ResolveOptions]> {
  if (/^\.[cm]?[jt]s$/.test(extension)) return [await importDefault(file), options];
  if (![".yaml", ".yml", ".json"].includes(extension)) {
    throw new StudyError(`${file}: expected a study file that ends in .ts, .js, .yaml, .yml or .json`);
  }
  const text = readText(file);
  const value = extension === ".json" ? parseJson(file, text) : parseYaml(file, text);
  return [value, { ...options, placeOf: (path) => placeIn(text, path) }];
}

/** Where a part of a YAML or JSON text stands, or the nearest part around it: "7:12". */
export function placeIn(text: string, path: readonly PropertyKey[]): string | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => (isScalar(key) ? key.value : key) === last)
      : undefined;
    const node = pair?.key ?? (isSeq(parent) ? parent.items[last as number] : undefined);
    if (!isNode(node) || !node.range) continue;
    const { line, col } = lines.linePos(node.range[0]);
    return `${line}:${col}`;
  }
  return undefined;
}

function readText(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > maxBytes) throw new StudyError(`${file}: has ${size} bytes; expected at most ${maxBytes}`);
    return readFileSync(file, "utf8");
  } catch (cause) {
    if (cause instanceof StudyError) throw cause;
    const absent = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new StudyError(`${file}: ${absent ? "no such file" : `cannot be read: ${fileReason(cause)}`}`, {
      cause,
    });
  }
}

export function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { message } = cause as Error;
    // Node says where in some messages, and quotes the text in the others.
    const at = /position (\d+)/.exec(message)?.[1];
    const before = text.slice(0, Number(at)).split("\n");
    const place = at === undefined ? file : `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    throw new StudyError(`${place}: is not JSON: ${message}`, { cause });
  }
}

export function parseYaml(file: string, text: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new StudyError(`${file}:${line}:${col}: is not YAML: ${error.message}`);
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw new StudyError(`${file}: is not usable YAML: ${(cause as Error).message}`, { cause });
  }
}

async function importDefault(file: string): Promise<unknown> {
  readText(file);
  let module: { default?: unknown };
  try {
    module = await importUserFile(file);
  } catch (cause) {
    throw new StudyError(`${file}: cannot be loaded: ${(cause as Error).message}`, { cause });
  }
  if (module.default === undefined) {
    throw new StudyError(`${file}: has no default export; expected \`export default { tasks, optimizers }\``);
  }
  return module.default;
}
