import type { Operand, Value } from "../../graph.ts";
import { range } from "../../range.ts";
import { apply, castTo, load } from "../expr.ts";
import type { Rule } from "../lowering.ts";
import { type Shape, spread, windows } from "../view.ts";
import { type Pair, padded } from "./movement.ts";

interface Params {
  readonly vmapDims: number;
  readonly strides: readonly number[];
  readonly padding: readonly Pair[];
  readonly lhsDilation: readonly number[];
  readonly rhsDilation: readonly number[];
}

export const convolutionRules: Readonly<Record<string, Rule>> = {
  /**
   * x: [vmap..., N, C, spatial...], kernel: [vmap..., O, C, window...]. A sum over C and the window of products with
   * sliding windows of the padded input.
   */
  conv: (node, context) => {
    const out = node.outputs[0] as Value;
    const [x, kernel] = node.inputs.map((operand: Operand) => context.read(operand)) as [
      ReturnType<typeof context.read>,
      ReturnType<typeof context.read>,
    ];
    const { vmapDims, strides, padding, lhsDilation, rhsDilation } = node.params as unknown as Params;
    const lead = range(vmapDims + 2);
    const margins = [...lead.map((): Pair => [0, 0]), ...padding];
    const input = padded(context, x, margins, [...lead.map(() => 1), ...lhsDilation]);

    // Axes of the loops: vmap, N, O, positions; then C, window.
    const spatial = range(strides.length);
    const vmap = (shape: Shape) => range(vmapDims).map((k) => (shape[k] === out.shape[k] ? k : -1));
    const [n, c] = [vmapDims, vmapDims + 1];
    const position = spatial.map((k) => vmapDims + 2 + k);
    const offset = spatial.map((k) => vmapDims + 2 + spatial.length + k);
    const ofInput = [...vmap(input.shape), n, -1, ...position, c, ...offset];
    const ofKernel = [...vmap(kernel.shape), -1, n, ...spatial.map(() => -1), c, ...position];
    const slid = load(spread(windows(context.inMemory(input), strides, rhsDilation), ofInput));
    const weight = load(spread(context.inMemory(kernel), ofKernel));
    const product = apply("mul", out.dtype, castTo(slid, out.dtype), castTo(weight, out.dtype));
    context.reduce(out, kernel.shape.slice(vmapDims + 1), "sum", product);
  },
};
