import type { Command } from "commander";
import { cacheFolder, findData, isPresent } from "../data/folders.ts";
import { type Dataset, datasets, ships } from "../data/registry/index.ts";
import { lookUp } from "../suggest.ts";
import { describeError } from "./errors.ts";

const registry: ReadonlyMap<string, Dataset> = new Map(Object.entries(datasets));
const find = (name: string): Dataset => lookUp("data set", name, registry);

export function registerData(program: Command): void {
  const data = program
    .command("data")
    .description("the data sets: those that ship with the package, and those that are downloaded on request");
  data
    .command("list")
    .description("list the data sets, and which of them are on this machine")
    .action(() => {
      for (const set of registry.values()) {
        console.log(`${set.name.padEnd(18)} ${stateOf(set).padEnd(14)} ${set.title}; ${set.licence}`);
      }
    });
  data
    .command("info <name>")
    .description("describe a data set: contents, origin, licence, files")
    .action((name: string) => console.log(infoLines(find(name)).join("\n")));
  data
    .command("get <names...>")
    .description("download data sets into the cache, or take them from a local file, folder or mirror")
    .option(
      "--from <place>",
      "a local file or folder that holds the set, plain, .gz, or as the published archive; or the address of a mirror",
    )
    .addHelpText("after", example)
    .action(async (names: string[], { from }: { from?: string }) => {
      const { get } = await import("./get-data.ts");
      await get(names.map(find), from);
    });
  data
    .command("verify [name]")
    .description("compare the files of one data set, or of all on this machine, with their checksums")
    .action(async (name?: string) => {
      const sets =
        name === undefined
          ? [...registry.values()].filter((set) => ships(set) || isPresent(set))
          : [find(name)];
      const { readData } = await import("../data/read.ts");
      for (const file of sets.flatMap((set) => Object.values(set.files))) {
        try {
          await readData(file);
          console.log(`ok   ${file.path}`);
        } catch (error) {
          console.log(`BAD  ${describeError(error)}`);
          process.exitCode = 1;
        }
      }
    });
  data
    .command("path [name]")
    .description("print the cache folder, or where the files of a data set are")
    .action((name?: string) => {
      if (name === undefined) return console.log(cacheFolder());
      const set = find(name);
      for (const file of Object.values(set.files)) {
        const path = findData(file);
        if (path === undefined) {
          throw new Error(`${file.path} is not on this machine; \`steepest data get ${name}\` brings it`);
        }
        console.log(path);
      }
    });
}

function stateOf(set: Dataset): string {
  if (ships(set)) return "ships";
  return isPresent(set) ? "in the cache" : "to download";
}

function infoLines(set: Dataset): string[] {
  const state = ships(set)
    ? "ships with the package"
    : isPresent(set)
      ? "in the cache"
      : `not on this machine; \`steepest data get ${set.name}\` brings it`;
  const files = Object.values(set.files);
  const urls = new Set(files.flatMap((file) => file.origin?.download.urls ?? []));
  return [
    `${set.name}: ${set.title}`,
    set.description,
    `source   ${set.source}`,
    `licence  ${set.licence}`,
    `state    ${state}`,
    ...[...urls].map((url) => `address  ${url}`),
    ...files.map(({ path, bytes, checksum }) => {
      const [[algorithm, value]] = Object.entries(checksum) as [[string, string]];
      return `file     ${findData({ path, bytes, checksum }) ?? path}, ${bytes} bytes, ${algorithm.toUpperCase()} ${value}`;
    }),
  ];
}

const example = `
Examples:
  steepest data get mnist wikitext-2
  steepest data get cifar10 --from ~/Downloads/cifar-10-binary.tar.gz
  steepest data get mnist --from /data/mnist         files with or without .gz, also in folders of it
  steepest data get mnist --from https://mirror.example/mnist

Files are kept in $STEEPEST_CACHE, else $XDG_CACHE_HOME/steepest, else ~/.cache/steepest. An interrupted download goes on
where it stopped. HTTPS_PROXY is not read by Node 20; behind a proxy download by other means and use --from.
`;
