import { InferenceSession, Tensor } from "onnxruntime-node";
import { onnxBuilder } from "./onnx.ts";

let known: Promise<number> | undefined;

/**
 * How many channels ONNX Runtime's blocked convolutions keep together on this machine: 16 with AVX-512, 8 with AVX, 0
 * where there are none. No interface tells; reordering an image whose pixels are numbered shows where the second pixel goes.
 */
export function channelBlock(): Promise<number> {
  known ??= probe().catch(() => 0);
  return known;
}

async function probe(): Promise<number> {
  const shape = [1, 64, 1, 2];
  const b = onnxBuilder("block");
  b.input("x", "float32", shape);
  b.output("y", b.node("ReorderInput", ["x"], shape, {}, "com.microsoft.nchwc"), "float32", shape);
  const session = await InferenceSession.create(b.finish().model, {
    executionProviders: ["cpu"],
    logSeverityLevel: 4,
  });
  const pixels = new Tensor(
    "float32",
    Float32Array.from({ length: 128 }, (_, i) => i),
    shape,
  );
  const { y } = await session.run({ x: pixels });
  await session.release();
  const block = Array.from(y?.data as ArrayLike<number>).indexOf(1);
  return block > 1 && 64 % block === 0 ? block : 0;
}
