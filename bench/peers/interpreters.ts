// Programs that are not this folder's: which of them are here.

import { spawnSync } from "node:child_process";

const PYTHONS = ["python3", "/usr/bin/python3"];
const found = new Map<string, string | undefined>();

/** The first Python that can import a module. */
export function pythonWith(module: string): string | undefined {
  if (!found.has(module)) {
    found.set(
      module,
      PYTHONS.find((program) => runs(program, ["-c", `import ${module}`])),
    );
  }
  return found.get(module);
}

export function runs(program: string, words: readonly string[]): boolean {
  return spawnSync(program, words, { stdio: "ignore", timeout: 60_000, killSignal: "SIGKILL" }).status === 0;
}
