// The entry "bitgrad/verify": whether this platform gives the bits that every platform must give. It imports the
// library by its name, so that what is verified is what an application gets.

import * as bitgrad from "bitgrad";
import { checkNoMore } from "./checks.ts";
import { type Report, runVerification, type VerifyOptions } from "./verify/report.ts";

export type { EngineName } from "./engine/engine.ts";
export type { Contrast } from "./verify/contrast.ts";
export type { Platform } from "./verify/platform.ts";
export type { EngineReport, Failure, Group, Report, VerifyOptions } from "./verify/report.ts";

/** From package.json, by the build. */
declare const BITGRAD_VERSION: string;

/**
 * Runs the golden cases on both engines and compares their SHA-256 with those that every platform must give; then
 * counts, for contrast, how many results of the platform's own `Math` functions are not the nearest number. Takes some
 * seconds, in short turns: a page stays alive.
 *
 * @example
 * ```ts
 * import { verify } from "bitgrad/verify";
 *
 * const { passed, goldenFingerprint, engines } = await verify();
 * for (const { engine, fingerprint } of engines) console.log(engine, fingerprint === goldenFingerprint);
 * ```
 */
export async function verify(options: VerifyOptions = {}, ...more: []): Promise<Report> {
  checkNoMore("verify", more);
  return runVerification(BITGRAD_VERSION, bitgrad, options);
}
