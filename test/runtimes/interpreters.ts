// Two implementations of WebAssembly with arithmetic of their own, no JavaScript engine among them: wabt's and
// binaryen's interpreters. They replay what JavaScript does around the module (test/golden/replay.ts): a case counts as
// its golden digest where the hash of all that was computed is the recorded one.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import golden from "../../bindings/verify/golden.json" with { type: "json" };
import { type ReplayScripts, replayScripts } from "../golden/replay.ts";
import { isInShare } from "../golden/share.ts";
import { run } from "../support/processes.ts";
import { type Command, INSTALL_ALL, onPath } from "../support/programs.ts";
import type { Kit } from "./kit.ts";
import { type Forms, type Platform, RUN_LIMIT_MS } from "./platform.ts";

const GOLDEN: Readonly<Record<string, string>> = golden;

interface Prepared {
  readonly names: readonly string[];
  readonly scripts: ReplayScripts;
}

let prepared: Promise<Prepared> | undefined;

/** Made once. Trainings take nearly all of the time: of them, a share. */
function prepare({ folder, share }: Kit): Promise<Prepared> {
  const make = async () => {
    const names = Object.keys(GOLDEN).filter(
      (name, n) => share === undefined || !name.startsWith("training ") || isInShare(n, share),
    );
    const wasm = Uint8Array.from(readFileSync(join(folder, "node_modules/bitgrad/dist/bitgrad.wasm")));
    return { names, scripts: await replayScripts(wasm, new Set(names)) };
  };
  prepared ??= make();
  return prepared;
}

/** Every case has its golden digest where nothing else is said of it. */
function forms(names: readonly string[], otherwise: ReadonlyMap<string, string>): Forms {
  const digests = Object.fromEntries(names.map((name) => [name, otherwise.get(name) ?? GOLDEN[name]!]));
  const isWhole = names.length === Object.keys(GOLDEN).length;
  return { replay: [{ entry: "bitgrad.wasm", engine: "wasm", ...(!isWhole && { names }), digests }] };
}

/** The case that a line of a script asserts. */
function caseAt(script: string, line: number): string {
  return /invoke "([^"]+)"/.exec(script.split("\n")[line - 1] ?? "")?.[1] ?? `line ${line}`;
}

async function runWabt([program]: Command, kit: Kit): Promise<Forms> {
  const { names, scripts } = await prepare(kit);
  const binary = scripts.binary();
  const [path, json] = ["replay.wast", "replay.json"].map((name) => join(kit.folder, name)) as [string, string];
  writeFileSync(path, binary);
  await run(join(dirname(program!), "wast2json"), [path, "-o", json], { limitMs: RUN_LIMIT_MS });
  const script = `"$0" "$1" || true`; // its status says only that something failed
  const output = await run("sh", ["-c", script, program!, json], { limitMs: RUN_LIMIT_MS });
  const failing = [...output.matchAll(/replay\.wast:(\d+): (.*)/g)];
  const [, passed, total] = /(\d+)\/(\d+) tests passed/.exec(output) ?? [];
  if (Number(total) - Number(passed) !== failing.length) throw new Error(output.slice(-2000));
  if (Number(total) < names.length) throw new Error(`only ${total} of ${names.length} cases ran`);
  return forms(names, new Map(failing.map(([, line, found]) => [caseAt(binary, Number(line)), found!])));
}

async function runBinaryen([program, ...args]: Command, kit: Kit): Promise<Forms> {
  const { names, scripts } = await prepare(kit);
  const text = scripts.text();
  const path = join(kit.folder, "replay.wast");
  writeFileSync(path, text);
  const script = `"$@" 2>&1 || true`; // it reports on standard error
  const output = await run("sh", ["-c", script, "sh", program!, ...args, path], { limitMs: RUN_LIMIT_MS });
  const checked = [...output.matchAll(/CHECKING \[line: (\d+)\]/g)].map(([, line]) => caseAt(text, Number(line)));
  const all = names.every((name) => checked.includes(name));
  if (output.includes("all checks passed") && all) return forms(names, new Map());
  // it stops at the first that fails
  const failed = checked.pop() ?? "";
  const reached = new Set(checked);
  const unknown = names.filter((name) => !reached.has(name));
  return forms(
    names,
    new Map(unknown.map((name) => [name, name === failed ? output.trim().slice(-200) : "not reached"])),
  );
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
