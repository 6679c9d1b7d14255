// What each node on the way from a model's output back to its input does: a step of a chain.

import type { ActivationName } from "../../catalog/activations.ts";
import { show } from "../../checks.ts";
import { FormatError } from "../../errors.ts";
import { sizeOf } from "../../numbers.ts";
import { constantOf } from "./fold.ts";
import { FORMS, type Form } from "./forms.ts";
import { activationOf, attributesOf, match } from "./match.ts";
import type { Model, Node, Value } from "./nodes.ts";
import { countOf, shapeText, type Tensor, tensorOf } from "./tensor.ts";

interface DenseStep {
  readonly kind: "dense";
  readonly weights: Tensor;
  /** Whether weights are units × inputs. */
  readonly isTurned: boolean;
  /** What all weights are multiplied by. */
  readonly factor: number;
}

interface ActivationStep {
  readonly kind: "activation";
  readonly activation: ActivationName;
  readonly alpha?: number;
}

interface NormalizationStep {
  readonly kind: "normalization";
  readonly type: "batchNormalization" | "layerNormalization";
  readonly epsilon: number;
  readonly momentum?: number;
  /** gamma, beta, movingMean and movingVariance. */
  readonly rows: Readonly<Record<string, Tensor>>;
}

/** x times numbers, or divided by them: `power` is 1 or −1. */
interface ScaleStep {
  readonly kind: "scale";
  readonly numbers: Tensor;
  readonly power: number;
}

/** x plus numbers, each times `factor`. */
interface ShiftStep {
  readonly kind: "shift";
  readonly numbers: Tensor;
  readonly factor: number;
}

/** Another shape for the same elements of each row; undefined if rows would be others. */
interface ShapeStep {
  readonly kind: "shape";
  /** Whether a size of 1 comes or goes before the batch. */
  readonly isOfBatch: boolean;
  change(sizes: readonly number[], batch: number): readonly number[] | undefined;
}

export type Step = { readonly where: string } & (
  | DenseStep
  | ActivationStep
  | NormalizationStep
  | ScaleStep
  | ShiftStep
  | ShapeStep
);

/** The steps of the chain from `input` to `output`, in order. */
export function stepsOf(model: Model, output: Value, input: Value | undefined): { steps: Step[]; begin: Value } {
  const steps: Step[] = [];
  let value = output;
  while (value !== input && (value.node !== undefined || value.isConstant)) {
    const { steps: found, next } = stepAt(model, value, steps);
    for (const step of found) steps.push(step);
    value = next;
  }
  return { steps: steps.reverse(), begin: value };
}

interface At {
  /** The last first. */
  readonly steps: readonly Step[];
  readonly next: Value;
}

function stepAt(model: Model, value: Value, later: readonly Step[]): At {
  const node = value.node;
  if (value.isConstant || node === undefined) {
    throw new FormatError(`${show(value.name)} is a constant; a result of the model's input is expected`);
  }
  return (
    denseAt(model, node) ??
    reshapingAt(model, node) ??
    activationAt(model, value, node) ??
    normalizationAt(model, value, node) ??
    affineAt(model, node) ??
    probabilitiesAt(model, node, later) ??
    refuse(node)
  );
}

function refuse({ where, inputs }: Node): never {
  const results = inputs.filter((input) => input !== undefined && !input.isConstant).length;
  const why = results > 1 ? "joins results, and a network is a chain of layers" : "is none of a network's operations";
  throw new FormatError(`${where} ${why}; input and output can name tensors between which there are layers`);
}

/** What can't be carried of a node that is known. */
function fail({ where }: Node, words: string): never {
  throw new FormatError(`${where} ${words}`);
}

const numberOf = ({ attributes }: Node, name: string, otherwise: number) => attributes.get(name)?.float ?? otherwise;
const wholeOf = ({ attributes }: Node, name: string, otherwise: number) => attributes.get(name)?.whole ?? otherwise;

/** That of columns. Before opset 7 the axis of an operator's second operand could be chosen, too. */
function checkAxis(node: Node): void {
  const axis = wholeOf(node, "axis", -1);
  if (axis !== -1 && axis !== 1) fail(node, `has axis ${axis}; −1 is expected`);
}

function denseAt(model: Model, node: Node): At | undefined {
  const { operator, inputs, where } = node;
  const [x, w, c] = inputs;
  if (operator !== "Gemm" && operator !== "MatMul") return undefined;
  if (x === undefined || x.isConstant || !w?.isConstant || (c !== undefined && !c.isConstant)) {
    return fail(node, "has other operands than results × weights + biases");
  }
  if (wholeOf(node, "transA", 0) !== 0) fail(node, "has transA; a row for each of the batch is expected");
  const weights = constantOf(model, w);
  countOf(weights.where, weights.shape);
  if (weights.shape.length !== 2)
    fail(node, `has weights of shape ${shapeText(weights.shape)}; two sizes are expected`);
  const [isTurned, factor] = [wholeOf(node, "transB", 0) !== 0, numberOf(node, "alpha", 1)];
  const steps: Step[] = [{ kind: "dense", where, weights, isTurned, factor }];
  if (c !== undefined) {
    steps.unshift({ kind: "shift", where, numbers: constantOf(model, c), factor: numberOf(node, "beta", 1) });
  }
  return { steps, next: x };
}

function activationAt(model: Model, value: Value, node: Node): At | undefined {
  const { operator, inputs, where } = node;
  const step = (activation: ActivationName, next = inputs[0]!, alpha?: number): At => {
    const own = alpha === undefined ? {} : { alpha };
    if (alpha !== undefined && !(alpha >= 0 && alpha < Infinity))
      fail(node, `has alpha ${alpha}; 0 or more is expected`);
    return { steps: [{ kind: "activation", where, activation, ...own }], next };
  };
  if (operator === "Softmax") {
    checkAxis(node); // by default it is 1 before opset 13
    return step("softmax");
  }
  if (operator === "Gelu") return step(node.attributes.get("approximate")?.text === "tanh" ? "geluTanh" : "gelu");
  if (operator === "PRelu" && inputs[1]?.isConstant) {
    const slopes = constantOf(model, inputs[1]).numbers();
    if (slopes.some((slope) => slope !== slopes[0])) fail(node, "has several slopes; one for all is expected");
    return step("leakyRelu", inputs[0], slopes[0]);
  }
  const row = activationOf(operator);
  if (row !== undefined) {
    const own = attributesOf(node, row.attributes ?? {});
    if (own === undefined) return fail(node, `has other attributes than those of ${show(row.activation)}`);
    return step(row.activation, inputs[0], own.alpha);
  }
  for (const [name, forms] of Object.entries(FORMS)) {
    for (const form of [...forms()].reverse()) {
      const found = match(model, form, value);
      if (found !== undefined) return step(name as ActivationName, found.z as Value, found.alpha as number | undefined);
    }
  }
  return undefined;
}

const D: Form = ["Sub", "z", ["ReduceMean", "z"]];
const LAYER: Form = ["Div", D, ["Sqrt", ["+", ["ReduceMean", ["*", D, D]], "epsilon"]]];
const BATCH: Form = ["Div", ["Sub", "z", "#movingMean"], ["Sqrt", ["+", "#movingVariance", "epsilon"]]];

function normalizationAt(model: Model, value: Value, node: Node): At | undefined {
  const { operator, inputs, where } = node;
  const step = (
    type: NormalizationStep["type"],
    rows: Readonly<Record<string, Value | undefined>>,
    next: Value,
    own: object,
  ): At => {
    const read = Object.entries(rows).flatMap(([name, row]): [string, Tensor][] => {
      if (row === undefined) return [];
      return [[name, row.isConstant ? constantOf(model, row) : fail(node, `has no constant for ${name}`)]];
    });
    return { steps: [{ kind: "normalization", where, type, ...own, rows: Object.fromEntries(read) } as Step], next };
  };
  const [x, gamma, beta, movingMean, movingVariance] = inputs;
  const own = { epsilon: numberOf(node, "epsilon", 1e-5) };
  if (operator === "BatchNormalization") {
    const trains = model.opset < 7 ? wholeOf(node, "is_test", 0) === 0 : wholeOf(node, "training_mode", 0) !== 0;
    if (trains) fail(node, "is that of a training; one of predictions is expected");
    const rows = { gamma, beta, movingMean, movingVariance };
    return step("batchNormalization", rows, x!, { ...own, momentum: numberOf(node, "momentum", 0.9) });
  }
  if (operator === "LayerNormalization") {
    checkAxis(node);
    return step("layerNormalization", { gamma, beta }, x!, own);
  }
  if (operator !== "Div") return undefined;
  const layer = match(model, LAYER, value);
  if (layer !== undefined) return step("layerNormalization", {}, layer.z as Value, { epsilon: layer.epsilon });
  const batch = match(model, BATCH, value);
  if (batch === undefined) return undefined;
  const rows = { movingMean: batch["#movingMean"] as Value, movingVariance: batch["#movingVariance"] as Value };
  return step("batchNormalization", rows, batch.z as Value, { epsilon: batch.epsilon });
}

function affineAt(model: Model, node: Node): At | undefined {
  const { operator, inputs, where, attributes } = node;
  const [a, b] = inputs;
  const row = (given: readonly number[] = []) => tensorOf(where, 1, [given.length], Float32Array.from(given));
  const scaled = (numbers: Tensor, power = 1): Step => ({ kind: "scale", where, numbers, power });
  const shifted = (numbers: Tensor, factor = 1): Step => ({ kind: "shift", where, numbers, factor });
  const minus = scaled(row([-1]));
  if (a === undefined) return undefined;
  if (operator === "ai.onnx.ml.Scaler") {
    const listed = (name: string) => row(attributes.get(name)?.floats);
    return { steps: [scaled(listed("scale")), shifted(listed("offset"), -1)], next: a };
  }
  if (operator === "Neg") return { steps: [minus], next: a };
  if (b === undefined || a.isConstant === b.isConstant) return undefined;
  const [x, c] = a.isConstant ? [b, a] : [a, b];
  checkAxis(node);
  const numbers = constantOf(model, c);
  if (operator === "Mul") return { steps: [scaled(numbers)], next: x };
  if (operator === "Add") return { steps: [shifted(numbers)], next: x };
  if (operator === "Sub") return { steps: x === a ? [shifted(numbers, -1)] : [shifted(numbers), minus], next: x };
  return operator === "Div" && x === a ? { steps: [scaled(numbers, -1)], next: x } : undefined;
}

/** [1 − p, p] at the end, as skl2onnx writes a classifier of two classes: p. */
function probabilitiesAt(model: Model, { operator, inputs }: Node, later: readonly Step[]): At | undefined {
  const [other, p] = inputs;
  if (operator !== "Concat" || inputs.length !== 2 || p === undefined || other === undefined) return undefined;
  const isOther = match(model, ["Sub", 1, "z"], other)?.z === p;
  return isOther && later.every(({ kind }) => kind === "shape") ? { steps: [], next: p } : undefined;
}

/** Operators that give each row another shape. */
function reshapingAt(model: Model, node: Node): At | undefined {
  const { operator, inputs, where, attributes } = node;
  const [x, given] = inputs;
  const step = (change: ShapeStep["change"], isOfBatch = false): At => {
    return { steps: [{ kind: "shape", where, change, isOfBatch }], next: x! };
  };
  if (x === undefined) return undefined;
  if (operator === "Flatten") {
    const axis = wholeOf(node, "axis", 1);
    return step((sizes) => (axis === 1 || axis === -sizes.length ? [sizeOf(sizes)] : undefined));
  }
  if (operator === "Transpose") {
    const perm = attributes.get("perm")?.wholes;
    // elements of a row stay in order if all sizes but one are 1
    return step((sizes, batch) => {
      const isRow =
        batch !== 0 &&
        perm?.[0] === 0 &&
        sizes.filter((size) => size !== 1).length <= 1 &&
        perm.length === sizes.length + 1;
      return isRow ? perm.slice(1).map((n) => sizes[n - 1] ?? 1) : undefined;
    });
  }
  if (operator === "Reshape") {
    const list = given === undefined ? attributes.get("shape")?.wholes : shapeList(model, given);
    const isZero = wholeOf(node, "allowzero", 0) !== 0;
    return step((sizes, batch) => (list === undefined || isZero ? undefined : reshape(list, sizes, batch)));
  }
  if (operator !== "Squeeze" && operator !== "Unsqueeze") return undefined;
  const axes = given?.isConstant ? Array.from(constantOf(model, given).numbers()) : attributes.get("axes")?.wholes;
  const isAdded = operator === "Unsqueeze";
  if (given !== undefined && axes === undefined) return undefined;
  // a size of 1 before the batch is here the first one behind it: the elements lie the same
  if (axes?.length === 1 && axes[0] === 0) {
    const change = (sizes: readonly number[]) => (isAdded ? [1, ...sizes] : sizes.slice(sizes[0] === 1 ? 1 : 0));
    return step(change, true);
  }
  if (axes === undefined) return isAdded ? undefined : step((sizes) => sizes.filter((size) => size !== 1), true);
  return step((sizes) => {
    const rank = sizes.length + 1 + (isAdded ? axes.length : 0);
    const own = axes.map((axis) => (axis < 0 ? axis + rank : axis));
    if (rank > 8 || own.some((axis) => axis < 1 || axis >= rank)) return undefined;
    const rest = [...sizes];
    if (isAdded) return Array.from({ length: rank - 1 }, (_, n) => (own.includes(n + 1) ? 1 : rest.shift()!));
    return own.every((axis) => sizes[axis - 1] === 1) ? sizes.filter((_, n) => !own.includes(n + 1)) : undefined;
  });
}

/** The shape of each row; the first size is the batch's. */
function reshape(list: readonly number[], sizes: readonly number[], batch: number): readonly number[] | undefined {
  const [first, ...rest] = list;
  const own = rest.map((size, n) => (size === 0 ? (sizes[n] ?? 0) : size));
  const known = sizeOf(own.filter((size) => size !== -1));
  const all = sizeOf(sizes);
  const isBatch = first === 0 || (first === batch && batch > 0);
  if (own.some((size) => size < -1 || size === 0 || !Number.isInteger(size))) return undefined;
  if (first === -1 || !own.includes(-1)) return (isBatch || first === -1) && known === all ? own : undefined;
  const filled = own.map((size) => (size === -1 ? all / known : size));
  return isBatch && sizeOf(filled) === all && filled.every(Number.isInteger) ? filled : undefined;
}

/** The numbers of a shape, with 0 for the batch's size, which PyTorch takes from the Shape of a result. */
function shapeList(model: Model, value: Value): readonly number[] | undefined {
  if (value.isConstant) return Array.from(constantOf(model, value).numbers());
  const [a, b] = value.node?.inputs ?? [];
  switch (value.node?.operator) {
    case "Concat":
      return value.node.inputs.flatMap((part) => {
        const isList = part !== undefined && (part.isConstant || part.node?.operator !== "Concat");
        return (isList ? shapeList(model, part) : undefined) ?? [NaN];
      });
    case "Unsqueeze":
      return a?.node?.operator === "Gather" ? shapeList(model, a) : undefined;
    case "Gather":
    case "Slice": {
      const isFirst = b?.isConstant && constantOf(model, b).numbers()[0] === 0;
      const ends = value.node.inputs[2];
      const isOne =
        value.node.operator === "Gather" || (ends?.isConstant && constantOf(model, ends).numbers()[0] === 1);
      return a?.node?.operator === "Shape" && isFirst && isOne ? [0] : undefined;
    }
    default:
      return undefined;
  }
}
