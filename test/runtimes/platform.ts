// What main.ts knows of a platform: an engine of JavaScript in one of its tiers, on one processor. And how its program is
// found: among what test/runtimes has installed, then on PATH.

import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Suite } from "../golden/suite.ts";
import type { Kit } from "./kit.ts";
import { run } from "./processes.ts";

/** A program and the arguments that come first. */
export type Command = readonly string[];

/** Suites by the form in which the library was delivered. */
export type Forms = Record<string, Suite[]>;

export interface Platform {
  readonly name: string;
  /** This machine's unless told. */
  readonly processor?: string;
  /** CI fails where it is absent. */
  readonly gate: boolean;
  /** The line that installs it. */
  readonly install: string;
  /** What it runs on; THREADS unless told. */
  readonly engines?: typeof THREADS | "wasm, reference" | "reference" | "wasm";
  /** How it may be started, best first; the first that tells its version is taken. */
  candidates(): Command[];
  /** What tells its version; the command with `--version` unless told. */
  version?(command: Command): Command;
  run(command: Command, kit: Kit): Promise<Forms>;
}

export const THREADS = "wasm, 2 threads, reference";
export const INSTALL_PACKAGES = "npm ci --prefix test/runtimes";
export const INSTALL_ALL = "bash test/runtimes/install.sh";

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

export function onPath(...names: string[]): Command[] {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names.flatMap((name) => folders.map((folder) => [join(folder, name)]));
}

/** The first candidate that can tell its version: a package for another libc or processor can't. */
export async function find(
  platform: Pick<Platform, "candidates" | "version">,
): Promise<{ command: Command; version: string } | undefined> {
  for (const command of platform.candidates()) {
    if (!existsSync(command[0]!)) continue;
    const [program, ...args] = platform.version?.(command) ?? [...command, "--version"];
    const output = await run(program!, args, { limitMs: 60_000 }).catch(() => "");
    const version = /\d[\d.-]*\d/.exec(output)?.[0];
    if (version !== undefined) return { command, version };
  }
  return undefined;
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
