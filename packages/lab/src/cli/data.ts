import type { Command } from "commander";
import { type Dataset, datasets } from "../data/registry.ts";
import { lookUp } from "../suggest.ts";
import { describeError } from "./errors.ts";

const registry: ReadonlyMap<string, Dataset> = new Map(Object.entries(datasets));

export function registerData(program: Command): void {
  const data = program.command("data").description("the data sets that ship with the package");
  data
    .command("list")
    .description("list the data sets")
    .action(() => {
      for (const set of registry.values()) console.log(`${set.name.padEnd(16)} ${set.title}; ${set.licence}`);
    });
  data
    .command("info <name>")
    .description("describe a data set: contents, origin, licence, files")
    .action((name: string) => {
      const set = lookUp("data set", name, registry);
      console.log(
        `${set.name}: ${set.title}\n${set.description}\nsource   ${set.source}\nlicence  ${set.licence}`,
      );
      for (const file of Object.values(set.files)) {
        console.log(`file     ${file.path}, ${file.bytes} bytes, SHA-256 ${file.sha256}`);
      }
    });
  data
    .command("verify [name]")
    .description("compare the files of one data set, or of all, with their checksums")
    .action(async (name?: string) => {
      const sets = name === undefined ? [...registry.values()] : [lookUp("data set", name, registry)];
      const { readData } = await import("../data/load.ts");
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
}
