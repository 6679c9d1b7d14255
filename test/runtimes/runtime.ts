// What main.ts knows of a runtime, and how its program is found: among the packages of test/runtimes, then on PATH.

import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Suite } from "../golden/suite.ts";
import type { Kit } from "./kit.ts";
import { run } from "./processes.ts";

export interface Runtime {
  readonly name: string;
  /** The line that installs it. */
  readonly install: string;
  /** Where its program may be, best first. */
  candidates(): string[];
  /** Suites by the form in which the library was delivered. */
  run(program: string, kit: Kit): Promise<Record<string, Suite[]>>;
}

export const INSTALL_PACKAGES = "npm ci --prefix test/runtimes";

/** Many times what the slowest takes. */
export const RUN_LIMIT_MS = 120_000;

/** Programs of the platform's packages, `scope/*\/path`: not the launchers, which need install scripts to have run. */
export function inPackages(scope: string, path: string): string[] {
  const folder = fileURLToPath(new URL(`node_modules/${scope}`, import.meta.url));
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => [join(folder, name, path), join(folder, name, `${path}.exe`)]);
}

export function onPath(...names: string[]): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name)));
}

/** The first candidate that can tell its version: a package for another libc or processor can't. */
export async function find(runtime: Runtime): Promise<{ program: string; version: string } | undefined> {
  for (const program of runtime.candidates().filter(existsSync)) {
    const output = await run(program, ["--version"], { limitMs: 20_000 }).catch(() => "");
    const version = /\d[\d.-]*\d/.exec(output)?.[0];
    if (version !== undefined) return { program, version };
  }
  return undefined;
}

/** Runs a command on program.js, which resolves the library itself, in the kit's folder. */
export async function onKit(
  program: string,
  args: readonly string[],
  kit: Kit,
  env: Readonly<Record<string, string>> = {},
): Promise<Record<string, Suite[]>> {
  await kit.bundle("program.ts", "program.js", { as: "bare" });
  const output = await run(program, args, { cwd: kit.folder, env, limitMs: RUN_LIMIT_MS });
  return { package: JSON.parse(output) as Suite[] };
}
