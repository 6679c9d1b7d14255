// The saved form of an optimizer: plain JSON with its slots as base64 of their little-endian bytes, guarded by SHA-256.

import { slotCount } from "../catalog/optimizers.ts";
import { checkChoice, checkDType, checkKeys, readJSON } from "../checks.ts";
import type { StepperState } from "../engine/engine.ts";
import { FormatError } from "../errors.ts";
import { bytesPerElement, type DType } from "../numbers.ts";
import { engineOptimizer, type ResolvedOptimizer, resolveOptimizer } from "../options/optimizer.ts";
import { fromBytes, littleEndian, toBase64 } from "../saving/bytes.ts";
import { checkFinite, checkVersion, decode, digestOf, readCounts, VERSION } from "../saving/json.ts";
import { lengthOfShape, type ParameterShape, type ResolvedOptimizerOptions, readParameters } from "./options.ts";

const FORMAT = "bitgrad optimizer";

/** What `toJSON` of an optimizer returns and `fromJSON` takes. */
export interface SavedOptimizer {
  /** What kind of JSON it is. */
  readonly format: "bitgrad optimizer";
  /** The version of the format. */
  readonly version: 1;
  /** The optimizer with all its numbers. */
  readonly optimizer: ResolvedOptimizer;
  /** The type of the numbers that it computes with. */
  readonly dtype: DType;
  /** The arrays that it steps. */
  readonly parameters: readonly ParameterShape[];
  /** How many steps adam, adamw or nadam has taken; 0 for the others. */
  readonly steps: number;
  /** The product of nadam's μ over its steps; 1 for the others. */
  readonly momentumProduct: number;
  /** Base64 of its slots, little-endian: each slot of all arrays. */
  readonly slots: string;
  /** SHA-256 of the rest: the JSON with sorted keys and without `slots`, then the bytes of the slots. */
  readonly sha256: string;
}

/** What a saved optimizer is made of again. */
export interface LoadedOptimizer {
  readonly options: ResolvedOptimizerOptions;
  readonly state: StepperState;
}

export function saveOptimizer({ optimizer, dtype, parameters }: ResolvedOptimizerOptions, state: StepperState) {
  const { slots, steps, momentumProduct } = state;
  const bytes = littleEndian(slots);
  const head = { format: FORMAT, version: VERSION, optimizer, dtype, parameters, steps, momentumProduct } as const;
  return { ...head, slots: toBase64(bytes), sha256: digestOf(head, bytes) } satisfies SavedOptimizer;
}

/** Checks everything before anything is made of it. */
export function loadOptimizer(saved: unknown): LoadedOptimizer {
  return readJSON("the saved optimizer", saved, (json) => {
    checkChoice("format", json.format, [FORMAT]);
    checkVersion(json);
    const own = ["optimizer", "dtype", "parameters", "steps", "momentumProduct", "slots", "sha256"];
    checkKeys("it", json, ["format", "version", ...own]);
    const dtype = checkDType(json.dtype);
    const optimizer = resolveOptimizer(json.optimizer as ResolvedOptimizer, dtype);
    checkKeys("optimizer", json.optimizer, Object.keys(optimizer));
    const parameters = readParameters(json.parameters);
    const counts = readCounts("", json);
    const length = parameters.reduce((sum, { shape }) => sum + lengthOfShape(shape), 0);
    const size = length * slotCount(engineOptimizer(optimizer)) * bytesPerElement(dtype);
    const bytes = decode("slots", json.slots, size, dtype);
    const slots = fromBytes(bytes, dtype);
    const options = { optimizer, dtype, parameters };
    const { sha256 } = saveOptimizer(options, { slots, ...counts });
    if (sha256 !== json.sha256) throw new FormatError(`it is damaged: SHA-256 ${sha256} is expected`);
    checkFinite("slots", slots);
    return { options, state: { slots, ...counts } };
  });
}
