// What main.ts knows of a platform: an engine of JavaScript in one of its tiers, on one processor.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Suite } from "../golden/suite.ts";
import { run } from "../support/processes.ts";
import type { Command, Program } from "../support/programs.ts";
import type { Kit } from "./kit.ts";

/** Suites by the form in which the library was delivered. */
export type Forms = Record<string, Suite[]>;

export interface Platform extends Program {
  readonly name: string;
  /** This machine's unless told. */
  readonly processor?: string;
  /** CI fails where it is absent. */
  readonly gate: boolean;
  /** The line that installs it. */
  readonly install: string;
  /** What it runs on; THREADS unless told. */
  readonly engines?: typeof THREADS | "wasm, reference" | "reference" | "wasm";
  run(command: Command, kit: Kit): Promise<Forms>;
}

export const THREADS = "wasm, 2 threads, reference";
export const INSTALL_PACKAGES = "npm ci --prefix test/runtimes";

/** Deno on an emulated arm64 takes 34 minutes by itself, and more than 40 beside other work. */
export const RUN_LIMIT_MS = 5_400_000;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Programs of the platform's packages, `scope/*\/path`: not the launchers, which need install scripts to have run. */
export function inPackages(scope: string, path: string): Command[] {
  const folder = here(`node_modules/${scope}`);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => [[join(folder, name, path)], [join(folder, name, `${path}.exe`)]]);
}

/** A path among what install.sh has installed. */
export function installed(path: string): string {
  return here(`installed/${path}`);
}

/** Runs program.js, which resolves the library itself, in the kit's folder. */
export async function onKit(
  [program, ...args]: Command,
  kit: Kit,
  env: Readonly<Record<string, string>> = {},
): Promise<Forms> {
  await kit.bundle("program.ts", "program.js", { as: "bare" });
  const output = await run(program!, [...args, "program.js"], { cwd: kit.folder, env, limitMs: RUN_LIMIT_MS });
  return { package: JSON.parse(output) as Suite[] };
}
