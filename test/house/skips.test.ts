// A test that is skipped must not look green: whatever it needs is in test/needs.ts, whose list `npm test` ends with.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { filesIn, root } from "../support/repository.ts";

const SKIP = /\b(?:it|test|describe)\.(?:skip|skipIf|runIf|todo|only|fails)\b|(?<!\.)\bskip\(|\bcontext\.skip\(/; // not the skip of a dataset

it("only tests whose requirement is in test/needs.ts are skipped", () => {
  const skipping = filesIn("test")
    .filter((name) => /\.(test|slow)\.ts$/.test(name))
    .map((name) => ({ name, code: readFileSync(join(root, name), "utf8") }))
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
