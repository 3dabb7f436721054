import fc from "fast-check";
import { expect, test } from "vitest";
import { catalog, entryOf, type OptimizerName } from "../src/engine/catalog.ts";
import { problems } from "../src/engine/problems.ts";
import { presetOf, presets, readAddress, writeAddress } from "../src/trajectories/address.ts";
import { forProblem, initialState, limits, type TrajectoryState } from "../src/trajectories/state.ts";
import { speeds } from "../src/ui/transport.ts";

const names = Object.keys(catalog) as OptimizerName[];
const problemNames = [...Object.keys(problems), "own"] as TrajectoryState["problem"][];

const rounded = (min: number, max: number) =>
  fc.double({ min, max, noNaN: true }).map((x) => Number(x.toPrecision(4)));

const states: fc.Arbitrary<TrajectoryState> = fc
  .record({
    problem: fc.constantFrom(...problemNames),
    formula: fc.constantFrom("x^2 + y^2", "x^2", "sin(x) + y/2"),
    optimizers: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: limits.optimizers }),
    noise: rounded(0, 5),
    spread: rounded(0, 2),
    steps: fc.integer({ min: 20, max: 1000 }),
    seeds: fc.constantFrom(...limits.seeds),
    speed: fc.constantFrom(...speeds),
    batch: fc.integer({ min: 1, max: 8 }),
    x: rounded(-3, 3),
    half: rounded(0.1, 9),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    rate: rounded(1e-5, 1),
  })
  .map(({ problem, formula, optimizers, x, half, part, rate, ...rest }) => {
    const base = forProblem(problem, problem === "own" ? formula : initialState.formula, optimizers);
    return {
      ...initialState,
      ...base,
      ...rest,
      start: base.start.map((v, i) => (i === 0 ? x : v)),
      view: { center: base.view.center, half },
      time: Math.round(part * rest.steps),
      selected: Math.round(part * (optimizers.length - 1)),
      optimizers: base.optimizers.map((o) => ({
        ...o,
        hyperparameters:
          "learningRate" in o.hyperparameters
            ? { ...o.hyperparameters, learningRate: rate }
            : o.hyperparameters,
      })),
    };
  });

test("an address holds the whole state", () => {
  fc.assert(
    fc.property(states, (state) => {
      const text = writeAddress(state).toString();
      expect(readAddress(new URLSearchParams(text))).toEqual(state);
    }),
  );
});

test("nonsense in an address is as if it were not there", () => {
  const nonsense =
    "f=nothing&t=-5&seeds=1e9&noise=NaN&start=1&view=a,b,c&o=nobody x=1&o=adam learningRate=-1 z=2";
  const state = readAddress(new URLSearchParams(nonsense));
  expect(state).toEqual({ ...initialState, optimizers: state.optimizers, selected: 0 });
  expect(state.optimizers).toHaveLength(1);
  expect(state.optimizers[0]?.hyperparameters.learningRate).toBe(
    entryOf("adam").hyperparameters.learningRate?.value,
  );
});

test("a broken formula in an address does not break the page", () => {
  expect(readAddress(new URLSearchParams("f=own&formula=x+%2B"))).toEqual(initialState);
});

test("what is worth seeing is an address of which every part makes sense", () => {
  for (const [name, query] of Object.entries(presets)) {
    const state = presetOf(name as keyof typeof presets);
    const written = writeAddress(state);
    for (const [key, value] of new URLSearchParams(query)) {
      const known = written.getAll(key).some((text) => text === value || text.startsWith(`${value} `));
      expect(known, `${name}: ${key}=${value} became ${written}`).toBe(true);
    }
  }
});
