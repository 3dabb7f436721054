import { parentPort } from "node:worker_threads";
import type { numpy as np } from "@jax-js/jax";
import { compileStep, tensor } from "../../src/index.ts";

/** Runs an update that two threads share, posts a sum of its result, and ends without disposing of it. */
const size = 400_001;
const step = (x: np.Array, g: np.Array): [np.Array, np.Array[]] => [x.sub(g.mul(0.5)), []];
const ones = () => tensor(new Float32Array(size).fill(1));
const program = await compileStep(step, ones(), [ones()], { executor: "native", threads: 2 });
for (let i = 0; i < 4; i++) await program.run(ones());
const { data } = await program.readCarry();
const sum = [...data].reduce((a, b) => a + b, 0);
const result = { threads: program.plan().segments[0]?.threads, sum };
parentPort?.postMessage(result);
console.log(JSON.stringify(result));
