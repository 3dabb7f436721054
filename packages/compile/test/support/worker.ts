import { parentPort } from "node:worker_threads";
import { numpy as np } from "@jax-js/jax";
import { compile, tensor } from "../../src/index.ts";

/** Compiles and runs a program in this thread, and posts its result. */
const x = tensor([1, 2, 3, 4], [2, 2]);
const program = await compile((a: np.Array) => np.matmul(a.ref, a).sum(), [x], { executor: "native" });
parentPort?.postMessage((await program.run(x)).item());
await program.dispose();
