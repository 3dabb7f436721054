import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { Listr } from "listr2";
import { lookUp } from "../../suggest.ts";
import type { SceneValues } from "./catalog.ts";
import type { Animation } from "./format.ts";
import type { Scene } from "./scene.ts";

interface Flags extends Partial<SceneValues> {
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
    .option("--rate <x>", "step size in units of 1/L (default: the animation's own)", number)
    .option("--batch <n>", "samples a step (default: the animation's own)", number)
    .option(
      "--scatter <x>",
      "how far the samples' lines miss a common point (default: the animation's own)",
      number,
    )
    .option("--gif <FILE>", "the GIF of a single animation (default runs/lecture/animations/ID.gif)")
    .option("--json <FILE>", "its frames (default runs/lecture/animations/ID.json)")
    .addHelpText(
      "after",
      `
Examples:
  steepest lecture animate                                  list the animations
  steepest lecture animate neighbourhood --gif cloud.gif    one, to a file of your choice
  steepest lecture animate divergence --rate 0.4            the same with a smaller step: SGD converges too

The JSON opens in the studio's panel of the lecture, which also computes the animations itself: steepest studio
`,
    )
    .action(async (ids: string[], _: Flags, command: Command) => {
      // `lecture` has --all and --quick too, and takes them wherever they stand.
      const flags = command.optsWithGlobals<Flags>();
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

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("Expected a number.");
  return value;
}

async function animate(chosen: readonly Scene[], flags: Flags): Promise<void> {
  const written: string[] = [];
  const work = new Listr(
    chosen.map((scene) => ({
      title: scene.id,
      task: async (_: unknown, task: { output: string }) => {
        const standard = (ending: string) => join("runs/lecture/animations", `${scene.id}.${ending}`);
        task.output = "runs";
        const { quick, rate, batch, scatter } = flags;
        // Where the line cannot be written over, every frame would be one.
        const frames = (frame: number) => void (task.output = `frame ${frame + 1}`);
        const animation = await scene.make({ quick, values: { rate, batch, scatter } });
        written.push(
          ...(await writeAnimation(
            animation,
            flags.gif ?? standard("gif"),
            flags.json ?? standard("json"),
            process.stdout.isTTY ? frames : undefined,
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
