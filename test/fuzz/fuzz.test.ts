// Sequences of calls, seeded: both engines in lockstep, with hostile arguments. A thousand with the suite; the slow
// set:
//   FUZZ=100000 npx vitest run test/fuzz                                  SEED=n begins elsewhere
//   BITGRAD_GUARDS=1 npx tsx bindings/build.ts && BITGRAD_GUARDS=1 FUZZ=10000 npx vitest run test/fuzz

import fc from "fast-check";
import { it } from "vitest";
import { lockstep, sequences } from "./lockstep.ts";

const { FUZZ: runs = 1000, SEED: seed = 17 } = process.env;

it(
  `${runs} sequences of calls from seed ${seed}: every outcome is the same on both engines`,
  async () => {
    await fc.assert(fc.asyncProperty(sequences, lockstep), { numRuns: Number(runs), seed: Number(seed) });
  },
  60_000 + Number(runs) * 100,
);
