import { scenes } from "@steepest/lab/browser";
import type { Questions } from "./protocol.ts";

/** Computes an animation of the lecture: the lab's own runs, on the executor that browsers have. */
export async function sceneOf({
  name,
  values,
}: Questions["scene"]["question"]): Promise<Questions["scene"]["answer"]> {
  const scene = scenes.get(name);
  if (scene === undefined) throw new RangeError(`unknown animation "${name}"`);
  return scene.make({ values, executor: "wasm" });
}
