// The saved form of a network: plain JSON, parameters as base64 of their little-endian bytes, guarded by their SHA-256.

import {
  bytesPerElement,
  countParameters,
  type FloatArray,
  floatArray,
  type ModelState,
  slotCount,
} from "../engine/engine.ts";
import { BitgradError, FormatError } from "../errors.ts";
import { fromBase64, fromBytes, toBase64, toBytes } from "./bytes.ts";
import { engineOptimizer } from "./optimizers.ts";
import {
  checkAmount,
  checkNames,
  checkWhole,
  type ResolvedNetworkOptions,
  resolveNetworkOptions,
  show,
} from "./options.ts";
import { digest } from "./sha256.ts";

/** What `toJSON` returns and `fromJSON` takes. */
export interface SavedNetwork extends ResolvedNetworkOptions {
  readonly format: "bitgrad";
  readonly version: 1;
  /** Epochs of training behind the network; the next shuffle goes on from there. */
  readonly epochs: number;
  /** Base64 of all parameters, little-endian: each layer's weights (row-major), then its biases. */
  readonly parameters: string;
  /** SHA-256 of the parameters' bytes. */
  readonly digest: string;
  /** What the optimizer remembers, of those that do. */
  readonly memory?: {
    /** Steps taken. */
    readonly steps: number;
    /** Π μ of nadam. */
    readonly momentumProduct: number;
    /** Its slots, as `parameters`. */
    readonly slots: string;
    readonly digest: string;
  };
}

const KEYS = [
  "format",
  "version",
  "inputs",
  "layers",
  "loss",
  "optimizer",
  "dtype",
  "seed",
  "epochs",
  "parameters",
  "digest",
];

export function save(options: ResolvedNetworkOptions, epochs: number, state: ModelState): SavedNetwork {
  const count = countParameters(options.inputs, options.layers);
  const bytes = toBytes(state.values.slice(0, count));
  const slots = toBytes(state.values.slice(count));
  const { steps, momentumProduct } = state;
  return {
    format: "bitgrad",
    version: 1,
    ...options,
    epochs,
    parameters: toBase64(bytes),
    digest: digest(bytes),
    ...(slots.length > 0 && { memory: { steps, momentumProduct, slots: toBase64(slots), digest: digest(slots) } }),
  };
}

/** Checks everything before anything is made of it. */
export function load(saved: unknown): { options: ResolvedNetworkOptions; epochs: number; state: ModelState } {
  const json = typeof saved === "string" ? parse(saved) : saved;
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new FormatError(`the saved network is ${show(json)}; what toJSON() returned, or its text, is expected`);
  }
  const { format, version, epochs, parameters, digest: expected, memory, ...options } = json as SavedNetwork;
  if (format !== "bitgrad") throw new FormatError(`format is ${show(format)}; "bitgrad" is expected`);
  if (version !== 1) throw new FormatError(`version is ${show(version)}; this release of bitgrad reads version 1`);
  for (const key of KEYS) {
    if (!Object.hasOwn(json, key)) throw new FormatError(`the saved network has no "${key}"`);
  }
  if (typeof parameters !== "string") throw new FormatError(`parameters is ${show(parameters)}; base64 is expected`);

  let resolved: ResolvedNetworkOptions;
  try {
    if ("engine" in options || "module" in options) throw new FormatError("a saved network names no engine");
    resolved = resolveNetworkOptions(options);
    checkWhole("epochs", epochs, 0, 2 ** 32 - 1);
    for (const key of Object.keys(resolved.optimizer)) {
      if (!Object.hasOwn(options.optimizer, key)) throw new FormatError(`the saved network has no optimizer.${key}`);
    }
  } catch (cause) {
    if (!(cause instanceof BitgradError) || cause.code === "FORMAT") throw cause;
    throw new FormatError(`the saved network is damaged: ${cause.message}`, { cause });
  }

  const count = countParameters(resolved.inputs, resolved.layers);
  const values = floatArray(resolved.dtype, count * (1 + slotCount(engineOptimizer(resolved.optimizer))));
  values.set(decode("parameters", parameters, expected, count, resolved));
  if (values.length === count) {
    if (memory !== undefined) throw new FormatError(`memory is ${show(memory)}; its optimizer has none`);
    return { options: resolved, epochs, state: { values, steps: 0, momentumProduct: 1 } };
  }
  if (memory === undefined) throw new FormatError('the saved network has no "memory" of its optimizer');
  const { steps, momentumProduct } = memory;
  try {
    checkNames("memory", memory, ["steps", "momentumProduct", "slots", "digest"]);
    checkWhole("memory.steps", steps, 0, Number.MAX_SAFE_INTEGER);
    checkAmount("memory.momentumProduct", momentumProduct);
  } catch (cause) {
    throw new FormatError(`the saved network is damaged: ${(cause as Error).message}`, { cause });
  }
  if (typeof memory.slots !== "string")
    throw new FormatError(`memory.slots is ${show(memory.slots)}; base64 is expected`);
  values.set(decode("memory.slots", memory.slots, memory.digest, values.length - count, resolved), count);
  return { options: resolved, epochs, state: { values, steps, momentumProduct } };
}

function decode(
  name: string,
  text: string,
  expectedDigest: string,
  count: number,
  { dtype }: ResolvedNetworkOptions,
): FloatArray {
  const expected = count * bytesPerElement(dtype);
  let bytes: Uint8Array;
  try {
    bytes = fromBase64(text);
  } catch (cause) {
    throw new FormatError(`the saved network is damaged: ${name} is no base64`, { cause });
  }
  if (bytes.length !== expected) {
    throw new FormatError(
      `the saved network is damaged: ${name} has ${bytes.length} bytes; ${count} of ${dtype} take ${expected}`,
    );
  }
  if (digest(bytes) !== expectedDigest) {
    throw new FormatError(`the saved network is damaged: its ${name} don't have the SHA-256 it names`);
  }
  const values = fromBytes(bytes, dtype);
  if (!values.every(Number.isFinite)) throw new FormatError(`the saved network has ${name} that are not finite`);
  return values;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError("the saved network is no JSON text", { cause });
  }
}
