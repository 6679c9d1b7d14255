// Bare engines: the shells of JavaScriptCore and SpiderMonkey, older than the ones in browsers and Bun, and QuickJS, an
// interpreter without WebAssembly.

import { fileURLToPath } from "node:url";
import type { Suite } from "../golden/suite.ts";
import { run } from "../support/processes.ts";
import { type Command, INSTALL_ALL, onPath } from "../support/programs.ts";
import type { Kit } from "./kit.ts";
import { type Forms, type Platform, RUN_LIMIT_MS } from "./platform.ts";

async function onShell(
  [program, ...args]: Command,
  kit: Kit,
  env: Readonly<Record<string, string>> = {},
): Promise<Forms> {
  await kit.bundle("shell.ts", "shell.js", { as: "bundled", conditions: ["browser", "module"] });
  const output = await run(program!, [...args, "shell.js"], { cwd: kit.folder, env, limitMs: RUN_LIMIT_MS });
  if (!output.startsWith("[")) throw new Error(output); // what the script threw
  return { script: JSON.parse(output) as Suite[] };
}

function jsc(
  name: string,
  env: Readonly<Record<string, string>>,
  engines: Platform["engines"] = "wasm, reference",
): Platform {
  return {
    engines,
    name,
    gate: false,
    install: INSTALL_ALL,
    candidates: () => onPath("jsc"),
    version: () => ["sh", "-c", "dpkg-query --show libjavascriptcoregtk-4.0-bin | cut -f2"], // the shell doesn't tell
    run: (command, kit) => onShell(command, kit, env),
  };
}

function spiderMonkey(tier: string): Platform {
  return {
    name: `js102 ${tier}`,
    gate: false,
    engines: "wasm, reference",
    install: INSTALL_ALL,
    candidates: () => onPath("js102"),
    run: (command, kit) => onShell([...command, `--wasm-compiler=${tier}`], kit),
  };
}

const HOST = fileURLToPath(new URL("quickjs.ts", import.meta.url));

const quickjs: Platform = {
  name: "quickjs",
  gate: false,
  install: "npm ci",
  engines: "reference",
  candidates: () => [[process.execPath, "--import", import.meta.resolve("tsx"), HOST]],
  run: (command, kit) => onShell(command, kit),
};

// glibc then shows no FMA: this engine's own Math.exp gives other bits
const WITHOUT_FMA = "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX2_Usable,-FMA_Usable,-AVX512F";

export const shells = [
  jsc("jsc", {}),
  jsc("jsc baseline", { JSC_useOMGJIT: "0" }),
  jsc("jsc interpreter", { JSC_useJIT: "0" }, "reference"), // its WebAssembly then has no SIMD
  jsc("jsc without FMA", { GLIBC_TUNABLES: WITHOUT_FMA }),
  spiderMonkey("baseline"),
  spiderMonkey("optimizing"),
  quickjs,
];
