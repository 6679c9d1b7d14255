// Bun, and so JavaScriptCore: compiling, and interpreting only.

import { type Command, onPath } from "../support/programs.ts";
import type { Kit } from "./kit.ts";
import { type Forms, INSTALL_PACKAGES, inPackages, onKit, type Platform } from "./platform.ts";

export function runBun(command: Command, kit: Kit, env: Readonly<Record<string, string>> = {}): Promise<Forms> {
  return onKit([...command, "run", "--no-install"], kit, { DO_NOT_TRACK: "1", ...env });
}

function bun(name: string, env: Readonly<Record<string, string>>): Platform {
  return {
    name,
    gate: true,
    install: INSTALL_PACKAGES,
    candidates: () => [...inPackages("@oven", "bin/bun"), ...onPath("bun")],
    run: (command, kit) => runBun(command, kit, env),
  };
}

export const buns = [bun("bun", {}), bun("bun interpreter", { BUN_JSC_useJIT: "0" })];
