// The entry for prediction only. It reads a network that `save` or `toJSON` returned and computes its outputs with the
// bits of `Network.predict`, without the trainer and without WebAssembly.

import { bytesOf, type FloatArray, type NumberArray } from "./arrays.ts";
import { isElementwise } from "./catalog/activations.ts";
import { countParameters, LAYER_TYPES, LAYERS, layerShapes } from "./catalog/layers.ts";
import { checkChoice, checkDType, checkKeys, checkNoMore, checkWhole, isList, readJSON, show } from "./checks.ts";
import { type CompressedMatrix, readCompressed } from "./data/compressed.ts";
import {
  checkOut,
  type MatrixLike,
  MatrixSource,
  type Rows,
  settled,
  type TypedMatrix,
  type TypedMatrixLike,
  toRows,
  type XLike,
} from "./data/matrix.ts";
import { type Encoders, resolveEncoders } from "./data/saved-encoders.ts";
import type { Layer as LayerShape } from "./engine/engine.ts";
import { type Activation, activate, activationOf, softmax } from "./engine/reference/activation.ts";
import { type Round, roundOf } from "./engine/reference/dense.ts";
import { type Transform, transformOf } from "./engine/reference/layers.ts";
import { FormatError } from "./errors.ts";
import { bytesPerElement, type DType, floatArray, last, sizeOf } from "./numbers.ts";
import { checkKey, endow, isInstance, KEY } from "./objects.ts";
import { checkActivation, MAX_SIZE, resolveNumbers } from "./options/layer.ts";
import { fillFromBytes, fromBase64 } from "./saving/bytes.ts";
import {
  checkFinite,
  checkSums,
  checkVersion,
  decode,
  parameterTensors,
  type SavedNetwork,
  sumsOf,
} from "./saving/json.ts";
import { Pieces } from "./saving/pieces.ts";
import { openTensors } from "./saving/safetensors.ts";

export type {
  ActivationName,
  Category,
  CompressedMatrix,
  CrossEntropyOptions,
  DateUnit,
  DType,
  Encoders,
  FloatArray,
  HuberOptions,
  Initializer,
  InitializerName,
  Layer,
  LossName,
  MatrixLike,
  MetricName,
  NumberArray,
  Numbers,
  OptimizerName,
  OptimizerOptions,
  Plateau,
  PlateauSchedule,
  ResolvedLayer,
  ResolvedLoss,
  ResolvedNetworkOptions,
  ResolvedOptimizer,
  Rows,
  SavedCategories,
  SavedColumn,
  SavedColumnBase,
  SavedEncoder,
  SavedNetwork,
  SavedNumbers,
  SavedPlateau,
  TypedMatrix,
  TypedMatrixLike,
  Values,
  XLike,
} from "./exports.ts";

const BLOCK = 64; // rows at a time: outputs stay in the cache, and large x need little extra memory

interface Layer {
  readonly units: number;
  readonly transform: Transform;
  /** Undefined for softmax, which is not elementwise. */
  readonly activation: Activation | undefined;
}

/**
 * A trained network that only predicts.
 *
 * @example
 * ```ts
 * import { Predictor } from "bitgrad/predict";
 *
 * const response = await fetch("model.safetensors"); // what network.save() gave
 * const predictor = Predictor.load(await response.arrayBuffer());
 * console.log(predictor.predict([[0, 1]]));
 * ```
 */
export class Predictor {
  /** @internal A literal: bundlers rename classes. */
  static readonly name: string = "Predictor";
  readonly #shape: Shape;
  readonly #layers: readonly Layer[];
  readonly #round: Round;

  /** Predictors are made by `load`. */
  private constructor(key: unknown, shape: Shape, parameters: readonly FloatArray[]) {
    checkKey(key, "Predictor", "Predictor.load(saved)");
    const round = roundOf(floatArray(shape.dtype, 0));
    this.#shape = shape;
    this.#round = round;
    let at = 0;
    this.#layers = layerShapes(shape).map(({ inputs, units, parameters: rows }, l) => {
      const layer = shape.layers[l]!;
      const { activation, alpha = 0 } = layer;
      at += rows.length;
      return {
        units,
        transform: transformOf(layer, inputs, parameters.slice(at - rows.length, at), round),
        activation: isElementwise(activation) ? activationOf(activation, alpha, round) : undefined,
      };
    });
    const isOne = (value: object): value is Predictor => #shape in value;
    const identity = Symbol("a Predictor is loaded anew, not copied or sent");
    endow(this, { name: "Predictor", prototype: Predictor.prototype, isOne }, identity);
  }

  /** @internal Whether it is one of any copy of this library. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, this === Predictor, "Predictor", value);
  }

  /** Columns of x. */
  get inputs(): number {
    return this.#shape.inputs;
  }

  /** Columns of what it predicts. */
  get outputs(): number {
    return last(this.#shape.layers).units;
  }

  /** What the network computes in. */
  get dtype(): DType {
    return this.#shape.dtype;
  }

  /**
   * The encoders that the network was created with, as JSON for `Encoder.fromJSON`. They are not applied automatically.
   */
  get encoders(): Encoders {
    return this.#shape.encoders;
  }

  /** "Predictor", in the objects' default descriptions. */
  get [Symbol.toStringTag](): string {
    return "Predictor";
  }

  /** A description in one line; Node, Deno and Bun print it for `console.log(predictor)`. */
  toString(): string {
    return `Predictor { inputs: ${this.inputs}, outputs: ${this.outputs}, dtype: ${this.dtype} }`;
  }

  /**
   * Loads a network from a file that `network.save()` returned, a checkpoint, or JSON of `network.toJSON()` as an
   * object or text.
   *
   * @throws FormatError if it is damaged, no network of bitgrad, or of a newer version
   */
  static load(saved: Uint8Array | ArrayBuffer | SavedNetwork | string, ...more: []): Predictor {
    checkNoMore("load", more);
    const bytes = bytesOf(saved);
    return new Predictor(KEY, ...(bytes === undefined ? fromJSON(saved) : fromFile(bytes)));
  }

  /**
   * Predicts the outputs for x, with the bits of `Network.predict`. They are written to `out`, row-major, if it is
   * given; otherwise the result has the form of x.
   *
   * @throws ShapeError if x has other columns than `inputs`, or `out` another type or length than the outputs
   * @throws DataError if a number in x is not finite in the network's dtype
   */
  predict(x: Rows | readonly (number | boolean)[]): number[][];
  /** The outputs for a typed matrix, rows × inputs: a typed matrix of the network's dtype, rows × outputs. */
  predict(x: TypedMatrixLike | NumberArray | CompressedMatrix): TypedMatrix<Float32Array | Float64Array>;
  /** The outputs for x in any form: rows for rows, else a typed matrix. */
  predict(x: XLike): number[][] | TypedMatrix<Float32Array | Float64Array>;
  /** Writes the outputs, rows × outputs numbers, row-major, to `out` and returns it. */
  predict<T extends FloatArray>(x: XLike, out: T): T;
  predict(x: XLike, out?: FloatArray): number[][] | TypedMatrix | FloatArray {
    const compressed = readCompressed("x", x, this.inputs, this.dtype, "takes");
    const given = compressed ?? new MatrixSource("x", this.inputs, this.dtype, "the network takes").of(x as MatrixLike);
    const source = settled(given, this.dtype);
    const { rows } = source;
    const length = rows * this.outputs;
    if (out !== undefined) checkOut(out, this.dtype, length);
    const outputs = out ?? floatArray(this.dtype, length);
    for (let first = 0; first < rows; first += BLOCK) {
      const count = Math.min(BLOCK, rows - first);
      const block = floatArray(this.dtype, count * this.inputs);
      source.copyTo(block, first);
      outputs.set(this.#forward(block, count), first * this.outputs);
    }
    if (out !== undefined) return out;
    const isTyped = compressed !== undefined || source === given;
    return isTyped ? { data: outputs, shape: [rows, this.outputs] } : toRows(outputs, this.outputs);
  }

  #forward(x: FloatArray, rows: number): FloatArray {
    for (const { units, transform, activation } of this.#layers) {
      const z = floatArray(this.dtype, rows * units);
      transform.forward(z, x, rows, false);
      if (activation === undefined) softmax(z, z, units, this.#round);
      else activate(activation, z, floatArray(this.dtype, z.length), z);
      x = z;
    }
    return x;
  }
}

/** What prediction needs of a network's options. */
interface Shape {
  readonly dtype: DType;
  readonly inputs: number;
  readonly layers: readonly LayerShape[];
  readonly encoders: Encoders;
}

/** Reads what prediction needs. The rest is for training and is covered by the digest. */
function readShape(json: Record<string, unknown>): Shape {
  checkVersion(json);
  const dtype = checkDType(json.dtype);
  const { layers } = json;
  if (!isList(layers) || layers.length === 0) {
    throw new FormatError(`layers is ${show(layers)}; an array is expected`);
  }
  const inputs = checkWhole("inputs", json.inputs, 1, MAX_SIZE);
  let before = inputs;
  return {
    dtype,
    inputs,
    layers: layers.map((layer, l) => {
      const name = `layers[${l}]`;
      const { type: found = "dense", ...options } = Object(layer);
      const type = checkChoice(`${name}.type`, found, LAYER_TYPES);
      const fewest = LAYERS[type].hasUnits ? 1 : before;
      const units = checkWhole(`${name}.units`, options.units, fewest, LAYERS[type].hasUnits ? MAX_SIZE : before);
      before = units;
      return {
        ...(type !== "dense" && { type }),
        units,
        ...checkActivation(`${name}.`, options.activation, options.alpha, dtype),
        ...resolveNumbers(name, { type, options }, dtype),
      };
    }),
    encoders: encodersOf(json),
  };
}

/** Of whatever width: they are as saved, which the digest covers. */
function encodersOf({ encoders = {} }: { readonly encoders?: Encoders }): Encoders {
  const any = [() => true, ""] as const;
  return resolveEncoders(encoders, { x: any, y: any }).encoders ?? Object.freeze({});
}

type Read = [shape: Shape, parameters: FloatArray[]];

function fromFile(bytes: Uint8Array<ArrayBuffer>): Read {
  const { tensors, metadata } = openTensors(new Pieces([bytes]));
  const text = metadata.get("bitgrad");
  if (text === undefined || !metadata.has("sha256")) {
    throw new FormatError("the file is no network of bitgrad");
  }
  return readJSON("the file", text, (json) => {
    const shape = readShape(json);
    const parameters = parameterTensors(shape).map(({ name, shape: sizes }) => {
      const tensor = tensors.get(name);
      if (tensor === undefined || tensor.dtype !== shape.dtype || String(tensor.shape) !== String(sizes)) {
        throw new FormatError(`there is no tensor "${name}" of [${sizes}] in ${shape.dtype}`);
      }
      const values = floatArray(shape.dtype, sizeOf(sizes));
      fillFromBytes(values, tensor.parts);
      return values;
    });
    return [shape, parameters];
  });
}

function fromJSON(saved: unknown): Read {
  return readJSON("the saved network", saved, (given) => {
    // a copy of an object, each of whose properties is then read once
    const json = typeof saved === "string" ? given : JSON.parse(JSON.stringify(given));
    checkChoice("format", json.format, ["bitgrad"]);
    const shape = readShape(json);
    const {
      format: _,
      version,
      parameters,
      digest,
      sha256,
      memory,
      epochs,
      ...options
    } = json as unknown as SavedNetwork;
    const size = bytesPerElement(shape.dtype);
    const count = countParameters(shape.inputs, shape.layers);
    const bytes = decode("parameters", parameters, count * size, shape.dtype);
    const values = floatArray(shape.dtype, count);
    fillFromBytes(values, [bytes]);
    if (memory !== undefined) checkKeys("memory", memory, ["steps", "momentumProduct", "slots"]);
    const { steps = 0, momentumProduct = 1, slots = "" } = Object(memory);
    try {
      const slotBytes = decode("memory.slots", slots, fromBase64(String(slots)).length, shape.dtype);
      checkSums(json, sumsOf({ options, epochs, state: { values, steps, momentumProduct } }, bytes, slotBytes));
    } catch (cause) {
      throw cause instanceof FormatError ? cause : new FormatError("it is damaged", { cause });
    }
    checkFinite("parameters", values);
    let at = 0;
    return [
      shape,
      parameterTensors(shape).map(({ shape: sizes }) => {
        at += sizeOf(sizes);
        return values.slice(at - sizeOf(sizes), at);
      }),
    ];
  });
}
