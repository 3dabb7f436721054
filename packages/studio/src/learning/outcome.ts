import { type ArrayFunction, compile, Tensor, type TensorTree } from "@steepest/compile";
import { randomStream } from "@steepest/lab/browser";
import type { Loaded } from "./networks.ts";
import type { Outcome } from "./protocol.ts";

/** Characters that a network writes. */
const written = 240;

/** What a trained network makes of the validation examples, or of its own text. */
export async function outcomeOf(
  { task, data, text }: Loaded,
  params: TensorTree,
  seed: number,
): Promise<Outcome> {
  const first = data.validation[0] as (typeof data.validation)[0];
  const open = (x: Tensor) => openLogits(task.model.apply, params, x);
  if (text === undefined) {
    const program = await open(first.x);
    const classes: number[] = [];
    const truth: number[] = [];
    let width = 0;
    for (const { x, y } of data.validation) {
      const logits = await program.run(params, x);
      width = logits.shape[1] as number;
      for (let i = 0; i < y.data.length; i++) {
        classes.push(largest(logits.data.subarray(i * width, (i + 1) * width) as Float32Array));
        truth.push(y.data[i] as number);
      }
    }
    await program.dispose();
    const counts = new Array(width * width).fill(0);
    truth.forEach((t, i) => {
      counts[t * width + (classes[i] as number)]++;
    });
    return { kind: "confusion", classes: width, counts };
  }
  const { context, decode } = text;
  const window = Int32Array.from(first.x.data.subarray(0, context));
  const program = await open(new Tensor("int32", [1, context], window));
  const random = randomStream(seed, "sample");
  const tokens: number[] = [];
  for (let n = 0; n < written; n++) {
    const x = new Tensor("int32", [1, context], window);
    const logits = await program.run(params, x);
    const width = logits.data.length / context;
    const next = draw(logits.data.subarray((context - 1) * width) as Float32Array, random.uniform());
    tokens.push(next);
    window.copyWithin(0, 1);
    window[context - 1] = next;
  }
  await program.dispose();
  return { kind: "text", text: decode(tokens) };
}

/** A model's logits as a program. */
const openLogits = async (apply: Loaded["task"]["model"]["apply"], params: TensorTree, x: Tensor) =>
  (await compile(apply as ArrayFunction, [params, x] as never, {
    executor: "wasm",
    name: "logits",
  })) as unknown as { run(params: TensorTree, x: Tensor): Promise<Tensor>; dispose(): Promise<void> };

function largest(values: Float32Array): number {
  let best = 0;
  values.forEach((v, i) => {
    if (v > (values[best] as number)) best = i;
  });
  return best;
}

/** A token drawn from the softmax of logits by a uniform number. */
function draw(logits: Float32Array, uniform: number): number {
  const most = Math.max(...logits);
  const weights = Array.from(logits, (v) => Math.exp(v - most));
  let left = uniform * weights.reduce((a, b) => a + b, 0);
  const at = weights.findIndex((w) => (left -= w) <= 0);
  return at < 0 ? weights.length - 1 : at;
}
