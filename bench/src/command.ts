import { realpathSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Peer, pythonWith, startPeer } from "./peer.ts";
import { formatTable } from "./statistics.ts";

/** What the commands of this folder share: their options, the peer's process, the table and the JSON file. */

export interface Report {
  /** What the figures are, printed above the table. */
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Lines below the table. */
  readonly notes?: readonly string[];
  /** The same as plain data, for the JSON file. */
  readonly figures: unknown;
}

export interface Settings {
  readonly quick: boolean;
  /** Rounds of all sides in turn. */
  readonly rounds: number;
  /** Undefined when it is not installed or not wanted. */
  readonly peer?: Peer;
  /** No peer is wanted. */
  readonly alone: boolean;
  /** The comma-separated words of an own option, all among `allowed`. */
  words(option: string, byDefault: readonly string[], allowed: readonly string[]): string[];
  /** The comma-separated words of an own option, all of a `form` that `expected` describes. */
  texts(option: string, byDefault: readonly string[], form: RegExp, expected: string): string[];
  /** The comma-separated whole numbers of an own option. */
  numbers(option: string, byDefault: readonly number[]): number[];
  /** The comma-separated pairs of an own option, "512x1024". */
  pairs(option: string, byDefault: readonly Pair[]): Pair[];
}

export type Pair = readonly [number, number];

export interface Command {
  /** "update" for bench:update. */
  readonly name: string;
  /** What --quick leaves out. */
  readonly quick: string;
  readonly rounds: { readonly full: number; readonly quick: number };
  /** Own options with values: what --help says of each. */
  readonly options: Readonly<Record<string, string>>;
  /** bench/peers/SCRIPT, the Python modules it imports, and the Debian packages that have them. */
  readonly peer?: { readonly script: string; readonly modules: string; readonly packages: string };
  measure(settings: Settings): Promise<Report>;
}

/** A mistake on the command line. */
class UsageError extends Error {}

const usage = ({ name, quick, rounds, options, peer }: Command): string => {
  const lines = [
    ["--quick", quick],
    ...Object.entries(options).map(([option, help]) => [`--${option} LIST`, help]),
    ["--rounds N", `rounds of all sides in turn (default ${rounds.full}; quick ${rounds.quick})`],
    ["--json FILE", "also write the figures as JSON"],
    ...(peer ? [["--no-peer", "ours alone"]] : []),
    ["--help", ""],
  ];
  const text = lines.map(([option = "", help]) => `  ${option.padEnd(20)}${help}`.trimEnd());
  return [`Usage: npm run bench:${name} -- [options]`, "", ...text].join("\n");
};

function parse(command: Command, args: readonly string[]) {
  const own = Object.keys(command.options).map((option) => [option, { type: "string" }] as const);
  const flags = ["quick", "no-peer", "help"].map((flag) => [flag, { type: "boolean" }] as const);
  const texts = ["rounds", "json"].map((option) => [option, { type: "string" }] as const);
  const options = Object.fromEntries([...own, ...texts, ...flags]);
  try {
    // Options that are built at run time have no types of their own; none is a list.
    return parseArgs({ args: [...args], options }).values as Record<string, string | boolean | undefined>;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new UsageError(`--${option} ${text}: expected a whole number from 1`);
  return value;
}

function startPeerOf({ peer: wanted }: Command): Peer | undefined {
  if (wanted === undefined) return undefined;
  const python = pythonWith(wanted.modules);
  if (python !== undefined) return startPeer([python], wanted.script);
  console.log(
    `No Python that imports ${wanted.modules} (Debian: apt-get install ${wanted.packages}); timing our side alone.\n`,
  );
  return undefined;
}

/** Runs a command and returns its report, or its usage. Throws a UsageError for wrong arguments. */
export async function execute(command: Command, args: readonly string[]): Promise<Report | string> {
  const values = parse(command, args);
  if (values.help) return usage(command);
  const quick = values.quick === true;
  const list = (option: string) => (values[option] as string | undefined)?.split(",");
  const settings = {
    quick,
    alone: values["no-peer"] === true,
    rounds:
      values.rounds === undefined
        ? command.rounds[quick ? "quick" : "full"]
        : positive("rounds", String(values.rounds)),
    words(option: string, byDefault: readonly string[], allowed: readonly string[]) {
      const words = list(option) ?? [...byDefault];
      const unknown = words.find((word) => !allowed.includes(word));
      if (unknown !== undefined)
        throw new UsageError(`--${option}: unknown "${unknown}"; expected some of ${allowed.join(",")}`);
      return words;
    },
    texts(option: string, byDefault: readonly string[], form: RegExp, expected: string) {
      const texts = list(option) ?? [...byDefault];
      const wrong = texts.find((text) => !form.test(text));
      if (wrong !== undefined) throw new UsageError(`--${option} ${wrong}: expected ${expected}`);
      return texts;
    },
    numbers: (option: string, byDefault: readonly number[]) =>
      list(option)?.map((text) => positive(option, text)) ?? [...byDefault],
    pairs: (option: string, byDefault: readonly Pair[]) =>
      list(option)?.map((text): Pair => {
        const [first = "", second = "", ...rest] = text.split("x");
        if (rest.length > 0) throw new UsageError(`--${option} ${text}: expected two numbers, 512x1024`);
        return [positive(option, first), positive(option, second)];
      }) ?? [...byDefault],
  };
  const peer = values["no-peer"] ? undefined : startPeerOf(command);
  try {
    const report = await command.measure(peer ? { ...settings, peer } : settings);
    if (values.json) writeFileSync(String(values.json), `${JSON.stringify(report.figures, null, 2)}\n`);
    return report;
  } finally {
    await peer?.close();
  }
}

/** Runs the command if its file is what Node was started with. */
export async function main(command: Command, url: string): Promise<void> {
  const started = process.argv[1];
  if (started === undefined || realpathSync(started) !== fileURLToPath(url)) return;
  try {
    const report = await execute(command, process.argv.slice(2));
    if (typeof report === "string") return console.log(report);
    console.log(`${report.title}\n\n${formatTable(report.header, report.rows)}`);
    if (report.notes?.length) console.log(`\n${report.notes.join("\n")}`);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`bench:${command.name}: ${error.message}\n\n${usage(command)}`);
    process.exitCode = 2;
  }
}
