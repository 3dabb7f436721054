import { create, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";
import type { Peak } from "../explain.ts";
import { byteWidth, type DType, sizeOf, type Tensor } from "../tensor.ts";
import { executionOrder, inOrder, leanOrder } from "./order.ts";
import { peakOf, type Step } from "./peak.ts";

/** Opset 20 is the first with Gelu and the last whose Reshape, Cast and Pad every ONNX Runtime since 1.17 runs. */
const OPSET = 20n;
const IR_VERSION = 9n;

const elementType: Record<DType, DataType> = {
  float32: DataType.FLOAT,
  float64: DataType.DOUBLE,
  int32: DataType.INT32,
  uint32: DataType.UINT32,
  bool: DataType.BOOL,
};

/** Bytes of an element, by its code. */
const elementWidth: Partial<Record<DataType, number>> = {
  [DataType.FLOAT]: 4,
  [DataType.DOUBLE]: 8,
  [DataType.INT32]: 4,
  [DataType.UINT32]: 4,
  [DataType.INT64]: 8,
  [DataType.BOOL]: 1,
};

/** Operators whose results are booleans. */
const predicates = new Set(["And", "Or", "Xor", "Not", "Equal", "Less", "LessOrEqual"]);

/** The code of a dtype in an ONNX `to` attribute. */
export const onnxType = (dtype: DType): number => elementType[dtype];

/** An attribute of a node. A plain number is an integer attribute; write `{ float: x }` for a float one. */
export type Attribute =
  | number
  | readonly number[]
  | string
  | { readonly float: number }
  | { readonly floats: readonly number[] };

/** Builds one ONNX model. Equal nodes are emitted once. */
export interface OnnxBuilder {
  /** Declares an input and returns its name. */
  input(name: string, dtype: DType, shape: readonly number[]): string;
  /** Adds a node with one output of the given shape and returns that output's name. */
  node(
    op: string,
    inputs: readonly string[],
    shape: readonly number[],
    attributes?: Readonly<Record<string, Attribute>>,
    domain?: string,
  ): string;
  /** Adds a node with several outputs and returns their names. */
  nodeMany(
    op: string,
    inputs: readonly string[],
    shapes: readonly (readonly number[])[],
    attributes?: Readonly<Record<string, Attribute>>,
  ): string[];
  /** From now on, nodes equal only those that were emitted with the same mark. */
  mark(mark: string): void;
  /** The same memory under another shape. */
  reshape(tensor: string, shape: readonly number[]): string;
  /** A scalar constant. */
  scalar(value: number, dtype: DType): string;
  /** A constant tensor, under a name of its own if one is given. */
  constant(x: Tensor, name?: string): string;
  /** A constant one-dimensional int64 tensor: shapes, axes, pads. */
  ints(values: readonly number[]): string;
  /**
   * Makes a tensor an output of the model under the given name, and returns the shape under which the model declares
   * it: the same memory, but not always the shape asked for, unless the builder keeps exact shapes.
   */
  output(name: string, tensor: string, dtype: DType, shape: readonly number[]): readonly number[];
  shape(tensor: string): readonly number[];
  /** How many nodes of each kind there are so far. */
  counts(): Map<string, number>;
  /**
   * The serialized model, and how much its intermediate results take. Unless the builder keeps exact shapes, the nodes are
   * listed backwards, which the standard forbids but ONNX Runtime reads: it makes them run in the order that takes least.
   */
  finish(): { readonly model: Uint8Array; readonly peak: Peak };
}

const commutative = new Set(["Add", "Mul", "Max", "Min", "And", "Or", "Xor", "Equal"]);

export function onnxBuilder(graphName: string, exactShapes = false): OnnxBuilder {
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const inputs: ValueInfoProto[] = [];
  const outputs: ValueInfoProto[] = [];
  const shapes = new Map<string, readonly number[]>();
  /** Bytes of an element. */
  const widths = new Map<string, number>();
  const known = new Map<string, string[]>();
  /** The tensor that a Reshape output renames, so that reshapes never chain. */
  const reshapedFrom = new Map<string, string>();
  const constants = new Map<string, string>();
  /** The operand of each Not. */
  const negated = new Map<string, string>();
  const counts = new Map<string, number>();
  /** Tensors that nodes compute, and the outputs that some of them are: ONNX Runtime then writes an output in place. */
  const computed = new Set<string>();
  const renamed = new Map<string, string>();
  let next = 0;
  let mark = "";

  const define = (shape: readonly number[]): string => {
    const name = `t${next++}`;
    shapes.set(name, shape);
    return name;
  };

  const emit = (
    op: string,
    ins: readonly string[],
    outShapes: readonly (readonly number[])[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = "",
  ): string[] => {
    const ordered = commutative.has(op) ? [...ins].sort() : ins;
    const key = `${mark}${domain}:${op}(${ordered.join(",")})${JSON.stringify(attributes)}:${outShapes.length}`;
    const existing = known.get(key);
    if (existing) return existing;
    const outs = outShapes.map(define);
    for (const out of outs) widths.set(out, widthOf(op, ins, attributes));
    nodes.push(
      create(NodeProtoSchema, {
        opType: op,
        domain,
        name: `${op}_${nodes.length}`,
        input: [...ins],
        output: outs,
        attribute: Object.entries(attributes).map(([k, v]) => attribute(k, v)),
      }),
    );
    counts.set(op, (counts.get(op) ?? 0) + 1);
    known.set(key, outs);
    for (const out of outs) computed.add(out);
    return outs;
  };

  const widthOf = (op: string, ins: readonly string[], attributes: Readonly<Record<string, Attribute>>) => {
    if (predicates.has(op)) return 1;
    if (op === "Cast") return elementWidth[attributes.to as DataType] as number;
    return widths.get(ins[op === "Where" ? 1 : 0] as string) as number;
  };

  const initializer = (
    key: string,
    dims: readonly number[],
    dataType: DataType,
    raw: ArrayBufferView,
    given?: string,
  ): string => {
    const existing = constants.get(key);
    if (existing) return existing;
    const name = given ?? define(dims);
    shapes.set(name, dims);
    widths.set(name, elementWidth[dataType] as number);
    const rawData = new Uint8Array(raw.buffer as ArrayBuffer, raw.byteOffset, raw.byteLength).slice();
    initializers.push(create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType, rawData }));
    constants.set(key, name);
    return name;
  };

  const builder: OnnxBuilder = {
    input(name, dtype, shape) {
      shapes.set(name, shape);
      widths.set(name, byteWidth(dtype));
      inputs.push(valueInfo(name, dtype, shape));
      return name;
    },
    node(op, ins, shape, attributes, domain) {
      const undone = op === "Not" ? negated.get(ins[0] as string) : undefined;
      if (undone !== undefined) return undone;
      const out = emit(op, ins, [shape], attributes, domain)[0] as string;
      if (op === "Not") negated.set(out, ins[0] as string);
      return out;
    },
    mark(next) {
      mark = next;
    },
    nodeMany: (op, ins, outShapes, attributes) => emit(op, ins, outShapes, attributes),
    reshape(tensor, shape) {
      const source = reshapedFrom.get(tensor) ?? tensor;
      const current = shapes.get(source) as readonly number[];
      if (current.length === shape.length && current.every((d, i) => d === shape[i])) return source;
      const out = builder.node("Reshape", [source, builder.ints(shape)], shape);
      reshapedFrom.set(out, source);
      return out;
    },
    scalar(value, dtype) {
      const bytes = scalarBytes(value, dtype);
      return initializer(`${dtype}:${Object.is(value, -0) ? "-0" : value}`, [], elementType[dtype], bytes);
    },
    constant: (x, name) => initializer(`c${constants.size}`, x.shape, elementType[x.dtype], x.data, name),
    ints: (values) =>
      initializer(
        `i:${values.join(",")}`,
        [values.length],
        DataType.INT64,
        BigInt64Array.from(values.map(BigInt)),
      ),
    output(name, tensor, dtype, shape) {
      const source = reshapedFrom.get(tensor) ?? tensor;
      const own = shapes.get(source) as readonly number[];
      if (computed.has(source) && !renamed.has(source) && (!exactShapes || own.join() === shape.join())) {
        renamed.set(source, name);
        outputs.push(valueInfo(name, dtype, own));
        return own;
      }
      nodes.push(
        create(NodeProtoSchema, {
          opType: "Reshape",
          name: `output_${name}`,
          input: [source, builder.ints(shape)],
          output: [name],
        }),
      );
      outputs.push(valueInfo(name, dtype, shape));
      return shape;
    },
    shape: (tensor) => shapes.get(tensor) as readonly number[],
    counts: () => counts,
    finish() {
      const live = liveNodes(nodes, new Set([...renamed.keys(), ...outputs.map((o) => o.name)]));
      const domains = new Set(["com.microsoft", ...live.map((n) => n.domain).filter((d) => d !== "")]);
      const finalName = (tensor: string) => renamed.get(tensor) ?? tensor;
      const steps = live.map((node): Step => {
        const outputs = node.output.map((name) => {
          const shape = shapes.get(name) ?? [];
          return { name: finalName(name), shape, bytes: sizeOf(shape) * (widths.get(name) ?? 0) };
        });
        return { op: node.opType, inputs: node.input.map(finalName), outputs };
      });
      for (const node of live) {
        node.input = node.input.map(finalName);
        node.output = node.output.map(finalName);
      }
      const names = new Set(outputs.map((o) => o.name));
      const { order, peak } = exactShapes
        ? { order: undefined, peak: peakOf(inOrder(steps, executionOrder(steps)), names) }
        : leanOrder(steps, names);
      const model = create(ModelProtoSchema, {
        irVersion: IR_VERSION,
        producerName: "steepest",
        opsetImport: [
          create(OperatorSetIdProtoSchema, { domain: "", version: OPSET }),
          ...[...domains].map((domain) => create(OperatorSetIdProtoSchema, { domain, version: 1n })),
        ],
        graph: create(GraphProtoSchema, {
          name: graphName,
          node: order ? inOrder(live, order).reverse() : live,
          initializer: initializers,
          input: inputs,
          output: outputs,
        }),
      });
      return { model: toBinary(ModelProtoSchema, model), peak };
    },
  };
  return builder;
}

/** Nodes that an output needs. A rule may use another form of an operand than the one that was made first. */
function liveNodes(nodes: readonly NodeProto[], needed: Set<string>): NodeProto[] {
  const live = [...nodes].reverse().filter((node) => {
    if (!node.output.some((name) => needed.has(name))) return false;
    for (const name of node.input) needed.add(name);
    return true;
  });
  return live.reverse();
}

function attribute(name: string, value: Attribute): AttributeProto {
  if (typeof value === "number") {
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  }
  if (typeof value === "string") {
    return create(AttributeProtoSchema, {
      name,
      type: AttributeType.STRING,
      s: new TextEncoder().encode(value),
    });
  }
  if (typeof value === "object" && "floats" in value)
    return create(AttributeProtoSchema, { name, type: AttributeType.FLOATS, floats: [...value.floats] });
  if ("float" in value)
    return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

function valueInfo(name: string, dtype: DType, shape: readonly number[]): ValueInfoProto {
  const dim = shape.map((d) =>
    create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(d) } }),
  );
  const tensorType = create(TypeProto_TensorSchema, {
    elemType: elementType[dtype],
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensorType } }),
  });
}

function scalarBytes(value: number, dtype: DType): ArrayBufferView {
  switch (dtype) {
    case "float32":
      return Float32Array.of(value);
    case "float64":
      return Float64Array.of(value);
    case "int32":
      return Int32Array.of(value);
    case "uint32":
      return Uint32Array.of(value);
    case "bool":
      return Uint8Array.of(value ? 1 : 0);
  }
}
