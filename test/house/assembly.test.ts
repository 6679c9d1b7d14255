// assembly/ has no name that nothing uses. AssemblyScript's compiler does not look for them. TypeScript's does; what
// else it says is of generic operators and static memory, which it does not know.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const UNUSED = /error TS(6133|6138|6192|6196|6198|6199|6205): /;

/** What TypeScript's compiler says of the files in a folder of AssemblyScript. */
async function said(include: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "bitgrad-assembly-"));
  const config = {
    extends: join(root, "node_modules/assemblyscript/std/assembly.json"),
    compilerOptions: { noEmit: true, noUnusedLocals: true, noUnusedParameters: true },
    include: [include],
  };
  try {
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const output = await new Promise<string>((resolve) => {
      const tsc = join(root, "node_modules/typescript/bin/tsc");
      execFile(process.execPath, [tsc, "-p", folder, "--pretty", "false"], (_, stdout) => resolve(stdout));
    });
    return output.split("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it("nothing in assembly/ is unused", async () => {
  expect((await said(join(root, "assembly/*.ts"))).filter((line) => UNUSED.test(line))).toEqual([]);
});

it("something unused would be found", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bitgrad-unused-"));
  try {
    writeFileSync(join(folder, "unused.ts"), "export function f(x: f64): void { const y: f64 = 1; }\n");
    const found = (await said(join(folder, "*.ts"))).filter((line) => UNUSED.test(line));
    expect(found.map((line) => line.match(/'(\w)'/)![1])).toEqual(["x", "y"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
