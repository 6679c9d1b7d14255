// Bun, and so JavaScriptCore: compiling, and interpreting only.

import { type Command, onPath } from "../support/programs.ts";
import type { Kit } from "./kit.ts";
import { type Forms, INSTALL_PACKAGES, inPackages, onKit, type Platform } from "./platform.ts";

export function runBun(command: Command, kit: Kit, interpreting = false): Promise<Forms> {
  const env = { DO_NOT_TRACK: "1", ...(interpreting && { BUN_JSC_useJIT: "0" }) };
  return onKit([...command, "run", "--no-install"], kit, env);
}

function bun(name: string, interpreting: boolean): Platform {
  return {
    name,
    gate: true,
    install: INSTALL_PACKAGES,
    candidates: () => [...inPackages("@oven", "bin/bun"), ...onPath("bun")],
    run: (command, kit) => runBun(command, kit, interpreting),
  };
}

export const buns = [bun("bun", false), bun("bun interpreter", true)];
