// The saved form of a network: plain JSON with the parameters as base64 of their little-endian bytes, guarded by
// SHA-256. Also the checks that it shares with the binary form, file.ts.

import type { FloatArray } from "../arrays.ts";
import { countParameters, layerShapes, type Sizes } from "../catalog/layers.ts";
import { slotCount } from "../catalog/optimizers.ts";
import { checkAmount, checkChoice, checkKeys, checkWhole, counted, hasOwn, readJSON, show } from "../checks.ts";
import type { ModelState } from "../engine/engine.ts";
import { FormatError, OutOfMemoryError } from "../errors.ts";
import { allFinite, bytesPerElement, type DType, floatArray } from "../numbers.ts";
import { NETWORK_NAMES, type ResolvedNetworkOptions, resolveNetworkOptions } from "../options/network.ts";
import { engineOptimizer } from "../options/optimizer.ts";
import { fillFromBytes, fromBase64, littleEndian, toBase64 } from "./bytes.ts";
import { loadPlateau, type SavedPlateau, savePlateau } from "./saved-plateau.ts";
import { digest } from "./sha256.ts";
import type { Saved } from "./state.ts";

export const VERSION = 1; // of both forms
const MAX_TEXT = 500_000_000; // characters: V8 has strings of 536 million, and all else must fit beside

/** What `toJSON` returns and `fromJSON` takes. */
export interface SavedNetwork extends ResolvedNetworkOptions {
  /** What kind of JSON it is. */
  readonly format: "bitgrad";
  /** The version of the format. */
  readonly version: 1;
  /** How many epochs the network has finished; the next shuffle continues from there. */
  readonly epochs: number;
  /** The state of the plateau schedule, if the last training had one. */
  readonly plateau?: SavedPlateau;
  /** Base64 of all parameters, little-endian: each layer's weights (row-major), then its biases. */
  readonly parameters: string;
  /** SHA-256 of the parameters' bytes. */
  readonly digest: string;
  /** The optimizer's state, if it has slots. */
  readonly memory?: {
    /** How many steps adam, adamw or nadam has taken; 0 for the others. */
    readonly steps: number;
    /** The product of nadam's μ over its steps; 1 for the others. */
    readonly momentumProduct: number;
    /** Its slots, in the form of `parameters`. */
    readonly slots: string;
  };
  /**
   * SHA-256 of the rest: the JSON with sorted keys and without `parameters` and `slots`, then the bytes of the slots.
   */
  readonly sha256: string;
}

/** Refuses a network whose JSON text would be longer than a string can be, before it is built. */
export function checkTextSize({ inputs, layers, dtype, optimizer }: ResolvedNetworkOptions): void {
  const bytes = countParameters(inputs, layers) * (1 + slotCount(engineOptimizer(optimizer))) * bytesPerElement(dtype);
  const characters = Math.ceil(bytes / 3) * 4;
  if (characters <= MAX_TEXT) return;
  throw new OutOfMemoryError(
    `toJSON would give ${characters} characters; at most ${MAX_TEXT} fit into a text; save gives the network as a file`,
  );
}

export function save(contents: Saved): SavedNetwork {
  const { options, epochs, state, plateau } = contents;
  const { steps, momentumProduct } = state;
  const [parameters, slots] = partsOf(contents);
  const known = plateau === undefined ? options : { ...options, plateau: savePlateau(plateau) };
  const sums = sumsOf({ ...contents, options: known }, parameters, slots);
  return {
    format: "bitgrad",
    version: VERSION,
    ...known,
    epochs,
    parameters: toBase64(parameters),
    digest: sums.digest,
    ...(slots.length > 0 && { memory: { steps, momentumProduct, slots: toBase64(slots) } }),
    sha256: sums.sha256,
  };
}

/** Checks everything before anything is made of it. */
export function load(saved: unknown): Saved {
  return readJSON("the saved network", saved, (json) => {
    checkChoice("format", json.format, ["bitgrad"]);
    if (!hasOwn(json, "sha256")) {
      throw new FormatError('it has no "sha256" of all that is in it: it is cut short, or older than that');
    }
    const { options, epochs, plateau } = readHead(json, ["format", "parameters", "digest", "sha256"], ["memory"]);
    const { memory } = json as Partial<SavedNetwork>;
    const count = countParameters(options.inputs, options.layers);
    const slots = count * slotCount(engineOptimizer(options.optimizer));
    if (slots > 0) checkKeys("memory", memory, ["steps", "momentumProduct", "slots"]);
    else if (memory !== undefined) throw new FormatError(`memory is ${show(memory)}; its optimizer has none`);
    const given = memory ?? { steps: 0, momentumProduct: 1, slots: "" };
    const { steps, momentumProduct } = given;
    const size = bytesPerElement(options.dtype);
    const parts = [
      decode("parameters", json.parameters, count * size, options.dtype),
      decode("memory.slots", given.slots, slots * size, options.dtype),
    ] as const;
    const values = floatArray(options.dtype, count + slots);
    fillFromBytes(values, parts);
    const state = { values, ...readCounts("memory.", { steps, momentumProduct }) };
    const contents = { options, epochs, state, plateau };
    const known = plateau === undefined ? options : { ...options, plateau: savePlateau(plateau) };
    checkSums(json, sumsOf({ ...contents, options: known }, ...parts));
    checkFinite("parameters", values.subarray(0, count));
    checkFinite("memory.slots", values.subarray(count));
    return contents;
  });
}

/** The bytes of the parameters and of the slots. */
function partsOf({ options: { inputs, layers }, state: { values } }: Saved) {
  const count = countParameters(inputs, layers);
  return [littleEndian(values.subarray(0, count)), littleEndian(values.subarray(count))] as const;
}

/** `options`: with what else is beside them in JSON. */
export function sumsOf({ options, epochs, state }: Saved, parameters: Uint8Array, slots: Uint8Array) {
  const { steps, momentumProduct } = slots.length > 0 ? state : { steps: 0, momentumProduct: 1 };
  const sum = digest(parameters);
  const head = { format: "bitgrad", version: VERSION, ...options, epochs, digest: sum, steps, momentumProduct };
  return { digest: sum, sha256: digestOf(head, slots) };
}

/** SHA-256 of JSON, with sorted keys, and of bytes behind it. */
export function digestOf(json: object, bytes: Uint8Array): string {
  return digest([asciiBytes(sortedJSON(json)), bytes]);
}

export function checkSums(json: Record<string, unknown>, sums: ReturnType<typeof sumsOf>): void {
  for (const [key, sum] of Object.entries(sums)) {
    if (sum === json[key]) continue;
    throw new FormatError(`it is damaged: ${key} is ${show(json[key])}; SHA-256 ${sum} is expected`);
  }
}

/** JSON that is the same whatever order keys are in: a database may change that. */
function sortedJSON(value: unknown): string {
  if (typeof value === "number" && Number.isFinite(value)) return `${value}`; // faster, as is what follows
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  let text = "";
  if (Array.isArray(value)) {
    for (const member of value) text += `${text && ","}${sortedJSON(member)}`;
    return `[${text}]`;
  }
  for (const key of Object.keys(value).sort()) {
    text += `${text && ","}${JSON.stringify(key)}:${sortedJSON((value as Record<string, unknown>)[key])}`;
  }
  return `{${text}}`;
}

/** The bytes of a JSON text, escaped where it is no ASCII. */
function asciiBytes(json: string): Uint8Array {
  const text = json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export function checkVersion({ version }: Record<string, unknown>): void {
  if (version === VERSION) return;
  throw new FormatError(`version is ${show(version)}; this release of bitgrad reads version ${VERSION}`);
}

/** What both saved forms have, once their keys are checked; `own` and `optional` are those of one of them. */
export function readHead(json: Record<string, unknown>, own: readonly string[], optional: readonly string[]) {
  checkVersion(json);
  checkKeys("it", json, ["version", ...NETWORK_NAMES, "epochs", ...own], ["encoders", "plateau", ...optional]);
  const given = Object.fromEntries([...NETWORK_NAMES, "encoders"].map((key) => [key, json[key]]));
  const options = resolveNetworkOptions(given as unknown as ResolvedNetworkOptions, true);
  checkKeys("optimizer", given.optimizer, Object.keys(options.optimizer));
  const epochs = checkWhole("epochs", json.epochs, 0, 2 ** 32 - 1);
  return { options, epochs, plateau: loadPlateau(json.plateau, options.dtype) };
}

/** What a state has beside its values. */
export function readCounts(
  prefix: string,
  { steps, momentumProduct }: { readonly steps?: unknown; readonly momentumProduct?: unknown },
): Omit<ModelState, "values"> {
  return {
    steps: checkWhole(`${prefix}steps`, steps, 0, Number.MAX_SAFE_INTEGER),
    momentumProduct: checkAmount(`${prefix}momentumProduct`, momentumProduct),
  };
}

export function checkFinite(name: string, values: FloatArray): FloatArray {
  if (allFinite(values)) return values;
  const n = values.findIndex((value) => !Number.isFinite(value));
  throw new FormatError(`${name}[${n}] is ${values[n]}; finite numbers are expected`);
}

export function decode(name: string, text: unknown, length: number, dtype: DType): Uint8Array<ArrayBuffer> {
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  try {
    if (typeof text === "string" && text.length === Math.ceil(length / 3) * 4) bytes = fromBase64(text);
  } catch {
    // there are no bytes then
  }
  // the last characters may have bits that belong to no byte
  if (bytes?.length !== length || toBase64(bytes.subarray(length - (length % 3 || 3))) !== (text as string).slice(-4)) {
    const count = length / bytesPerElement(dtype);
    throw new FormatError(`${name} is ${show(text)}; base64 of ${counted(count, "number")} of ${dtype} is expected`);
  }
  return bytes;
}

/** Names and shapes of the parameters' tensors in a file, in the order of their values. */
export function parameterTensors(sizes: Sizes): { name: string; shape: readonly number[] }[] {
  return layerShapes(sizes).flatMap(({ parameters }, l) =>
    parameters.map(({ name, shape }) => ({ name: `layers.${l}.${name}`, shape })),
  );
}
