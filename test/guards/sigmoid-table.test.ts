// The f32 sigmoid by table is the one of elementary.ts (which test/exhaustive compares with oracles): for inputs up to
// ±33, a little further than the table goes. The slow set tries all 2.2 billion, the fast one every 63rd stretch of
// them.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { howMany } from "../support/slow.ts";
import { BARE, compile, root } from "./compile.ts";

const folder = mkdtempSync(join(tmpdir(), "bitgrad-sigmoid-table-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BITS_OF_33 = 0x42040000;
const SOURCE = "test/guards/assembly/sigmoid-table.ts";
const STRETCH = 2 ** 15; // 256 of them from a power of two to the next
const EVERY = howMany(1, 127); // odd, so that the stretches of another power are others

it.each([
  ["0", "33", 0],
  ["−0", "−33", 0x80000000],
])("from %s to %s no bit differs", async (_from, _to, first) => {
  const bytes = compile(root, join(folder, "table.wasm"), SOURCE, ...BARE, "-O3", "--noAssert", "--use", "abort=");
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { differences } = exports as { differences: (first: number, count: number) => number };
  const stretches = BITS_OF_33 / STRETCH;
  for (let n = 0; n < stretches; n++) {
    if (n % EVERY !== 0 && n !== stretches - 1) continue;
    expect(differences(first + n * STRETCH, STRETCH), `from the bits ${first + n * STRETCH}`).toBe(0);
    if (n % 1024 === 0) await setImmediate(); // vitest asks how the worker is
  }
});
