// What the built module must be whatever the compiler does: free of instructions whose result a processor may choose,
// and the same bytes from every build.

import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import binaryen from "assemblyscript/binaryen";
import { afterAll, describe, expect, it } from "vitest";
import { compile, root } from "./compile.ts";

const shipped = readFileSync(join(root, "dist/bitgrad.wasm"));
const folder = mkdtempSync(join(tmpdir(), "bitgrad-guards-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Instructions that let the processor choose: relaxed SIMD. */
function relaxed(module: binaryen.Module): string[] {
  return [...module.emitText().matchAll(/\b[\w.]*relaxed[\w.]*/g)].map(([found]) => found);
}

describe("instructions", () => {
  it("of the shipped module are none that a processor may round as it likes", () => {
    expect(relaxed(binaryen.readBinary(shipped))).toEqual([]);
  });

  it("of that kind are seen where there are some", () => {
    const module = binaryen.parseText(`(module (func (export "f") (param v128 v128 v128) (result v128)
      (f32x4.relaxed_madd (local.get 0) (local.get 1) (local.get 2))))`);
    module.setFeatures(binaryen.Features.All);
    expect(relaxed(binaryen.readBinary(module.emitBinary()))).toContain("f32x4.relaxed_madd");
  });

  it("need no extension of WebAssembly but SIMD and what every engine with SIMD has", () => {
    const module = binaryen.readBinary(shipped);
    const { SIMD128, MutableGlobals, NontrappingFPToInt, SignExt } = binaryen.Features;
    const bulkMemory = binaryen.Features.BulkMemory | 524288; // and its part that memory.copy is in
    const common = bulkMemory | MutableGlobals | NontrappingFPToInt | SignExt;
    module.setFeatures(SIMD128 | common);
    expect(module.validate()).toBe(1);
    // that validation looks is tried on a module of one instruction: of this one it would print thousands of lines
    const small = binaryen.parseText('(module (func (export "f") (result v128) (v128.const i64x2 0 0)))');
    small.setFeatures(common);
    expect(small.validate()).toBe(0);
    small.setFeatures(SIMD128 | common);
    expect(small.validate()).toBe(1);
  });
});

describe("the build", () => {
  it("gives the same bytes in another folder", () => {
    const copy = join(folder, "a folder with another name");
    for (const name of ["assembly", "bindings/catalog/codes.ts", "asconfig.json", "package.json"]) {
      cpSync(join(root, name), join(copy, name), { recursive: true });
    }
    const bytes = compile(copy, join(copy, "again.wasm"), "--target", "release");
    expect(sha256(bytes)).toBe(sha256(shipped));
  });

  it("gives the bytes whose hash is kept in the repository", () => {
    const kept = readFileSync(join(root, "assembly/bitgrad.wasm.sha256"), "utf8");
    const message = "where the sources or the compiler were changed on purpose: npm run golden:write";
    expect(kept, message).toBe(`${sha256(shipped)}  bitgrad.wasm\n`);
  });
});
