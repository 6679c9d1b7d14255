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

type ByBranch = Readonly<Record<string, string>>;
const branches: Readonly<Record<"never taken" | "not needed", ByBranch>> = read("branches.json");
const branchReasons: Readonly<Record<"never taken" | "not needed", ByBranch>> = read("branches-reasons.json");

it.each(["never taken", "not needed"] as const)("has a reason for each branch that is %s, and no other", (kind) => {
  const used = new Set<string>();
  for (const [branch, reason] of Object.entries(branches[kind])) {
    const key = [branch, branch.replace(/ f(?:32|64)$/, "")].find((name) => Object.hasOwn(branchReasons[kind], name));
    expect(branchReasons[kind][key!], branch).toBe(reason);
    used.add(key!);
  }
  expect([...used].sort()).toEqual(Object.keys(branchReasons[kind]).sort());
});

it("lists branches of lines that are still there, nine in ten at least", () => {
  const listed = Object.keys({ ...branches["never taken"], ...branches["not needed"] });
  const there = listed.filter((branch) => {
    const [, file, line] = /^([^:]+): (.*?)(?: \(\d+\))? @ /.exec(branch)!;
    return SOURCES.get(file!)
      ?.split("\n")
      .some((text) => text.trim() === line);
  });
  const message = "assembly/ has changed: `npm run test:branches`, then argue what is new";
  expect(there.length / listed.length, message).toBeGreaterThanOrEqual(0.9);
});
