// A program with TensorFlow.js' types compiles with bitgrad/tfjs, which `npm run lint` sees, and with TensorFlow.js.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { skippedWithout } from "../needs.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const program = join(root, "test/tfjs/programs/types.ts");
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

/** What tsc says of the program, with the types of this file as those of "bitgrad/tfjs". */
function compiled(types: string): string {
  expect(existsSync(types), types).toBe(true);
  const folder = mkdtempSync(join(tmpdir(), "bitgrad-types-"));
  const config = join(folder, "tsconfig.json");
  const compilerOptions = {
    paths: { "bitgrad/tfjs": [types] },
    typeRoots: [join(root, "node_modules/@types")],
  };
  writeFileSync(
    config,
    JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, files: [program], include: [] }),
  );
  const { stdout, stderr } = spawnSync(process.execPath, [tsc, "-p", config], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  return stdout + stderr;
}

it("compiles with bitgrad/tfjs", () => {
  expect(compiled(join(root, "dist/tfjs.d.ts"))).toBe("");
}, 60_000);

it.skipIf(await skippedWithout("peers"))(
  "compiles with TensorFlow.js",
  () => {
    expect(compiled(join(root, "bench/peers/node_modules/@tensorflow/tfjs/dist/index.d.ts"))).toBe("");
  },
  60_000,
);
