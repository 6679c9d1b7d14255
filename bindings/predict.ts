// The entry for prediction alone: what `save` or `toJSON` gave is read and its outputs are computed, without the trainer and without
// WebAssembly, with the bits of `Network.predict`.

import { bytesOf } from "./arrays.ts";
import { type Encoders, toEncoders } from "./encoder.ts";
import { type DType, type FloatArray, floatArray } from "./engine/engine.ts";
import { type Activation, activate, activationOf, softmax } from "./engine/reference/activation.ts";
import { forward, type Round, roundOf } from "./engine/reference/dense.ts";
import { readFile } from "./network/file.ts";
import {
  checkOut,
  type MatrixLike,
  MatrixSource,
  type Rows,
  type TypedMatrix,
  type TypedMatrixLike,
  toRows,
} from "./network/matrix.ts";
import { load, type SavedNetwork } from "./network/saved.ts";

export type { Encoders } from "./encoder.ts";
export type { MatrixLike, Rows, TypedMatrix, TypedMatrixLike } from "./network/matrix.ts";
export type { SavedNetwork } from "./network/saved.ts";

const BLOCK = 64; // rows at a time: their outputs stay in the cache, and many rows take little memory

interface Layer {
  readonly units: number;
  readonly weights: FloatArray;
  readonly biases: FloatArray;
  /** Undefined of softmax. */
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
  /** Columns of x. */
  readonly inputs: number;
  /** Columns of what it predicts. */
  readonly outputs: number;
  readonly dtype: DType;
  /** The encoders that the network was created with; none is applied by itself. */
  readonly encoders: Encoders;
  readonly #layers: readonly Layer[];
  readonly #round: Round;

  private constructor({ options, state: { values } }: Pick<ReturnType<typeof load>, "options" | "state">) {
    const { dtype, inputs, layers } = options;
    this.inputs = inputs;
    this.outputs = layers.at(-1)!.units;
    this.dtype = dtype;
    this.encoders = toEncoders(options.encoders);
    const round = roundOf(values);
    this.#round = round;
    let at = 0;
    const take = (count: number) => {
      at += count;
      return values.slice(at - count, at);
    };
    this.#layers = layers.map(({ units, activation, alpha = 0 }, l) => ({
      units,
      weights: take((layers[l - 1]?.units ?? inputs) * units),
      biases: take(units),
      activation: activation === "softmax" ? undefined : activationOf(activation, alpha, round),
    }));
  }

  /**
   * The network of a file (`network.save()`, a checkpoint too) or of JSON (`network.toJSON()`, or its text).
   *
   * @throws FormatError where it is damaged, of another kind or of a newer version.
   */
  static load(saved: Uint8Array | ArrayBuffer | SavedNetwork | string): Predictor {
    const bytes = bytesOf(saved);
    return new Predictor(bytes === undefined ? load(saved) : readFile(bytes));
  }

  /**
   * The outputs for x, with the bits and the errors of `Network.predict`: in `out`, row-major, where it is given; else in the form of x.
   *
   * @throws ShapeError where x has other columns, or `out` another type or length; DataError where a number is not finite.
   */
  predict(x: Rows): number[][];
  predict(x: TypedMatrixLike): TypedMatrix<Float32Array | Float64Array>;
  predict(x: MatrixLike): number[][] | TypedMatrix<Float32Array | Float64Array>;
  predict<T extends FloatArray>(x: MatrixLike, out: T): T;
  predict(x: MatrixLike, out?: FloatArray): number[][] | TypedMatrix | FloatArray {
    const given = new MatrixSource("x", this.inputs, this.dtype, "takes").of(x);
    const source = given.settled();
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
    return source === given ? { data: outputs, shape: [rows, this.outputs] } : toRows(outputs, this.outputs);
  }

  #forward(x: FloatArray, rows: number): FloatArray {
    for (const { units, weights, biases, activation } of this.#layers) {
      const z = floatArray(this.dtype, rows * units);
      forward(z, x, weights, biases, { rows, inputs: x.length / rows, units }, this.#round);
      if (activation === undefined) softmax(z, z, units, this.#round);
      else activate(activation, z, floatArray(this.dtype, z.length), z);
      x = z;
    }
    return x;
  }
}
