import { registry } from "steepest/registry";
import { describe, expect, test } from "vitest";
import { entrantOf, optimizerNames } from "../src/learning/entrants.ts";
import { loadNetwork } from "../src/learning/networks.ts";
import { openEntrant, openRunner } from "../src/learning/session.ts";
import { singularValues } from "../src/learning/spectra.ts";
import { initialState, readTraining, writeTraining } from "../src/training/state.ts";
import type { Curve } from "../src/training/store.ts";
import { hasChromium } from "./support/chromium.ts";
import { runGenerated } from "./support/generated.ts";
import { panelTest } from "./support/panel.ts";

test("an address holds the whole state, and nonsense is ignored", () => {
  const [sgd, adamw] = initialState.entrants as [
    (typeof initialState.entrants)[0],
    (typeof initialState.entrants)[0],
  ];
  const state = {
    ...initialState,
    network: "shakespeare-gpt",
    entrants: [{ ...sgd, hyperparameters: { ...sgd.hyperparameters, learningRate: 0.5 } }, adamw, adamw],
    steps: 60,
    time: 40,
    x: "seconds",
    matrix: "blocks.0.q",
    log: false,
  } as const;
  expect(readTraining(new URLSearchParams(writeTraining(state).toString()))).toEqual(state);
  const nonsense = new URLSearchParams("network=x&steps=-1&o=adamx&time=1e9&x=fathoms&device=abacus");
  expect(readTraining(nonsense)).toEqual(initialState);
});

test("every registered optimizer that needs no more than gradients is offered", () => {
  expect(optimizerNames.length).toBeGreaterThan(25);
  const left = [...registry.values()].filter(({ name }) => !optimizerNames.includes(name));
  for (const { needs } of left) expect(needs.some((need) => need !== "value")).toBe(true);
});

test("singular values: of a known product, tall and wide", () => {
  const angle = 0.7;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  // diag(3, 0.5) turned by an angle on the left, with a row of zeros.
  const tall = [3 * c, -0.5 * s, 3 * s, 0.5 * c, 0, 0];
  const wide = [3 * c, 3 * s, 0, -0.5 * s, 0.5 * c, 0];
  for (const values of [singularValues(tall, 3, 2), singularValues(wide, 2, 3)]) {
    expect(values).toHaveLength(2);
    expect(values[0]).toBeCloseTo(3, 9);
    expect(values[1]).toBeCloseTo(0.5, 9);
  }
});

test("divergence is a result: training ends there, and the last finite measurement stays", async () => {
  const loaded = await loadNetwork("moons-mlp", "");
  const entrant = entrantOf("sgd", { learningRate: 1e30 });
  const experiment = {
    network: "moons-mlp",
    entrants: [entrant],
    seed: 1,
    steps: 40,
    device: "wasm",
  } as const;
  const trainer = await openEntrant(loaded, entrant, experiment);
  const runner = await openRunner(loaded, trainer, entrant, experiment);
  while (!runner.isOver) await runner.advance();
  const { status, step, measurements } = runner.news();
  await runner.dispose();
  expect(status).toBe("diverged");
  expect(step).toBeLessThan(10);
  expect(measurements[0]?.validation.loss).toBeLessThan(2);
});

describe.skipIf(!hasChromium())("live training in Chromium", () => {
  const test = panelTest("training");
  const curvesIn = (json: string): Curve[] => JSON.parse(json).curves;
  const losses = (curve: Curve | undefined) =>
    curve?.measurements.map((m) => m.validation.loss as number) ?? [];

  test("start, pause, step and reset; a shared link trains as far, with the same losses", async ({
    page,
    open,
    settle,
    button,
    address,
    saved,
  }) => {
    await open("network=moons-mlp&steps=2000");
    expect(curvesIn(await saved("JSON")).map((c) => c.step)).toEqual([0, 0, 0]);
    // What is known before the first step is seen, and what to do.
    const loss = "Loss: validation (thick) and training, mean of 10 batches (thin): SVG";
    const untrained = await saved(loss);
    expect(untrained).toContain("Start trains the networks");
    expect(untrained.match(/<circle/g)).toHaveLength(3 + 3);
    await button("One step").click();
    await settle();
    const [one] = curvesIn(await saved("JSON"));
    expect(one?.step).toBe(1);
    await button("Start").click();
    await button("Pause").click();
    await settle();
    await page.waitForTimeout(200);
    expect(await saved(loss)).not.toContain("Start trains the networks");
    const paused = curvesIn(await saved("JSON"));
    const time = address().get("time");
    expect(Number(time)).toBeGreaterThan(0);
    await button("Reset").click();
    await settle();
    expect(curvesIn(await saved("JSON")).map((c) => c.step)).toEqual([0, 0, 0]);
    const first = paused[0]?.measurements[0]?.validation.loss;
    expect(curvesIn(await saved("JSON")).map((c) => c.measurements[0]?.validation.loss)).toEqual([
      first,
      first,
      first,
    ]);
  });

  test("optimizers learn, muon's updates are orthogonal, and the program for it prints the same", async ({
    open,
    saved,
    code,
  }) => {
    await open("steps=100&time=100");
    const all = curvesIn(await saved("JSON"));
    expect(all.map((c) => c.status)).toEqual(["finished", "finished", "finished"]);
    for (const curve of all) expect(losses(curve).at(-1)).toBeLessThan(0.6 * (losses(curve)[0] as number));
    // The largest over the sixteenth of 32: the last ones belong to pixels that are always empty.
    const spread = (curve: Curve | undefined) => {
      const values = curve?.measurements[15]?.updates?.["hidden.0.w"] as number[];
      return (values[0] as number) / (values[15] as number);
    };
    expect(spread(all[2])).toBeLessThan(0.5 * spread(all[0]));
    const outcome = all[0]?.outcome;
    const counts = outcome?.kind === "confusion" ? outcome.counts : [];
    expect(counts.reduce((a, b) => a + b, 0)).toBe(300);
    const right = counts.filter((_, i) => i % 11 === 0).reduce((a, b) => a + b, 0);
    expect(right / 300).toBeCloseTo(all[0]?.measurements.at(-1)?.validation.accuracy as number, 6);
    const printed = await runGenerated(await code());
    printed.forEach((line, i) => {
      const { loss } = JSON.parse(line.slice(line.indexOf("{")));
      expect(loss).toBeCloseTo(losses(all[i]).at(-1) as number, 3);
    });
    expect(printed).toHaveLength(3);
  });

  test("a transformer learns and writes", async ({ page, open, saved }) => {
    await open("network=shakespeare-gpt&steps=20&time=20&o=adamw");
    const [curve] = curvesIn(await saved("JSON"));
    expect(losses(curve).at(-1)).toBeLessThan(losses(curve)[0] as number);
    expect(curve?.measurements[0]?.weights["blocks.1.down"]).toHaveLength(32);
    expect(await page.locator(".multiples pre").textContent()).toHaveLength(240);
  });
});
