// Constants that a model computes of constants, such as a transposed weight or an epsilon that is added to a variance.
// Each operation is rounded to the dtype, as a runtime would round it.

import type { FloatArray } from "../../arrays.ts";
import { hasOwn } from "../../checks.ts";
import { FormatError } from "../../errors.ts";
import { floatArray, last } from "../../numbers.ts";
import { transpose } from "../model.ts";
import type { Model, Node, Value } from "./nodes.ts";
import { countOf, epsilonOf, INT64, isDouble, isFloat, shapeText, type Tensor, tensorOf } from "./tensor.ts";

const UNARY: Readonly<Record<string, (a: number) => number>> = {
  Neg: (a) => -a,
  Sqrt: (a) => Math.sqrt(a),
  Reciprocal: (a) => 1 / a,
};

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
};

const MOVING = ["Cast", "CastLike", "Transpose", "Reshape", "Unsqueeze"];
const MAX_DEPTH = 32;

/** Whether a node computes a constant of constants. */
export function isFoldable({ operator, inputs }: Node): boolean {
  const isKnown = hasOwn(UNARY, operator) || hasOwn(BINARY, operator) || MOVING.includes(operator);
  return isKnown && inputs.length > 0 && inputs.every((input) => input?.isConstant);
}

/** Refuses a small file that would become large: one constant may be taken by many nodes. */
export function take(model: Model, numbers: number, where: string): void {
  model.left -= numbers;
  if (model.left < 0) throw new FormatError(`${where} makes too many numbers of a file of this size`);
}

/** The constant that a value is. */
export function constantOf(model: Model, value: Value, depth = 0): Tensor {
  if (value.tensor !== undefined) return value.tensor;
  const node = value.node!;
  if (depth > MAX_DEPTH) throw new FormatError(`${node.where} is a constant of over ${MAX_DEPTH} operations`);
  const inputs = node.inputs.map((input) => constantOf(model, input!, depth + 1));
  value.tensor = fold(model, node, inputs);
  return value.tensor;
}

function fold(model: Model, node: Node, inputs: readonly Tensor[]): Tensor {
  const { where, operator, attributes } = node;
  const [a, b] = inputs as [Tensor, Tensor?];
  const count = countOf(a.where, a.shape);
  const made = (shape: readonly number[], type: number, numbers: FloatArray) =>
    tensorOf(where, type, shape, numbers, Math.max(a.epsilon, epsilonOf(type)));
  const takeSome = (size: number) => take(model, size, where);
  const [unary, binary] = [UNARY[operator], BINARY[operator]];
  if (unary !== undefined) {
    takeSome(count);
    return made(a.shape, a.type, a.numbers().map(unary));
  }
  if (binary !== undefined) return elementwise(where, binary, a, b!, takeSome);
  switch (operator) {
    case "Transpose": {
      const perm = attributes.get("perm")?.wholes ?? [1, 0];
      if (a.shape.length !== 2 || perm.length !== 2 || perm[0]! + perm[1]! !== 1) break;
      if (perm[0] === 0) return a;
      takeSome(count);
      const [rows, columns] = a.shape as [number, number];
      return made([columns, rows], a.type, transpose(a.numbers(), rows, columns));
    }
    case "Cast":
    case "CastLike": {
      const type = operator === "Cast" ? (attributes.get("to")?.whole ?? 0) : b!.type;
      if (type === a.type) return a;
      if (!isFloat(type) && (type !== INT64 || isFloat(a.type))) break;
      takeSome(count);
      const numbers = floatArray(isDouble(type) || !isFloat(type) ? "f64" : "f32", count);
      numbers.set(a.numbers());
      return made(a.shape, type, numbers);
    }
    default:
      if (count === 1 || remainsRow(node, a, count, b)) return { ...a, shape: count === 1 ? [] : [count] };
  }
  throw new FormatError(`${where} computes a constant of shape ${shapeText(a.shape)} in a way that isn't read`);
}

/** Of equal shapes, or of one and a number or a row. */
function elementwise(
  where: string,
  f: (a: number, b: number) => number,
  a: Tensor,
  b: Tensor,
  take: (size: number) => void,
): Tensor {
  const sizes = [a, b].map(({ where, shape }) => countOf(where, shape)) as [number, number];
  const small = Math.min(...sizes);
  const isRow = [a, b].every(({ shape }) => last(shape) === small);
  if (small > 1 && !isRow && shapeText(a.shape) !== shapeText(b.shape)) {
    throw new FormatError(`${where} takes constants of shapes ${shapeText(a.shape)} and ${shapeText(b.shape)}`);
  }
  const count = Math.max(...sizes);
  take(count);
  const type = isDouble(b.type) ? b.type : a.type;
  const [x, y] = [a.numbers(), b.numbers()];
  const numbers = floatArray(isFloat(type) && !isDouble(type) ? "f32" : "f64", count);
  for (let n = 0; n < count; n++) numbers[n] = f(x[n % sizes[0]]!, y[n % sizes[1]]!);
  const { shape } = sizes[0] >= sizes[1] ? a : b;
  return tensorOf(where, type, shape, numbers, Math.max(a.epsilon, b.epsilon));
}

/** Whether Reshape or Unsqueeze gives a row of so many numbers. */
function remainsRow({ operator, attributes }: Node, { shape }: Tensor, count: number, b: Tensor | undefined): boolean {
  const given = b === undefined ? (attributes.get("axes")?.wholes ?? []) : Array.from(b.numbers());
  if (operator === "Unsqueeze") return last(shape) === count && given.every((axis) => axis === 0);
  const size = last(given);
  return (size === count || size === -1) && given.slice(0, -1).every((other) => other === 1);
}
