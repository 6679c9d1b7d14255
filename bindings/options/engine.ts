// The options of the engine: they change how a network computes, not its results.

import { checkChoice, checkFlag, checkReadable, checkWhole, isModule, readNames, show } from "../checks.ts";
import type { EngineOptions } from "../engine/engines.ts";
import { OptionError } from "../errors.ts";

const MAX_THREADS = 64;

/** The names of the options that `load` and `fromJSON` take, too. */
export const LOADED_WITH = ["engine", "module", "threads", "warn", "workerUrl"] as const;

/** A copy of the engine options, each read once. */
export function readEngineOptions(
  options: EngineOptions,
  names: readonly (keyof EngineOptions)[] = LOADED_WITH,
): EngineOptions {
  const read = readNames("options", options, names);
  checkEngine(read);
  return read;
}

export function checkEngine({ engine = "auto", module, threads = 1, warn = true, workerUrl }: EngineOptions): void {
  checkFlag("warn", warn);
  checkReadable("workerUrl", workerUrl);
  const { trustedTypes } = globalThis as { trustedTypes?: { isScriptURL(url: unknown): boolean } };
  const text: unknown = (workerUrl as Partial<URL> | undefined)?.href ?? workerUrl;
  if (workerUrl !== undefined && typeof text !== "string" && !trustedTypes?.isScriptURL(text)) {
    throw new OptionError(`workerUrl is ${show(workerUrl)}; a string or URL is expected`);
  }
  checkChoice("engine", engine, ["auto", "wasm", "reference"]);
  if (module !== undefined && !isModule(module)) {
    throw new OptionError(`module is ${show(module)}; a WebAssembly.Module is expected`);
  }
  if (threads !== "auto") checkWhole("threads", threads, 1, MAX_THREADS);
}
