import type { Animation } from "@steepest/lab/format";
import { csvRow } from "../ui/download.ts";
import { isScene, type LectureState } from "./state.ts";

/** A row per point of every frame. */
export function toCsv({ series, frames }: Animation): string {
  const rows: (string | number)[][] = [["frame", "step", "series", "x", "y"]];
  frames.forEach(({ step, points }, i) => {
    points.forEach((flat, s) => {
      for (let k = 0; k < flat.length; k += 2) {
        rows.push([i, step, series[s]?.name ?? "", flat[k] as number, flat[k + 1] as number]);
      }
    });
  });
  return `${rows.map(csvRow).join("\n")}\n`;
}

/** A TypeScript program that computes the same animation, or reads its file, and prints the shown frame. */
export function codeFor({ show, values, frame }: LectureState): string {
  const print = `const { step, points } = animation.frames[${frame}]!;
animation.series.forEach(({ name }, i) => console.log(step, name, points[i]!.join(" ")));
`;
  if (!isScene(show)) {
    // Read in the program; the page itself uses no files.
    const files = "node:fs/promises";
    return `// npm install @steepest/lab
import { readFile } from "${files}";
import { parseAnimation } from "@steepest/lab/format";

const animation = parseAnimation(await readFile("animation.json", "utf8"));
${print}`;
  }
  const flags = Object.entries(values).map(([name, value]) => ` --${name} ${value}`);
  return `// As a GIF: steepest lecture animate ${show}${flags.join("")} --gif ${show}.gif
// npm install @steepest/lab
import { scenes } from "@steepest/lab/browser";

const animation = await scenes.get("${show}")!.make({ values: ${JSON.stringify(values)}, executor: "wasm" });
${print}`;
}
