import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { Listr } from "listr2";
import { lookUp } from "../../suggest.ts";
import type { Animation } from "./format.ts";
import type { Scene } from "./scenes.ts";

interface Flags {
  all: boolean;
  quick: boolean;
  gif?: string;
  json?: string;
}

/** Adds `steepest lecture animate`. */
export function registerAnimate(lecture: Command): void {
  lecture
    .command("animate")
    .summary("SGD as moving pictures: GIF, and frames as JSON for players")
    .description(
      "Runs SGD and its relatives in the plane and writes the frames: batch minimizers that move, the neighbourhood of a\n" +
        "constant step, divergence. Without an ID it lists the animations.",
    )
    .argument("[ID...]", "animations to make")
    .option("--all", "every animation", false)
    .option("--quick", "fewer frames", false)
    .option("--gif <FILE>", "the GIF of a single animation (default runs/lecture/animations/ID.gif)")
    .option("--json <FILE>", "its frames (default runs/lecture/animations/ID.json)")
    .addHelpText(
      "after",
      `
Examples:
  steepest lecture animate                                  list the animations
  steepest lecture animate neighbourhood --gif cloud.gif    one, to a file of your choice
`,
    )
    .action(async (ids: string[], flags: Flags) => {
      const { scenes } = await import("./scenes.ts");
      if (ids.length === 0 && !flags.all) {
        for (const { id, title } of scenes.values()) console.log(`${id.padEnd(24)} ${title}`);
        console.log("\nMake one with `steepest lecture animate ID`.");
        return;
      }
      const chosen = flags.all ? [...scenes.values()] : ids.map((id) => lookUp("animation", id, scenes));
      if (chosen.length > 1 && (flags.gif ?? flags.json) !== undefined)
        throw new Error("--gif and --json name one file; give one animation with them");
      await animate(chosen, flags);
    });
}

async function animate(chosen: readonly Scene[], flags: Flags): Promise<void> {
  const written: string[] = [];
  const work = new Listr(
    chosen.map((scene) => ({
      title: scene.id,
      task: async (_: unknown, task: { output: string }) => {
        const standard = (ending: string) => join("runs/lecture/animations", `${scene.id}.${ending}`);
        task.output = "runs";
        const animation = await scene.make(flags.quick);
        written.push(
          ...(await writeAnimation(
            animation,
            flags.gif ?? standard("gif"),
            flags.json ?? standard("json"),
            (frame) => void (task.output = `frame ${frame + 1} of ${animation.frames.length}`),
          )),
        );
      },
    })),
    { renderer: process.stdout.isTTY ? "default" : "simple" },
  );
  await work.run();
  for (const file of written) console.log(file);
}

/** Writes the GIF and the frames; returns both names. */
export async function writeAnimation(
  animation: Animation,
  gif: string,
  json: string,
  progress?: (frame: number) => void,
): Promise<string[]> {
  const { toGif } = await import("./gif.ts");
  const bytes = toGif(animation, progress);
  const contents: [string, string | Uint8Array][] = [
    [gif, bytes],
    [json, `${JSON.stringify(animation)}\n`],
  ];
  for (const [file, content] of contents) {
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    } catch (cause) {
      throw new Error(`${file}: cannot be written: ${(cause as Error).message}`, { cause });
    }
  }
  return contents.map(([file]) => file);
}
