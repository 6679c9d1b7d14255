// Compiled in other ways, the core gives the same bits: no optimization changes one.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Network, Operations, Optimizer } from "bitgrad";
import { afterAll, describe, expect, it } from "vitest";
import { cases, digestOf, type Library } from "../../bindings/verify/cases.ts";
import golden from "../../bindings/verify/golden.json" with { type: "json" };
import { compile, BARE as OPTIONS, root } from "./compile.ts";

const shipped = readFileSync(join(root, "dist/bitgrad.wasm"));
const folder = mkdtempSync(join(tmpdir(), "bitgrad-compilations-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BARE = ["assembly/index.ts", ...OPTIONS];

describe.each([
  ["-O3", ["-O3", "--noAssert", "--use", "abort="]],
  ["-Oz", ["-Oz", "--noAssert", "--use", "abort="]],
  ["-O3 --converge", ["-O3", "--converge", "--noAssert", "--use", "abort="]],
  ["no optimization, with assertions", ["--debug", "--use", "abort="]],
])("compiled with %s", (name, options) => {
  it("gives the golden digests", async () => {
    const bytes = compile(root, join(folder, `${name.replaceAll(/\W/g, "-")}.wasm`), ...BARE, ...options);
    expect(shipped.equals(bytes)).toBe(false); // else nothing is compared
    const module = new WebAssembly.Module(bytes);
    const library: Library = {
      Network: {
        create: (given) => Network.create({ ...given, module }),
        fromJSON: (saved, given) => Network.fromJSON(saved, { ...given, module }),
        load: (file, given) => Network.load(file, { ...given, module }),
      },
      Operations: { create: (given) => Operations.create({ ...given, module }) },
      Optimizer: {
        create: (given) => Optimizer.create({ ...given, module }),
        fromJSON: (saved, given) => Optimizer.fromJSON(saved, { ...given, module }),
      },
    };
    const digests: Record<string, string> = {};
    for (const { name, compute } of cases(library, "wasm")) digests[name] = await compute().then(digestOf, String);
    expect(digests).toEqual(golden);
  });
});
