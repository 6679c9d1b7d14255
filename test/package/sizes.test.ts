// An application pays for what it imports, and not more than .size-limit.json allows. The guide says the same.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { measureSizes } from "../support/budgets.ts";

const sizes = await measureSizes();

it.each(sizes)("$name: $size of $sizeLimit bytes", ({ size, sizeLimit }) => {
  expect(size).toBeGreaterThan(300);
  expect(size).toBeLessThanOrEqual(sizeLimit);
});

describe("the guide", () => {
  const guide = readFileSync(new URL("../../docs/guide.md", import.meta.url), "utf8");
  const rows = [...guide.matchAll(/^\| (`.*?) \|.* (\d+) KB \|$/gm)].flatMap(([, names, size]) =>
    [...names!.matchAll(/`([^`]+)`/g)].map(([, name]) => [name!, Number(size)] as const),
  );

  it("has a row for each entry", () => {
    expect(rows.map(([name]) => name)).toEqual(
      expect.arrayContaining(sizes.map(({ name }) => name).filter((name) => /^bitgrad(\/\w+)?$/.test(name))),
    );
  });

  it.each(rows)("%s: at most %i KB", (name, size) => {
    const { sizeLimit } = sizes.find((other) => other.name === name || other.name.startsWith(`${name} of `))!;
    expect(size).toBe(Math.ceil(sizeLimit / 1000));
  });
});
