import { expect, test } from "vitest";
import { chaos } from "../src/study/chaos.ts";

test("a study that is killed three times at random equals the undisturbed one bit for bit", async () => {
  const said: string[] = [];
  await chaos({ kills: 3, trials: 10, workers: 2, seed: 1, print: (line) => said.push(line) });
  expect(said.at(-1)).toBe("equal: 10 trials, bit for bit");
}, 120_000);
