// The saved form of a network: plain JSON, parameters as base64 of their little-endian bytes, guarded by their SHA-256; and what
// reading it has in common with reading the binary form, file.ts.

import { checkAmount, checkChoice, checkKeys, checkWhole, readJSON, show } from "../checks.ts";
import {
  bytesPerElement,
  countParameters,
  type DType,
  type FloatArray,
  floatArray,
  type ModelState,
  slotCount,
} from "../engine/engine.ts";
import { FormatError } from "../errors.ts";
import { fromBase64, fromBytes, toBase64, toBytes } from "./bytes.ts";
import { allFinite } from "./matrix.ts";
import { engineOptimizer } from "./optimizers.ts";
import { type ResolvedNetworkOptions, resolveNetworkOptions } from "./options.ts";
import { digest } from "./sha256.ts";

export const VERSION = 1; // of both forms
const OPTIONS = ["inputs", "layers", "loss", "optimizer", "dtype", "seed"];

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

export function save(options: ResolvedNetworkOptions, epochs: number, state: ModelState): SavedNetwork {
  const count = countParameters(options.inputs, options.layers);
  const bytes = toBytes(state.values.slice(0, count));
  const slots = toBytes(state.values.slice(count));
  const { steps, momentumProduct } = state;
  return {
    format: "bitgrad",
    version: VERSION,
    ...options,
    epochs,
    parameters: toBase64(bytes),
    digest: digest(bytes),
    ...(slots.length > 0 && { memory: { steps, momentumProduct, slots: toBase64(slots), digest: digest(slots) } }),
  };
}

/** Checks everything before anything is made of it. */
export function load(saved: unknown): { options: ResolvedNetworkOptions; epochs: number; state: ModelState } {
  return readJSON("the saved network", saved, (json) => {
    checkChoice("format", json.format, ["bitgrad"]);
    const { options, epochs } = readHead(json, ["format", "parameters", "digest"], ["memory"]);
    const { memory } = json as Partial<SavedNetwork>;
    const count = countParameters(options.inputs, options.layers);
    const slots = count * slotCount(engineOptimizer(options.optimizer));
    const parts = [decode("parameters", json.parameters, json.digest, count, options.dtype)];
    if (slots > 0) {
      checkKeys("memory", memory, ["steps", "momentumProduct", "slots", "digest"]);
      parts.push(decode("memory.slots", memory.slots, memory.digest, slots, options.dtype));
    } else if (memory !== undefined) throw new FormatError(`memory is ${show(memory)}; its optimizer has none`);
    const state = readState("memory.", options.dtype, parts, memory ?? { steps: 0, momentumProduct: 1 });
    return { options, epochs, state };
  });
}

/** What both saved forms have, once their keys are checked; `own` and `optional` are those of one of them. */
export function readHead(json: Record<string, unknown>, own: readonly string[], optional: readonly string[]) {
  if (json.version !== VERSION) {
    throw new FormatError(`version is ${show(json.version)}; this release of bitgrad reads version ${VERSION}`);
  }
  checkKeys("it", json, ["version", ...OPTIONS, "epochs", ...own], ["encoders", ...optional]);
  const given = Object.fromEntries([...OPTIONS, "encoders"].map((key) => [key, json[key]]));
  const options = resolveNetworkOptions(given as unknown as ResolvedNetworkOptions);
  checkKeys("optimizer", given.optimizer, Object.keys(options.optimizer));
  return { options, epochs: checkWhole("epochs", json.epochs, 0, 2 ** 32 - 1) };
}

/** The state that has the values of these parts, in turn. */
export function readState(
  prefix: string,
  dtype: DType,
  parts: readonly FloatArray[],
  { steps, momentumProduct }: { readonly steps?: unknown; readonly momentumProduct?: unknown },
): ModelState {
  const values = floatArray(
    dtype,
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let offset = 0;
  for (const part of parts) {
    values.set(part, offset);
    offset += part.length;
  }
  return {
    values,
    steps: checkWhole(`${prefix}steps`, steps, 0, Number.MAX_SAFE_INTEGER),
    momentumProduct: checkAmount(`${prefix}momentumProduct`, momentumProduct),
  };
}

export function checkFinite(name: string, values: FloatArray): FloatArray {
  if (allFinite(values)) return values;
  const n = values.findIndex((value) => !Number.isFinite(value));
  throw new FormatError(`${name}[${n}] is ${values[n]}; finite numbers are expected`);
}

function decode(name: string, text: unknown, sha256: unknown, count: number, dtype: DType): FloatArray {
  let bytes: Uint8Array | undefined;
  try {
    if (typeof text === "string") bytes = fromBase64(text);
  } catch {
    // there are no bytes then
  }
  if (bytes?.length !== count * bytesPerElement(dtype)) {
    throw new FormatError(`${name} is ${show(text)}; base64 of ${count} numbers of ${dtype} is expected`);
  }
  const found = digest(bytes);
  if (found !== sha256) throw new FormatError(`the digest of ${name} is ${show(sha256)}; SHA-256 ${found} is expected`);
  return checkFinite(name, fromBytes(bytes, dtype));
}
