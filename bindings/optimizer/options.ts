// The options of an optimizer alone.

import {
  checkDType,
  checkFlag,
  checkNames,
  checkWhole,
  counted,
  isList,
  lengthOfList,
  readNames,
  show,
} from "../checks.ts";
import type { SteppedArray } from "../engine/engine.ts";
import type { EngineOptions } from "../engine/engines.ts";
import { OptionError, OutOfMemoryError, ShapeError } from "../errors.ts";
import { type DType, MAX_BYTES } from "../numbers.ts";
import { checkEngine } from "../options/engine.ts";
import {
  type OptimizerOptions,
  optimizerOptionNames,
  type ResolvedOptimizer,
  resolveOptimizer,
} from "../options/optimizer.ts";

const MAX_ARRAYS = 65_536;
const MAX_DIMENSIONS = 16;

/** An array of parameters that an optimizer steps. */
export interface ParameterShape {
  /** Its dimensions, row-major; their product is its length. */
  readonly shape: readonly number[];
  /**
   * Whether it is the bias of the array before it, whose last dimension is its length. A bias takes no weight decay,
   * and `clipNorm` sums its squares with those of the columns before it. Default false.
   */
  readonly bias?: boolean;
}

/** What an optimizer alone is, and what it steps. */
export interface OptimizerClassOptions extends OptimizerOptions, Pick<EngineOptions, "engine" | "module" | "warn"> {
  /** Each array that `step` gets, in order: its shape, or its length alone. */
  readonly parameters: readonly (ParameterShape | number)[];
  /** "f32" (default): the arrays are Float32Arrays; "f64": Float64Arrays. */
  readonly dtype?: DType;
}

/** With all defaults. */
export interface ResolvedOptimizerOptions {
  readonly optimizer: ResolvedOptimizer;
  readonly dtype: DType;
  readonly parameters: readonly ParameterShape[];
}

const OWN = ["parameters", "dtype", "engine", "module", "warn"] as const;

/** The options, each read once. */
export function readOptimizerOptions(given: OptimizerClassOptions): [ResolvedOptimizerOptions, EngineOptions] {
  checkNames("options", given, [...optimizerOptionNames(), ...OWN]);
  const { parameters, dtype = "f32", engine, module, warn, ...optimizer } = given;
  const choice = {
    ...(engine !== undefined && { engine }),
    ...(module !== undefined && { module }),
    ...(warn !== undefined && { warn }),
  };
  checkEngine(choice);
  const type = checkDType(dtype);
  const resolved = resolveOptimizer(optimizer, type);
  return [{ optimizer: resolved, dtype: type, parameters: readParameters(parameters) }, choice];
}

/** Shapes of arrays, or lengths. */
export function readParameters(parameters: unknown): readonly ParameterShape[] {
  const count = isList(parameters) ? lengthOfList("parameters", parameters) : 0;
  if (count === 0 || count > MAX_ARRAYS) {
    throw new OptionError(
      `parameters is ${show(parameters)}; a list of the shapes of 1 to ${MAX_ARRAYS} arrays is expected`,
    );
  }
  const shapes: ParameterShape[] = [];
  let total = 0;
  for (let k = 0; k < count; k++) {
    const read = readParameter(`parameters[${k}]`, (parameters as readonly unknown[])[k], shapes[k - 1]);
    total += lengthOfShape(read.shape);
    shapes.push(read);
  }
  if (total * 4 > MAX_BYTES) throw new OutOfMemoryError(`parameters of ${total} numbers don't fit into memory`);
  return Object.freeze(shapes);
}

function readParameter(name: string, given: unknown, before: ParameterShape | undefined): ParameterShape {
  if (typeof given === "number") return Object.freeze({ shape: readShape(name, [given]) });
  if (typeof given !== "object" || given === null || isList(given) || ArrayBuffer.isView(given)) {
    throw new OptionError(`${name} is ${show(given)}; the array's length or { shape, bias } is expected`);
  }
  const { shape, bias = false } = readNames(name, given as ParameterShape, ["shape", "bias"]);
  const read = readShape(`${name}.shape`, shape);
  if (!checkFlag(`${name}.bias`, bias)) return Object.freeze({ shape: read });
  const columns = before?.shape[before.shape.length - 1];
  if (before?.bias) throw new OptionError(`${name} is a bias, and so is the array before it`);
  if (read.length === 1 && read[0] === columns) return Object.freeze({ shape: read, bias });
  const wanted = columns === undefined ? "an array before it" : `the shape [${columns}], as many as columns before it,`;
  throw new ShapeError(`${name} is a bias of shape [${read.join(", ")}]; ${wanted} is expected`);
}

function readShape(name: string, shape: unknown): readonly number[] {
  const dimensions = isList(shape) ? lengthOfList(name, shape) : 0;
  if (dimensions === 0 || dimensions > MAX_DIMENSIONS) {
    throw new OptionError(
      `${name} is ${show(shape)}; a list of ${counted(MAX_DIMENSIONS, "length")} at most is expected`,
    );
  }
  const read = Array.from({ length: dimensions }, (_, n) =>
    checkWhole(`${name}[${n}]`, (shape as readonly unknown[])[n], 1, 2 ** 32 - 1),
  );
  return Object.freeze(read);
}

export function lengthOfShape(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** As engines see it: rows of the last dimension. */
export function arrayOfShape({ shape, bias = false }: ParameterShape): SteppedArray {
  const columns = shape[shape.length - 1]!;
  return { rows: lengthOfShape(shape.slice(0, -1)), columns, isBias: bias };
}
