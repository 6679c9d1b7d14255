// The options of a network, checked and with their defaults.

import { layerShapes, type ParameterName } from "../catalog/layers.ts";
import { LOSSES, type LossName } from "../catalog/losses.ts";
import { type OptimizerName, slotCount } from "../catalog/optimizers.ts";
import { checkDType, checkWhole, isList, lengthOfList, readNames, show } from "../checks.ts";
import { type EncoderLike, type Encoders, resolveEncoders } from "../data/saved-encoders.ts";
import type { EngineOptions } from "../engine/engines.ts";
import { OptionError, OutOfMemoryError } from "../errors.ts";
import type { DType } from "../numbers.ts";
import { bytesPerElement, last, MAX_BYTES } from "../numbers.ts";
import { encodeText } from "../platform/text.ts";
import { checkEngine, LOADED_WITH } from "./engine.ts";
import { type LayerOptions, MAX_SIZE, type ResolvedLayer, resolveLayers } from "./layer.ts";
import type { CrossEntropyOptions, HuberOptions, ResolvedLoss } from "./loss.ts";
import { checkLoss, lossName, readLoss } from "./loss.ts";
import type { OptimizerOptions, ResolvedOptimizer } from "./optimizer.ts";
import { engineOptimizer, resolveOptimizer } from "./optimizer.ts";

/** What a network is made of and how it learns. */
export interface NetworkOptions extends EngineOptions {
  /** Columns of x. */
  readonly inputs: number;
  /** The layers, from the inputs to the outputs; at least one is dense. `{ units }` is a dense layer. */
  readonly layers: readonly LayerOptions[];
  /** Default "mse". */
  readonly loss?: LossName | HuberOptions | CrossEntropyOptions;
  /** Default "adam"; a name alone means that optimizer with its defaults. */
  readonly optimizer?: OptimizerOptions | OptimizerName;
  /** Default "f32". */
  readonly dtype?: DType;
  /** A whole number from 0 to 2^53 − 1 that decides initial weights and shuffles; default 0. */
  readonly seed?: number;
  /**
   * The parameters that the network starts with, as `getParameters` returns them; by default its initializers draw the
   * weights, and biases are 0.
   */
  readonly parameters?: readonly {
    readonly [name in ParameterName]?:
      | ArrayLike<number>
      | { readonly data: ArrayLike<number>; readonly shape: readonly number[] };
  }[];
  /**
   * Encoders that are saved and loaded with the network and found at `network.encoders`. The width of `x` must be
   * `inputs`, that of `y` the units of the last layer; with a sparse loss, `y` is only for decoding. They are not
   * applied automatically.
   *
   * @example
   * ```ts
   * const x = Encoder.learn(table, ["oneHot", "standard"]), y = Encoder.learn(names, "oneHot");
   * const net = await Network.create({ inputs: x.width, layers: [{ units: y.width }], encoders: { x, y } });
   * net.fit(x.encode(table), y.encode(names), { epochs: 100 });
   * ```
   */
  readonly encoders?: Encoders<EncoderLike>;
}

/** Options with every default filled in. */
export interface ResolvedNetworkOptions {
  /** Columns of x. */
  readonly inputs: number;
  /** The layers in order. */
  readonly layers: readonly ResolvedLayer[];
  /** What training minimizes. */
  readonly loss: ResolvedLoss;
  /** How a step changes the parameters, given their gradients. */
  readonly optimizer: ResolvedOptimizer;
  /** What it computes in. */
  readonly dtype: DType;
  /** The number that decides initial weights, shuffles and dropout. */
  readonly seed: number;
  /** The encoders, if there are any; as plain JSON, so that these options can be cloned. */
  readonly encoders?: Encoders;
}

export const MAX_LAYERS = 2 ** 16; // a file names each of them
const MAX_TENSORS = 2 * MAX_LAYERS;
const MAX_ENCODER_BYTES = 60_000_000; // a file's header has 100 MB at most

export const NETWORK_NAMES = ["inputs", "layers", "loss", "optimizer", "dtype", "seed"] as const;

/** A copy of the options in which each property was read once, so that getters can't change it. */
export function readNetworkOptions(options: NetworkOptions): NetworkOptions {
  const read = readNames("options", options, [...NETWORK_NAMES, "encoders", "parameters", ...LOADED_WITH]);
  checkEngine(read);
  return read;
}

/**
 * Checks options that were read, and fills in the defaults. A saved network names all of them, but older ones no
 * initializer that is "glorotUniform".
 */
export function resolveNetworkOptions(options: NetworkOptions, isSaved = false): ResolvedNetworkOptions {
  // only undefined takes the default: null is refused
  const { loss: givenLoss = "mse", optimizer = "adam", dtype = "f32", seed = 0, encoders = {} } = options;
  checkDType(dtype);
  const loss = readLoss(givenLoss);
  const { hidden = "relu", output } = LOSSES[lossName(loss)];
  const inputs = checkWhole("inputs", options.inputs, 1, MAX_SIZE);
  const list = options.layers;
  const count = isList(list) ? lengthOfList("layers", list) : 0;
  if (count === 0 || count > MAX_LAYERS) {
    const expected = `an array of at least one layer is expected, of ${MAX_LAYERS} at most`;
    throw new OptionError(`layers is ${show(list)}; ${expected}`);
  }
  const given = Array.from({ length: count }, (_, index) => list[index]!);
  const layers = resolveLayers(given, { inputs, hidden, output, dtype, isSaved });
  const resolved: ResolvedNetworkOptions = {
    inputs,
    layers,
    loss: Object.freeze(checkLoss(loss, last(layers), dtype)), // a name stays what it is
    optimizer: resolveOptimizer(optimizer, dtype),
    dtype,
    seed: checkWhole("seed", seed, 0, Number.MAX_SAFE_INTEGER),
    ...resolveEncoders(encoders, {
      x: [(width) => width === inputs, `${inputs}, inputs`],
      // a sparse loss takes classes in one column
      y: [
        (width) => width === last(layers).units || (width === 1 && LOSSES[lossName(loss)].isSparse === true),
        `${last(layers).units}, the units of the last layer`,
      ],
    }),
  };
  checkEncoderSize(resolved.encoders);
  checkParameters(resolved);
  return resolved;
}

/** Refuses encoders that are too large to be saved: there may be a million categories, and each may be a long text. */
function checkEncoderSize(encoders: ResolvedNetworkOptions["encoders"]): void {
  const length = encoders === undefined ? 0 : JSON.stringify(JSON.stringify(encoders)).length; // a text within a text
  if (length * 3 <= MAX_ENCODER_BYTES) return; // of UTF-8 each takes three bytes at most
  const bytes = encodeText(JSON.stringify(JSON.stringify(encoders))).length;
  if (bytes <= MAX_ENCODER_BYTES) return;
  throw new OptionError(
    `encoders take ${bytes} bytes as JSON; at most ${MAX_ENCODER_BYTES} can be saved: leave columns out, or categories`,
  );
}

/**
 * Refuses networks that don't fit into WebAssembly's memory, on both engines alike. There, rows of weights are padded
 * to a multiple of 32 bytes (assembly/dense.ts).
 */
function checkParameters({ inputs, layers, dtype, optimizer }: ResolvedNetworkOptions): void {
  let bytes = 0;
  let tensors = 0;
  for (const { units, parameters } of layerShapes({ inputs, layers })) {
    const row = Math.ceil((units * bytesPerElement(dtype)) / 32) * 32;
    for (const { ofInputs, length } of parameters) {
      const rows = length / units;
      bytes += ofInputs && units === 1 ? rows * bytesPerElement(dtype) : rows * row;
    }
    tensors += parameters.length;
  }
  if (tensors > MAX_TENSORS) {
    throw new OptionError(`layers have ${tensors} arrays of parameters; ${MAX_TENSORS} can be saved`);
  }
  bytes *= 1 + slotCount(engineOptimizer(optimizer));
  if (bytes > MAX_BYTES - 2 ** 16) {
    const gigabytes = (bytes / 2 ** 30).toFixed(1);
    throw new OutOfMemoryError(
      `inputs and layers ask for ${gigabytes} GiB, with what the optimizer remembers; at most 4 GiB fit into memory`,
    );
  }
}
