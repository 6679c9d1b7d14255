// Two implementations of WebAssembly with arithmetic of their own, no JavaScript engine among them: wabt's and
// binaryen's interpreters. They replay what JavaScript does around the module (test/golden/replay.ts): a case counts as
// its golden digest where the hash of all that was computed is the recorded one.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import golden from "../../bindings/verify/golden.json" with { type: "json" };
import { type ReplayScripts, replayScripts } from "../golden/replay.ts";
import { run } from "../support/processes.ts";
import { type Command, INSTALL_ALL, onPath } from "../support/programs.ts";
import type { Kit } from "./kit.ts";
import { type Forms, type Platform, RUN_LIMIT_MS } from "./platform.ts";

const GOLDEN: Readonly<Record<string, string>> = golden;

let prepared: Promise<ReplayScripts> | undefined;

/** The scripts, made once. */
function prepare(kit: Kit): Promise<ReplayScripts> {
  prepared ??= replayScripts(Uint8Array.from(readFileSync(join(kit.folder, "node_modules/bitgrad/dist/bitgrad.wasm"))));
  return prepared;
}

/** Every case has its golden digest where nothing else is said of it. */
function forms(otherwise: ReadonlyMap<string, string>): Forms {
  const digests = Object.fromEntries(
    Object.entries(GOLDEN).map(([name, digest]) => [name, otherwise.get(name) ?? digest]),
  );
  return { replay: [{ entry: "bitgrad.wasm", engine: "wasm", digests }] };
}

/** The case that a line of a script asserts. */
function caseAt(script: string, line: number): string {
  return /invoke "([^"]+)"/.exec(script.split("\n")[line - 1] ?? "")?.[1] ?? `line ${line}`;
}

async function runWabt([program]: Command, kit: Kit): Promise<Forms> {
  const binary = (await prepare(kit)).binary();
  const [path, json] = ["replay.wast", "replay.json"].map((name) => join(kit.folder, name)) as [string, string];
  writeFileSync(path, binary);
  await run(join(dirname(program!), "wast2json"), [path, "-o", json], { limitMs: RUN_LIMIT_MS });
  const script = `"$0" "$1" || true`; // its status says only that something failed
  const output = await run("sh", ["-c", script, program!, json], { limitMs: RUN_LIMIT_MS });
  const failing = [...output.matchAll(/replay\.wast:(\d+): (.*)/g)];
  const [, passed, total] = /(\d+)\/(\d+) tests passed/.exec(output) ?? [];
  if (Number(total) - Number(passed) !== failing.length) throw new Error(output.slice(-2000));
  return forms(new Map(failing.map(([, line, found]) => [caseAt(binary, Number(line)), found!])));
}

async function runBinaryen([program, ...args]: Command, kit: Kit): Promise<Forms> {
  const text = (await prepare(kit)).text();
  const path = join(kit.folder, "replay.wast");
  writeFileSync(path, text);
  const script = `"$@" 2>&1 || true`; // it reports on standard error
  const output = await run("sh", ["-c", script, "sh", program!, ...args, path], { limitMs: RUN_LIMIT_MS });
  const checked = [...output.matchAll(/CHECKING \[line: (\d+)\]/g)].map(([, line]) => caseAt(text, Number(line)));
  const all = Object.keys(GOLDEN).every((name) => checked.includes(name));
  if (output.includes("all checks passed") && all) return forms(new Map());
  // it stops at the first that fails
  const failed = checked.pop() ?? "";
  const reached = new Set(checked);
  const unknown = Object.keys(GOLDEN).filter((name) => !reached.has(name));
  return forms(new Map(unknown.map((name) => [name, name === failed ? output.trim().slice(-200) : "not reached"])));
}

const require = createRequire(import.meta.url);

export const interpreters: readonly Platform[] = [
  {
    name: "wabt interpreter",
    gate: true,
    install: INSTALL_ALL,
    engines: "wasm",
    candidates: () => onPath("spectest-interp"),
    run: runWabt,
  },
  {
    name: "binaryen interpreter",
    gate: false,
    install: "npm ci",
    engines: "wasm",
    candidates: () => [[process.execPath, join(dirname(require.resolve("binaryen")), "bin/wasm-shell")]],
    run: runBinaryen,
  },
];
