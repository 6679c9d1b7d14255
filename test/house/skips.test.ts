// A test that is skipped must not look green: whatever it needs is in test/needs.ts, whose list `npm test` ends with.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const folder = fileURLToPath(new URL("../", import.meta.url));

const SKIP = /\b(?:it|test|describe)\.(?:skip|skipIf|runIf|todo|only|fails)\b|(?<!\.)\bskip\(|\bcontext\.skip\(/; // not the skip of a dataset

it("only tests whose requirement is in test/needs.ts are skipped", () => {
  const skipping = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(test|slow)\.ts$/.test(name) && !name.includes("node_modules"))
    .map((name) => ({ name, code: readFileSync(join(folder, name), "utf8") }))
    .filter(({ name, code }) => !name.endsWith("skips.test.ts") && SKIP.test(code));
  expect(skipping.length).toBeGreaterThan(2);
  for (const { name, code } of skipping) {
    expect(code, name).toContain("skippedWithout(");
    expect(
      code.match(new RegExp(SKIP, "g"))!.filter((found) => !found.endsWith(".skipIf")),
      name,
    ).toEqual([]);
  }
});
