import type { NetworkName } from "./catalog.ts";
import type { Entrant } from "./protocol.ts";

/** Parts of the programs that the panels write: the network and its data, as in `networks.ts`. */
export interface NetworkCode {
  /** Names from "@steepest/lab/browser". */
  readonly imports: readonly string[];
  /** Lines that define `data` and `task`. */
  readonly lines: string;
}

const labels = ", loss: crossEntropy, metrics: { accuracy } }";

export function networkCode(name: NetworkName, base: string): NetworkCode {
  const file = (path: string) => `// The page's own data.
const response = await fetch(${JSON.stringify(new URL(`data/${path}`, base).href)});
const bytes = new Uint8Array(await response.arrayBuffer());`;
  const task = (model: string, batchSize: number, rest: string) =>
    `const model = ${model};
const task = { name: ${JSON.stringify(name)}, model: model as Trainable["model"], batchSize: ${batchSize}${rest};`;
  switch (name) {
    case "moons-mlp":
      return {
        imports: ["accuracy", "crossEntropy", "mlp", "moonsData"],
        lines: `const data = moonsData();\n${task("mlp({ sizes: [2, 16, 16, 2] })", 32, labels)}`,
      };
    case "digits-mlp":
      return {
        imports: ["accuracy", "crossEntropy", "imageData", "mlp"],
        lines: `${file("digits.bin")}
const data = imageData(bytes, [64], (v) => v / 16, 1497);
${task("mlp({ sizes: [64, 32, 10], dropout: 0.2 })", 64, labels)}`,
      };
    case "fashion-cnn":
      return {
        imports: ["accuracy", "cnn", "crossEntropy", "imageData"],
        lines: `${file("fashion.bin")}
const data = imageData(bytes, [1, 28, 28], (v) => (v / 255 - 0.286) / 0.353, 1000);
${task("cnn({ image: [1, 28, 28], channels: [8, 16], classes: 10 })", 32, labels)}`,
      };
    case "shakespeare-gpt":
      return {
        imports: ["crossEntropy", "gpt", "textData"],
        lines: `${file("shakespeare.txt")}
const { data } = textData(bytes, 32);
${task("gpt({ vocabulary: 62, context: 32, width: 32, layers: 2, heads: 2 })", 8, ", loss: crossEntropy }")}`,
      };
  }
}

/** An object literal of hyperparameters. */
export const valuesCode = ({ hyperparameters }: Pick<Entrant, "hyperparameters">): string =>
  `{ ${Object.entries(hyperparameters)
    .map(([key, value]) => `${key}: ${Number(value.toPrecision(6))}`)
    .join(", ")} }`;

/** The head of a program. */
export const headCode = (imports: readonly string[], types: readonly string[]): string =>
  `// npm install @steepest/lab @steepest/compile @jax-js/jax
import { initRuntime } from "@steepest/compile";
import { ${[...imports, ...types.map((t) => `type ${t}`)].sort((a, b) => bare(a).localeCompare(bare(b))).join(", ")} } from "@steepest/lab/browser";

await initRuntime();
`;

const bare = (name: string): string => name.replace("type ", "");
