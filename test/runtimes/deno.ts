// Deno: without any permission, which the library needs none of.

import { type Command, onPath } from "../support/programs.ts";
import type { Kit } from "./kit.ts";
import { type Forms, INSTALL_PACKAGES, inPackages, onKit, type Platform } from "./platform.ts";

const FLAGS = ["run", "--node-modules-dir=manual", "--no-lock", "--no-remote", "--no-prompt"];

export function runDeno(command: Command, kit: Kit, v8: readonly string[] = []): Promise<Forms> {
  return onKit([...command, ...FLAGS, ...v8], kit, {
    DENO_DIR: kit.folder,
    DENO_NO_UPDATE_CHECK: "1",
  });
}

function deno(name: string, v8: readonly string[], gate: boolean): Platform {
  return {
    name,
    gate,
    install: INSTALL_PACKAGES,
    candidates: () => [...inPackages("@deno", "deno"), ...onPath("deno")],
    run: (command, kit) => runDeno(command, kit, v8),
  };
}

export const denos = [
  deno("deno", [], true),
  deno("deno baseline", ["--v8-flags=--liftoff-only"], false),
  deno("deno optimizing", ["--v8-flags=--no-liftoff"], false),
];
