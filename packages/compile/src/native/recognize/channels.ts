import {
  consumersOf,
  type Graph,
  isLiteral,
  literal,
  type Node,
  type Operand,
  type Value,
} from "../../graph.ts";
import { sizeOf } from "../../tensor.ts";
import { type Editor, isCandidate, rewrite } from "./rewrite.ts";

/**
 * Arithmetic with one number a channel, as in batch normalisation and its gradient. Products with such numbers, and sums,
 * are gathered into linear forms of the images that they start from,
 *
 *     scale_1 image_1 + scale_2 image_2 + ... + shift,
 *
 * and what a program needs of them is computed from its form: `affine` is x scale + shift, or x scale + shift + z. Scales
 * move out of products of images and out of sums over everything but the channels: what is left, such as the sum of a
 * cotangent times the centred image, is computed once for all who need it.
 */

interface Form {
  /** The scale of each image; undefined is one. */
  readonly terms: ReadonlyMap<Value, Operand | undefined>;
  /** Undefined is zero. */
  readonly shift: Operand | undefined;
}

/** Longer forms are computed in steps. */
const LONGEST = 3;

/** Images, or sequences: something follows the channels. */
const isImage = (x: Operand | undefined): x is Value =>
  x !== undefined && !isLiteral(x) && x.shape.length >= 3 && isCandidate(x);

const sameShape = (x: Operand, y: Operand): boolean => x.shape.join() === y.shape.join();

/** The shape of one number for each channel, beside images. */
const rowShape = (image: Value): number[] => image.shape.map((d, i) => (i === 1 ? d : 1));

const isRow = (x: Operand, image: Value): boolean =>
  isLiteral(x) || (x.shape.join() === rowShape(image).join() && !sameShape(x, image));

/** Every axis but the channels'. */
const others = (image: Value): number[] => image.shape.map((_, i) => i).filter((i) => i !== 1);

const isChannelSum = (node: Node): boolean => {
  const x = node.inputs[0];
  return (
    node.op === "reduce" &&
    node.params.op === "Add" &&
    isImage(x) &&
    String(node.params.axis) === others(x).join()
  );
};

/** An image times numbers, without sum or shift. */
const isScaling = ({ terms, shift }: Form): boolean => terms.size === 1 && shift === undefined;

/** Numbers a channel that are spread over an image. */
const isSpread = (form: Form | undefined): boolean => form?.terms.size === 0;

/** True when a node that reads a value needs no more than its form. */
function absorbs(reader: Node, x: Value, form: Form, forms: ReadonlyMap<Operand, Form>): boolean {
  const out = reader.outputs[0] as Value;
  if (reader.op === "neg" || isChannelSum(reader)) return true;
  if ((reader.op !== "mul" && reader.op !== "add") || !sameShape(x, out)) return false;
  const other = reader.inputs.find((v) => v !== x) ?? x;
  if (isRow(other, out) || isSpread(form) || isSpread(forms.get(other))) return true;
  return isImage(other) && sameShape(other, out) && (reader.op === "add" || isScaling(form));
}

export function gatherChannels(graph: Graph): Graph {
  const consumers = consumersOf(graph.nodes);
  const outputs = new Set<Operand>(graph.outputs);
  /** The form of each value that is one; a value without is a term of its own. */
  const forms = new Map<Operand, Form>();
  /** The form from which an image that is now a term of its own was computed. */
  const origins = new Map<Operand, Form>();

  return rewrite(graph, (node, editor) => {
    const out = node.outputs[0] as Value;
    const { sum, form: formOf, compute } = arithmetic(editor, forms, origins);
    if (isChannelSum(node)) {
      const x = node.inputs[0] as Value;
      const form = forms.get(x) ?? origins.get(x);
      if (!form || form.terms.size > LONGEST || (origins.has(x) && form.terms.size > 1)) return false;
      editor.apply("reshape", [sum(form, x)], out, { out, params: { shape: out.shape } });
      return true;
    }
    const form = isImage(out) ? formOf(node) : undefined;
    if (!form || ![...form.terms.values(), form.shift].some((r) => r && !isLiteral(r))) return false;
    const readers = consumers.get(out) ?? [];
    const isAbsorbed = !outputs.has(out) && readers.every((reader) => absorbs(reader, out, form, forms));
    // What several images share is added up once.
    const isShared = readers.filter((reader) => !isChannelSum(reader)).length > 1;
    const isShort = form.terms.size <= (isShared ? 1 : LONGEST);
    if (isScaling(form) || (isAbsorbed && isShort)) forms.set(out, form);
    else origins.set(out, form);
    if (isAbsorbed && isShort) return false;
    compute(form, out);
    return true;
  });
}

/** The algebra of forms. What it computes is appended to the graph. */
function arithmetic(
  { apply }: Editor,
  forms: ReadonlyMap<Operand, Form>,
  origins: ReadonlyMap<Operand, Form>,
) {
  /** Of numbers a channel; undefined is neutral. */
  function small(op: "mul" | "add", a: Operand | undefined, b: Operand | undefined): Operand | undefined {
    if (a === undefined || b === undefined) return a ?? b;
    if (isLiteral(a) && isLiteral(b))
      return literal(op === "mul" ? a.literal * b.literal : a.literal + b.literal, a.dtype);
    return apply(op, [a, b], (isLiteral(a) ? b : a) as Value);
  }

  const of = (x: Value): Form => forms.get(x) ?? { terms: new Map([[x, undefined]]), shift: undefined };

  const scaled = ({ terms, shift }: Form, by: Operand): Form => ({
    terms: new Map([...terms].map(([image, scale]) => [image, small("mul", scale, by)])),
    shift: shift && small("mul", shift, by),
  });

  function added(a: Form, b: Form): Form {
    const terms = new Map(a.terms);
    for (const [image, scale] of b.terms) {
      const one = literal(1, image.dtype);
      terms.set(image, terms.has(image) ? small("add", terms.get(image) ?? one, scale ?? one) : scale);
    }
    return { terms, shift: small("add", a.shift, b.shift) };
  }

  /** The form of what a node computes; undefined when it is not one. */
  function form(node: Node): Form | undefined {
    const out = node.outputs[0] as Value;
    const [x, y] = node.inputs as [Operand, Operand | undefined];
    const part = (v: Operand | undefined): Form | undefined => {
      if (v === undefined) return undefined;
      if (isRow(v, out)) return { terms: new Map(), shift: v };
      return isImage(v) && sameShape(v, out) ? of(v) : undefined;
    };
    const [a, b] = [part(x), part(y)];
    if (node.op === "neg") return a && scaled(a, literal(-1, out.dtype));
    if (node.op === "add") return a && b && added(a, b);
    if (node.op === "broadcast" && x.shape.join() === String(out.shape[1])) {
      const shape = rowShape(out);
      if (String(node.params.axis) !== others(out).join() || out.shape.join() === shape.join())
        return undefined;
      return {
        terms: new Map(),
        shift: apply("reshape", [x], { dtype: out.dtype, shape }, { params: { shape } }),
      };
    }
    if (node.op !== "mul" || !a || !b) return undefined;
    if (b.terms.size === 0) return scaled(a, b.shift as Operand);
    if (a.terms.size === 0) return scaled(b, a.shift as Operand);
    if (!isScaling(a) || !isScaling(b)) return undefined;
    const [[first, by]] = [...a.terms] as [[Value, Operand | undefined]];
    const [[second, times]] = [...b.terms] as [[Value, Operand | undefined]];
    if (by === undefined && times === undefined) return undefined;
    return {
      terms: new Map([[apply("mul", [first, second], out), small("mul", by, times)]]),
      shift: undefined,
    };
  }

  /** The sum of a form over everything but the channels. */
  function sum({ terms, shift }: Form, like: Value): Value {
    const shape = rowShape(like);
    const row = { dtype: like.dtype, shape };
    const sums = [...terms].map(([image, scale]) => {
      const origin = origins.get(image);
      if (origin?.terms.size === 1) return small("mul", sum(origin, like), scale);
      const vector = { dtype: like.dtype, shape: [shape[1] as number] };
      const total = apply("reduce", [image], vector, { params: { op: "Add", axis: others(like) } });
      return small("mul", apply("reshape", [total], row, { params: { shape } }), scale);
    });
    const count = literal(sizeOf(like.shape) / (shape[1] as number), like.dtype);
    return [...sums, shift && small("mul", shift, count)].reduce((a, b) => small("add", a, b)) as Value;
  }

  function compute({ terms, shift }: Form, out: Value): void {
    const [zero, one] = [literal(0, out.dtype), literal(1, out.dtype)];
    // An image without scale is what the others are added to.
    const [first, ...rest] = [...terms].sort(([, a], [, b]) => Number(!a) - Number(!b));
    let base: Value | undefined;
    for (const [image, scale] of rest.reverse()) {
      const z = base ? [base] : [];
      base = base || scale ? apply("affine", [image, scale ?? one, zero, ...z], out) : image;
    }
    const z = base ? [base] : [];
    if (first) apply("affine", [first[0], first[1] ?? one, shift ?? zero, ...z], out, { out });
    else apply("broadcast", [shift as Value], out, { out, params: { shape: out.shape, axis: [] } });
  }

  return { form, sum, compute };
}
