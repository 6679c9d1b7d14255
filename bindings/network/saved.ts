// The saved form of a network: plain JSON, parameters as base64 of their little-endian bytes, guarded by their SHA-256.

import { bytesPerElement, countParameters, type FloatArray } from "../engine/engine.ts";
import { BitgradError, FormatError } from "../errors.ts";
import { digest, fromBase64, fromBytes, toBase64, toBytes } from "./bytes.ts";
import { checkWhole, type ResolvedNetworkOptions, resolveNetworkOptions, show } from "./options.ts";

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

export function save(options: ResolvedNetworkOptions, epochs: number, parameters: FloatArray): SavedNetwork {
  const bytes = toBytes(parameters);
  return {
    format: "bitgrad",
    version: 1,
    ...options,
    epochs,
    parameters: toBase64(bytes),
    digest: digest(bytes),
  };
}

/** Checks everything before anything is made of it. */
export function load(saved: unknown): { options: ResolvedNetworkOptions; epochs: number; parameters: FloatArray } {
  const json = typeof saved === "string" ? parse(saved) : saved;
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new FormatError(`the saved network is ${show(json)}; what toJSON() returned, or its text, is expected`);
  }
  const { format, version, epochs, parameters, digest: expected, ...options } = json as SavedNetwork;
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
  } catch (cause) {
    if (!(cause instanceof BitgradError) || cause.code === "FORMAT") throw cause;
    throw new FormatError(`the saved network is damaged: ${cause.message}`, { cause });
  }

  const values = decode(parameters, countParameters(resolved.inputs, resolved.layers), resolved);
  if (digest(toBytes(values)) !== expected) {
    throw new FormatError("the saved network is damaged: its parameters don't have the SHA-256 it names");
  }
  if (!values.every(Number.isFinite)) throw new FormatError("the saved network has parameters that are not finite");
  return { options: resolved, epochs, parameters: values };
}

function decode(text: string, count: number, { dtype }: ResolvedNetworkOptions): FloatArray {
  const expected = count * bytesPerElement(dtype);
  let bytes: Uint8Array;
  try {
    bytes = fromBase64(text);
  } catch (cause) {
    throw new FormatError("the saved network is damaged: parameters is no base64", { cause });
  }
  if (bytes.length !== expected) {
    throw new FormatError(
      `the saved network is damaged: parameters has ${bytes.length} bytes; ${count} of ${dtype} take ${expected}`,
    );
  }
  return fromBytes(bytes, dtype);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError("the saved network is no JSON text", { cause });
  }
}
