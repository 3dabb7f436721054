import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { numpy as np } from "@jax-js/jax";
import { initRuntime, type Tensor, tensor } from "@steepest/compile";
import { beforeAll, describe, expect, test } from "vitest";
import { type Landscape, type LandscapePath, parseLandscape } from "../src/format.ts";
import {
  computeLandscape,
  type Layout,
  type LossProgram,
  layoutOf,
  type Network,
  openLoss,
  type TrainingPath,
  type View,
} from "../src/landscape/index.ts";
import { accuracy, crossEntropy, mlp } from "../src/models/index.ts";
import { randomStream } from "../src/random.ts";
import type { Task } from "../src/tasks/index.ts";
import { pathFile, readPath, writePath } from "../src/train/path.ts";
import { recordPath } from "../src/train/path-recorder.ts";
import { start, steepest, temporaryFolder } from "./steepest.ts";

beforeAll(() => initRuntime());

const view: View = { method: "filter", line: false, grid: 7, range: 1, seed: 3 };
const about = { title: "test", task: "test", examples: 1, dropout: false, source: {} };

/** The loss |x - target|^2, exactly. */
const bowl = (target: ArrayLike<number>): LossProgram => ({
  at: async (x) => x.reduce((sum, v, i) => sum + (v - (target[i] as number)) ** 2, 0),
  dispose: async () => {},
});

const vectorLayout = (n: number): Layout => layoutOf({ x: tensor(new Array(n).fill(0)) });
const unit = (n: number, i: number, size = 1) =>
  Float32Array.from({ length: n }, (_, k) => (k === i ? size : 0));

describe("a plane that is known", () => {
  const n = 40;
  const layout = vectorLayout(n);
  const center = unit(n, 7, 2);
  const [u, v] = [unit(n, 3), unit(n, 5)];
  // A spiral in the plane through the center along u and v.
  const path: TrainingPath = {
    steps: Array.from({ length: 20 }, (_, k) => k),
    networks: Array.from({ length: 20 }, (_, k) => {
      const radius = 3 * (1 - k / 19);
      return center.map(
        (c, i) =>
          c + radius * (Math.cos(k / 3) * (u[i] as number) + 0.5 * Math.sin(k / 3) * (v[i] as number)),
      );
    }),
  };
  const compute = (networks: Network[], change: Partial<View>) =>
    computeLandscape({ ...about, view: { ...view, ...change }, layout, networks, path }, bowl(center));

  test("pca of a path in a plane explains all of it, and the losses are those of the bowl", async () => {
    const {
      axes,
      loss,
      path: shown,
      points,
    } = await compute([{ label: "end", vector: center }], { method: "pca" });
    expect(shown?.explained[1]).toBeCloseTo(1, 12);
    expect(shown?.explained[0]).toBeLessThan(0.99);
    for (const residual of shown?.residual ?? []) expect(residual).toBeLessThan(1e-6);
    expect(points[0]).toMatchObject({ at: [0, 0], residual: 0, loss: 0 });
    loss.forEach((row, j) => {
      row.forEach((value, i) => {
        const [a, b] = [axes[0]?.coordinates[i] as number, axes[1]?.coordinates[j] as number];
        expect(value).toBeCloseTo(a * a + b * b, 4);
      });
    });
    // The distance of a network to the end is that of its projection.
    path.networks.forEach((network, k) => {
      const [a, b] = (shown as LandscapePath).at[k] as [number, number];
      expect(Math.hypot(a, b)).toBeCloseTo(
        Math.hypot(...network.map((x, i) => x - (center[i] as number))),
        4,
      );
    });
  });

  test("a path off the plane is said to be", async () => {
    const away = unit(n, 9, 4).map((x, i) => x + (center[i] as number));
    const networks = [center, away, unit(n, 3)].map((vector, i) => ({ label: String(i), vector }));
    const { path: shown, points } = await compute(networks, { method: "between" });
    expect(shown?.explained[1]).toBeLessThan(0.9);
    expect(Math.max(...(shown?.residual ?? []))).toBeGreaterThan(0.1);
    for (const point of points) expect(point.residual).toBeLessThan(1e-5);
  });

  test("a network without matrices has no filters", async () => {
    const only = compute([{ label: "end", vector: center }], { method: "filter" });
    await expect(only).rejects.toThrow(/no matrix or kernel/);
  });

  test("a line between two networks has them at 0 and 1", async () => {
    const other = unit(n, 0);
    const networks = [center, other].map((vector, i) => ({ label: String(i), vector }));
    const { axes, loss, points } = await compute(networks, { method: "between", line: true, grid: 5 });
    expect(axes).toHaveLength(1);
    expect(axes[0]?.coordinates).toEqual([-0.5, 0, 0.5, 1, 1.5]);
    expect(axes[0]?.unit).toBeCloseTo(Math.sqrt(5), 6);
    expect(points.map((p) => p.at[0])).toEqual([0, 1]);
    expect(loss[0]?.[1]).toBe(0);
    expect(loss[0]?.[3]).toBeCloseTo(5, 6);
    await expect(compute([networks[0] as Network], { method: "between", line: true })).rejects.toThrow(
      /two networks/,
    );
  });

  test("random directions are as long as the network; sharpness is the largest rise in the ellipse", async () => {
    const made = await compute([{ label: "end", vector: center }], { method: "random", range: 0.5, grid: 9 });
    expect(made.axes.map((a) => a.unit)).toEqual([expect.closeTo(2, 6), expect.closeTo(2, 6)]);
    const rises = made.sharpness.map((s) => s.rise as number);
    expect(made.sharpness.map((s) => s.radius)).toEqual([0.125, 0.25, 0.5]);
    // At radius r the distance is 2 r along an axis, more between axes that are not orthogonal.
    made.sharpness.forEach(({ radius }, i) => {
      expect(rises[i]).toBeGreaterThanOrEqual((2 * radius) ** 2 * 0.999);
      expect(rises[i]).toBeLessThan(2 * (2 * radius) ** 2);
    });
  });

  test("an interrupted computation goes on from its rows", async () => {
    const request = {
      ...about,
      view: { ...view, method: "random" as const },
      layout,
      networks: [{ label: "end", vector: center }],
      path,
    };
    const whole = await computeLandscape(request, bowl(center));
    const parts: Landscape[] = [];
    const stop = new AbortController();
    const stopped = computeLandscape(request, bowl(center), {
      signal: stop.signal,
      onRow(so) {
        parts.push(so);
        if (so.loss.length === 3) stop.abort(new Error("enough"));
      },
    });
    await expect(stopped).rejects.toThrow("enough");
    const kept = parseLandscape(JSON.stringify(parts.at(-1)));
    expect(kept.loss).toHaveLength(3);
    let evaluations = 0;
    const exact = bowl(center);
    const counted = {
      ...exact,
      at(x: Float32Array) {
        evaluations++;
        return exact.at(x);
      },
    };
    expect(await computeLandscape({ ...request, rows: kept.loss }, counted)).toEqual(whole);
    expect(evaluations).toBe(1 + 20 + 4 * 7);
  });
});

describe("a network", () => {
  const model = mlp({ sizes: [6, 8, 8, 3], dropout: 0.3 });
  const stream = randomStream(1, "test");
  const x = tensor(
    Float32Array.from({ length: 12 * 6 }, () => stream.normal()),
    [12, 6],
  );
  const y = tensor(
    Array.from({ length: 12 }, (_, i) => i % 3),
    undefined,
    "int32",
  );
  const params = model.init(2) as { hidden: { w: Tensor; b: Tensor }[]; head: { w: Tensor; b: Tensor } };
  for (const { b } of params.hidden) b.data.set(b.data.map(() => 0.2 * stream.normal()));
  const layout = layoutOf(params);
  const open = (dropout?: number) =>
    openLoss({
      task: { model: model as unknown as Task["model"], loss: crossEntropy },
      layout,
      batches: [{ x, y }],
      dropout,
      executor: "wasm",
      name: "test loss",
    });
  const picture = async (vector: Float32Array, method: "filter" | "random", dropout?: number) => {
    const loss = await open(dropout);
    const networks = [{ label: "end", vector }];
    const made = await computeLandscape({ ...about, view: { ...view, method }, layout, networks }, loss);
    await loss.dispose();
    return made.loss.flat() as number[];
  };

  test("filter normalisation: rescaling the layers of a relu network leaves the picture unchanged", async () => {
    const before = layout.flatten(params as never);
    const [first, second] = params.hidden as [{ w: Tensor; b: Tensor }, { w: Tensor; b: Tensor }];
    const times = (t: Tensor, c: number) =>
      tensor(
        t.data.map((v) => c * v),
        t.shape,
      );
    // Powers of two, so that nothing is rounded.
    const scaled = layout.flatten({
      hidden: [
        { w: times(first.w, 8), b: times(first.b, 8) },
        { w: times(second.w, 1 / 8), b: second.b },
      ],
      head: params.head,
    } as never);
    const filter = await picture(before, "filter");
    expect(Math.max(...filter)).toBeGreaterThan(1.5 * Math.min(...filter));
    (await picture(scaled, "filter")).forEach((v, i) => {
      expect(v).toBeCloseTo(filter[i] as number, 4);
    });
    const plain = await picture(before, "random");
    const differs = (await picture(scaled, "random")).some(
      (v, i) => Math.abs(v - (plain[i] as number)) > 0.05,
    );
    expect(differs).toBe(true);
  });

  test("dropout changes the picture, the same way each time", async () => {
    const vector = layout.flatten(params as never);
    const on = await picture(vector, "filter", 5);
    expect(await picture(vector, "filter", 5)).toEqual(on);
    expect(await picture(vector, "filter", 6)).not.toEqual(on);
    expect(await picture(vector, "filter")).not.toEqual(on);
  });

  test("its loss is that of the model", async () => {
    const loss = await open();
    const value = await loss.at(layout.flatten(params as never));
    await loss.dispose();
    expect(value).toBeGreaterThan(0.5);
    expect(accuracy(np.zeros([2, 2]), np.array([0, 1], { dtype: np.int32 })).js()).toBe(0.5);
  });
});

test("a path is bounded, keeps its ends and survives its file", () => {
  const recorder = recordPath(8);
  for (let step = 0; step <= 101; step++) {
    if (recorder.wants(step)) recorder.record(step, { w: tensor([step, -step]) });
  }
  recorder.record(101, { w: tensor([101, -101]) });
  const path = recorder.path();
  expect(path.steps[0]).toBe(0);
  expect(path.steps.at(-1)).toBe(101);
  expect(path.steps.length).toBeLessThanOrEqual(9);
  const gaps = path.steps.slice(1, -1).map((s, i) => s - (path.steps[i] as number));
  expect(new Set(gaps).size).toBe(1);
  const file = pathFile(join(temporaryFolder(), "trial.jsonl"));
  expect(readPath(file)).toBeUndefined();
  writePath(file, path);
  expect(readPath(file)).toEqual(path);
});

test.each([
  ["", /not JSON/],
  ["[]", /expected a landscape/],
  [
    '{"format":"steepest-landscape/9"}',
    /format: expected "steepest-landscape\/1", found "steepest-landscape\/9"/,
  ],
  [JSON.stringify({ format: "steepest-landscape/1", title: "x" }), /task: expected text/],
])("a file that is no landscape is refused: %s", (text, message) => {
  expect(() => parseLandscape(text)).toThrow(message);
});

describe("steepest landscape", () => {
  test("trains a task, draws its path, and resumes", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "out.json");
    const args = [
      "landscape",
      "a9a-logistic",
      "--optimizer",
      "sgd",
      "--steps",
      "40",
      "--grid",
      "5",
      "--examples",
      "64",
    ];
    const run = (...more: string[]) => steepest(...args, "--runs", folder, "--out", file, ...more);
    const first = await run();
    expect(first.stderr + first.stdout).toContain("the picture explains");
    expect(first.code).toBe(0);
    const made = parseLandscape(readFileSync(file, "utf8"));
    expect(made).toMatchObject({ method: "pca", parameters: 124, examples: 64, task: "a9a-logistic" });
    expect(made.loss.map((row) => row.length)).toEqual([5, 5, 5, 5, 5]);
    expect(made.path?.steps).toHaveLength(41);
    expect(made.path?.loss[0]).toBeCloseTo(Math.log(2), 5);
    expect(readFileSync(file.replace("json", "svg"), "utf8")).toContain("<svg");
    expect(existsSync(file.replace("json", "png"))).toBe(true);
    // As Ctrl-C leaves it.
    writeFileSync(file, JSON.stringify({ ...made, loss: made.loss.slice(0, 2), sharpness: [] }));
    const again = await run();
    expect(again.stdout).toContain("2 of 5 rows are there already");
    const { loss, sharpness } = parseLandscape(readFileSync(file, "utf8"));
    expect({ loss, sharpness }).toEqual({ loss: made.loss, sharpness: made.sharpness });
  });

  test("Ctrl-C keeps finished rows", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "out.json");
    const args = [
      "a9a-logistic",
      "--steps",
      "3",
      "--directions",
      "filter",
      "--grid",
      "300",
      "--examples",
      "256",
    ];
    let asked = false;
    const { code, stderr } = await start(
      ["landscape", ...args, "--runs", folder, "--out", file],
      (_, child) => {
        if (asked) return;
        asked = true;
        const poll = setInterval(() => {
          if (!existsSync(file)) return;
          clearInterval(poll);
          child.kill("SIGINT");
        }, 5);
      },
    );
    expect(code).toBe(130);
    expect(stderr).toMatch(/stopped: \d+ of 300 rows are kept/);
    const { loss } = parseLandscape(readFileSync(file, "utf8"));
    expect(loss.length).toBeGreaterThan(0);
    expect(loss.length).toBeLessThan(300);
  });

  test.each([
    [["nonsense"], /nonsense: neither a file, nor a folder, nor a task/],
    [["a9a-logistic", "--dropout", "on", "--steps", "1"], /a9a-logistic: its model has no dropout/],
    [["no.safetensors", "b.safetensors"], /no such file/],
    [["a9a-logistic", "--range", "-1"], /positive number/],
  ])("says what is wrong: %s", async (args, message) => {
    const { code, stderr } = await steepest("landscape", ...args, "--runs", temporaryFolder());
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });
});
