// The results that the programs of this folder wrote, against the sources of today. The programs take half an hour
// each.

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { SOURCES } from "./sources.ts";

const read = (name: string) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));

interface Verdict {
  readonly change: string;
  readonly line: string;
  readonly caught?: string;
  readonly equivalent?: string;
}
const draws: readonly { readonly changes: readonly Verdict[] }[] = read("mutation.json").draws;
const changes = draws.flatMap((draw) => draw.changes);
const reasons: Readonly<Record<string, string>> = read("equivalent.json");

it("has 300 changes of lines that are still there", () => {
  const there = changes.filter(({ change, line }) => {
    const lines = SOURCES.get(change.split(":")[0]!)?.split("\n") ?? [];
    return lines.some((text) => text.trim() === line);
  });
  const message = "assembly/ has changed: `npm run test:mutation -- --count 320`, then argue what survives";
  expect(there.length, message).toBeGreaterThanOrEqual(300);
});

it("has a golden case that catches each change, or a reason of its own why none can", () => {
  const survivors = changes.filter(({ caught }) => caught === undefined);
  const argued = Object.fromEntries(
    survivors.map(({ change, line, equivalent }) => [`${change} | ${line}`, equivalent]),
  );
  expect(argued).toEqual(reasons);
});
