import "steepest/node";
import { defaultDevice, grad, init, numpy as np, tree } from "@jax-js/jax";
import {
  type ArrayTree,
  compileStep,
  fromArray,
  initRuntime,
  scalar,
  type TensorTree,
  tensor,
  toArray,
} from "@steepest/compile";
import { applyUpdates, type GradientTransformation, type RoleTree } from "steepest";
import { type RegisteredOptimizer, registry, startingValues } from "steepest/registry";

const usage = `Runs every optimizer until it has converged on four problems, as optax's common suite asks: each coordinate within
0.03 of the minimum after at most 30000 steps, at one constant learning rate.

  npm run converge                      every registered optimizer; under a minute
  npm run converge -- --quick           three of them
  npm run converge -- NAME [NAME...]    these

Learning rates are tried in turn, from the optimizer's own down to 1/2187 of it and up to 9 times it; the first that converges is
reported. Exit code 1 when one converges at none. Optimizers that need more than gradients of one function (sag, saga, svrg,
sarah) are left out: the library's tests run them on finite sums.`;

const steps = 30_000;
const tolerance = 0.03;
/** Factors on an optimizer's own learning rate. */
const factors = [1, 1 / 3, 1 / 9, 1 / 27, 1 / 81, 1 / 243, 1 / 729, 1 / 2187, 3, 9];

interface Problem {
  readonly name: string;
  readonly roles: RoleTree;
  readonly start: TensorTree;
  readonly target: TensorTree;
  readonly loss: (x: ArrayTree) => np.Array;
}

/** The sum of squared distances to a target. */
const distanceTo =
  (target: TensorTree) =>
  (x: ArrayTree): np.Array => {
    const leaves = tree.leaves<np.Array>(x);
    const targets = tree.leaves(target as never) as ReturnType<typeof tensor>[];
    return leaves
      .map((leaf, i) => np.square(leaf.sub(toArray(targets[i] as ReturnType<typeof tensor>))).sum())
      .reduce((a, b) => a.add(b));
  };

const parabola = tensor([1, -1, 1]);
const matrix = tensor(
  Array.from({ length: 12 }, (_, i) => Math.cos(i)),
  [4, 3],
);
const mixed: TensorTree = {
  w: tensor([1, -1, 0.5, 2, 0, -0.5], [3, 2]),
  b: tensor([0.5, -1]),
  s: scalar(1),
};

const problems: readonly Problem[] = [
  {
    name: "parabola",
    roles: "vector",
    start: tensor([-1, 10, 1]),
    target: parabola,
    loss: distanceTo(parabola),
  },
  {
    name: "Rosenbrock",
    roles: "vector",
    start: tensor([0, 0]),
    target: tensor([1, 1]),
    loss(x) {
      const [a, b] = [(x as np.Array).ref.slice(0), (x as np.Array).slice(1)];
      return np.square(a.ref.sub(1)).add(np.square(b.sub(np.square(a))).mul(100));
    },
  },
  {
    name: "matrix",
    roles: "hidden",
    start: tensor(
      Array.from({ length: 12 }, (_, i) => Math.sin(3 * i)),
      [4, 3],
    ),
    target: matrix,
    loss: distanceTo(matrix),
  },
  {
    name: "mixed",
    roles: { w: "hidden", b: "vector", s: "vector" },
    start: { w: tensor([0, 1, 1, -1, 2, 0.3], [3, 2]), b: tensor([3, 2]), s: scalar(-1) },
    target: mixed,
    loss: distanceTo(mixed),
  },
];

/** The distance of the point that the optimizer evaluates, after all steps, by learning rate. */
async function runnerOf(optimizer: RegisteredOptimizer, problem: Problem) {
  const { roles } = problem;
  // Decay moves the minimum, and the averages of a short race are too long for a constant rate.
  const values = { ...startingValues(optimizer) };
  if (values.weightDecay !== undefined) values.weightDecay = 0;
  const rule = (learningRate: np.Array): GradientTransformation =>
    optimizer.create({ ...values, learningRate }, { roles });
  const gradientOf = grad(problem.loss as (x: np.Array) => np.Array) as unknown as (
    x: ArrayTree,
  ) => ArrayTree;
  const step = ({ rate, params, state }: Record<"rate" | "params" | "state", ArrayTree>) => {
    const extra = { value: problem.loss(tree.ref(params)) };
    const gradients = gradientOf(tree.ref(params));
    const [updates, next] = rule(rate as np.Array).update(gradients, state, tree.ref(params), extra);
    return [{ rate, params: applyUpdates(params, updates), state: next }, {}];
  };
  const carryAt = (learningRate: number) => {
    const params = tree.map(toArray, problem.start as never) as ArrayTree;
    const rate = np.array(learningRate, { dtype: np.float32 });
    const state = tree.map(fromArray, rule(rate).init(params) as never);
    return { rate: scalar(learningRate), params: problem.start, state };
  };
  const program = (await compileStep(step as never, carryAt(0.1) as never, [] as never, {
    executor: "wasm",
    name: optimizer.name,
  })) as unknown as {
    runMany(inputs: readonly TensorTree[], options: { steps: number }): Promise<unknown>;
    dispose(): Promise<void>;
    writeCarry(carry: unknown): void;
    readCarry(): Promise<{ params: TensorTree; state: TensorTree }>;
  };
  return {
    async distance(learningRate: number): Promise<number> {
      program.writeCarry(carryAt(learningRate));
      await program.runMany([], { steps });
      const { params, state } = await program.readCarry();
      const onDevice = (t: TensorTree) => tree.map(toArray, t as never) as ArrayTree;
      const point = optimizer.evaluated?.(onDevice(params), onDevice(state), values) ?? onDevice(params);
      const targets = tree.leaves(problem.target as never) as ReturnType<typeof tensor>[];
      const distances = tree.leaves<np.Array>(point).flatMap((leaf, i) => {
        const wanted = (targets[i] as ReturnType<typeof tensor>).data as ArrayLike<number>;
        return Array.from(leaf.dataSync() as ArrayLike<number>, (v, k) =>
          Math.abs(v - (wanted[k] as number)),
        );
      });
      return distances.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...distances);
    },
    dispose: () => program.dispose(),
  };
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(usage);
    return 0;
  }
  const names = args.filter((arg) => arg !== "--quick");
  const unknown = names.find((name) => !registry.has(name));
  if (unknown !== undefined) {
    console.error(`converge: unknown optimizer ${unknown}; known: ${[...registry.keys()].join(", ")}`);
    return 1;
  }
  await init();
  defaultDevice("wasm");
  await initRuntime();
  const quick = ["sgd", "adam", "muon"];
  const chosen = names.length > 0 ? names : args.includes("--quick") ? quick : [...registry.keys()];
  let failed = 0;
  for (const name of chosen) {
    const optimizer = registry.get(name) as RegisteredOptimizer;
    if (optimizer.needs.some((need) => need !== "value")) continue;
    const results: string[] = [];
    for (const problem of problems) {
      const runner = await runnerOf(optimizer, problem);
      let best = { distance: Number.POSITIVE_INFINITY, rate: Number.NaN };
      for (const factor of factors) {
        const rate = optimizer.hyperparameters.learningRate.default * factor;
        const distance = await runner.distance(rate);
        if (distance < best.distance) best = { distance, rate };
        if (distance <= tolerance) break;
      }
      await runner.dispose();
      const ok = best.distance <= tolerance;
      if (!ok) failed++;
      results.push(
        `${problem.name} ${best.distance.toExponential(1)} at ${best.rate.toPrecision(2)}${ok ? "" : " FAILS"}`,
      );
    }
    console.log(`${name.padEnd(18)} ${results.map((text) => text.padEnd(34)).join("")}`.trimEnd());
  }
  console.log(failed === 0 ? "all converge" : `${failed} do not converge`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
