// The golden cases: named computations whose SHA-256 must be the same on every engine, runtime and processor. No
// platform API here: the library is passed in, and the input data come from integer arithmetic alone.

import type { EngineName } from "../engine/engine.ts";
import type { DType } from "../numbers.ts";
import { digest as sha256Of } from "../saving/sha256.ts";
import { blockCases, operationCases, singleCases } from "./block-cases.ts";
import { asciiBytes } from "./inputs.ts";
import type { Case, Library } from "./library.ts";
import { optimizerCases } from "./optimizer-cases.ts";
import { initialCases, streamCases } from "./stream-cases.ts";
import { trainingCases } from "./training-cases.ts";

export { xorshift } from "./inputs.ts";
export { type Case, digestOf, type Library } from "./library.ts";

const DTYPES: readonly DType[] = ["f32", "f64"];

/** All cases on one engine of one entry. */
export function* cases(library: Library, engine: EngineName): Generator<Case> {
  for (const dtype of DTYPES) yield* blockCases(library, engine, dtype);
  for (const dtype of DTYPES) yield* operationCases(library, engine, dtype);
  for (const dtype of DTYPES) yield* optimizerCases(library, engine, dtype);
  yield* singleCases(library, engine);
  yield* streamCases(library, engine);
  for (const dtype of DTYPES) {
    yield* initialCases(library, engine, dtype);
    yield* trainingCases(library, engine, dtype);
  }
}

/** SHA-256 of all digests: one number for everything a platform computed. */
export function fingerprint(digests: Readonly<Record<string, string>>): string {
  return sha256Of(
    asciiBytes(
      Object.entries(digests)
        .map(([name, digest]) => `${name} ${digest}\n`)
        .join(""),
    ),
  );
}
