// The third implementation, in C and written from assembly/NUMERICS.md: its results for every golden case.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import json from "../../bindings/verify/golden.json" with { type: "json" };
import { skippedWithout } from "../needs.ts";

const golden: Readonly<Record<string, string>> = json;
const FLAGS = [
  "-std=gnu17",
  "-O2",
  "-ffp-contract=off",
  "-Wall",
  "-Wextra",
  "-Wno-missing-field-initializers",
  "-Werror",
];
const SOURCES = ["cases.c", "network.c", "random.c", "elementary.c", "activation.c"];

const folder = mkdtempSync(join(tmpdir(), "bitgrad-third-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Digests by case name. */
function digests(dtype: "f32" | "f64"): Map<string, string> {
  const program = join(folder, dtype);
  const sources = SOURCES.map((name) => fileURLToPath(new URL(name, import.meta.url)));
  const define = dtype === "f32" ? ["-DF32"] : [];
  execFileSync("cc", [...FLAGS, ...define, "-o", program, ...sources, "-lquadmath", "-lm"]);
  const output = execFileSync(program, { maxBuffer: 2 ** 26 });
  const found = new Map<string, string>();
  for (let at = 0; at < output.length; ) {
    const start = output.indexOf("\n", at) + 1;
    const [name, length] = output.toString("ascii", at, start - 1).split("\t") as [string, string];
    at = start + Number(length);
    found.set(name, createHash("sha256").update(output.subarray(start, at)).digest("hex"));
  }
  return found;
}

describe.skipIf(await skippedWithout("cc"))("a third implementation (needs cc: apt-get install gcc libc6-dev)", () => {
  let found = new Map<string, string>();
  beforeAll(() => {
    found = new Map([...digests("f32"), ...digests("f64")]);
  });

  it("computes every golden case and no other", () => {
    expect([...found.keys()].sort()).toEqual(Object.keys(golden).sort());
  });

  it.each(Object.keys(golden))("%s", (name) => {
    expect(found.get(name)).toBe(golden[name]);
  });
});
