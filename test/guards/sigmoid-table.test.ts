// The f32 sigmoid by table is the one of elementary.ts (which test/exhaustive
// compares with oracles): for every input up to ±33, a little further than the table goes.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { BARE, compile, root } from "./compile.ts";

const folder = mkdtempSync(join(tmpdir(), "bitgrad-sigmoid-table-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BITS_OF_33 = 0x42040000;
const SOURCE = "test/guards/assembly/sigmoid-table.ts";

it.each([
  ["0", "33", 0],
  ["−0", "−33", 0x80000000],
])("from %s to %s no bit differs", (_from, _to, first) => {
  const bytes = compile(root, join(folder, "table.wasm"), SOURCE, ...BARE, "-O3", "--noAssert", "--use", "abort=");
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { differences } = exports as { differences: (first: number, count: number) => number };
  expect(differences(first, BITS_OF_33)).toBe(0);
});
