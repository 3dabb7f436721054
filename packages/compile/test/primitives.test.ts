import { expect, test } from "vitest";
import { type DType, type Executor, initRuntime } from "../src/index.ts";
import { argumentsOf, dtypes, primitives, reference, runCase } from "./support/primitives.ts";

/** Every primitive in every dtype on every executor, against jax-js run eagerly; the outcome is docs/primitives.md. */

const executors: readonly Executor[] = ["native", "wasm", "jax"];
/** Relative, or absolute below one. jax-js's transcendentals are good to about 1e-6 in every dtype. */
const tolerance = 2e-5;

const introduction = `# Where each primitive runs

Each cell is one dtype: f4 float32, f8 float64, i4 int32, u4 uint32, b1 bool.

- **yes**: in \`native\` as ONNX Runtime kernels, in \`wasm\` as loops, in \`jax\` by jax-js's own jit.
- **loops**: in \`native\` outside ONNX Runtime, as WebAssembly loops between its graphs.
- **no**: refused with an error that names the primitive.
- **-**: jax-js does not define the primitive for the dtype.

Written by packages/compile/test/primitives.test.ts, which runs every cell and compares it with jax-js run eagerly
(\`npx vitest run packages/compile/test/primitives.test.ts -u\`).
`;

const short: Record<DType, string> = { float32: "f4", float64: "f8", int32: "i4", uint32: "u4", bool: "b1" };

async function cell(name: string, dtype: DType, executor: Executor): Promise<string> {
  const primitive = primitives[name] as (typeof primitives)[string];
  if (!(primitive.dtypes ?? dtypes).includes(dtype)) return "-";
  const args = argumentsOf(primitive, dtype);
  let expected: ReturnType<typeof reference>;
  try {
    expected = reference(primitive, args);
  } catch {
    return "-";
  }
  let outcome: Awaited<ReturnType<typeof runCase>>;
  try {
    outcome = await runCase(primitive, args, executor);
  } catch (error) {
    expect(executor, `${name} ${dtype}: ${(error as Error).message}`).toBe("jax");
    return "no";
  }
  outcome.data.forEach((x, i) => {
    x.forEach((value, k) => {
      const want = Number(expected[i]?.[k]);
      const close = Math.abs(value - want) <= tolerance * Math.max(1, Math.abs(want));
      expect(
        close || Object.is(value, want),
        `${name} ${dtype} on ${executor}: ${value}, jax-js ${want}`,
      ).toBe(true);
    });
  });
  return outcome.how;
}

test("every primitive agrees with jax-js, and docs/primitives.md says where it runs", async () => {
  await initRuntime();
  const header = ["primitive", ...executors.flatMap((e) => dtypes.map((d) => `${e} ${short[d]}`))];
  const lines = [header, header.map(() => "---")];
  for (const name of Object.keys(primitives)) {
    const row = [`\`${name}\``];
    for (const executor of executors) for (const dtype of dtypes) row.push(await cell(name, dtype, executor));
    lines.push(row);
  }
  const table = lines.map((line) => `| ${line.join(" | ")} |`).join("\n");
  await expect(`${introduction}\n${table}\n`).toMatchFileSnapshot("../../../docs/primitives.md");
});
