import type { Graph } from "../../graph.ts";
import { optimize } from "../../optimize.ts";
import { simplify } from "../../simplify.ts";
import { gatherChannels } from "./channels.ts";
import { foldBias } from "./conv.ts";
import { foldConstants } from "./fold.ts";
import { recognizeGelu } from "./gelu.ts";
import { recognizeLayerNorm } from "./layerNorm.ts";
import { recognizeMask } from "./mask.ts";
import { recognizeRelu } from "./relu.ts";
import { foldScales } from "./scale.ts";
import { recognizeSoftmax } from "./softmax.ts";

/**
 * What happens to a graph between tracing and the native executor: `optimize`, and then the patterns for which ONNX
 * Runtime has a kernel, or which it runs faster in another form.
 */
export function optimizeNative(graph: Graph, name: string): Graph {
  const folded = foldConstants(optimize(graph), name);
  const known = [recognizeSoftmax, recognizeLayerNorm, recognizeGelu, recognizeRelu];
  const found = simplify(known.reduce((g, pass) => pass(g), folded));
  const biased = foldBias(simplify(recognizeMask(found)));
  return simplify(foldScales(simplify(gatherChannels(biased))));
}
