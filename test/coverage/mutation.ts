// npx tsx test/coverage/mutation.ts [--seed 1] [--count 300]: random changes of assembly/ against the golden cases.
// Writes them to mutation.json, beside those of other seeds, and ends with 1 where one survives that equivalent.json
// doesn't argue. With --again those of mutation.json that survived are tried on the golden cases of today.

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Build } from "./instrument.ts";
import { again, type Compiled, compile, mutants } from "./mutants.ts";
import { Runner } from "./runner.ts";
import { sourcesHash } from "./sources.ts";

const { values } = parseArgs({
  options: { seed: { type: "string" }, count: { type: "string" }, again: { type: "boolean" } },
});
const seed = Number(values.seed ?? 1);
const count = Number(values.count ?? 300);
const path = (name: string) => new URL(name, import.meta.url);

/** By place and change, why no digest can differ. */
const REASONS: Readonly<Record<string, string>> = JSON.parse(readFileSync(path("equivalent.json"), "utf8"));

interface Verdict {
  readonly change: string;
  readonly line: string;
  /** The case whose digest differs, what was thrown, or "no end"; none: it survives. */
  readonly caught?: string;
  readonly equivalent?: string;
}

const runner = new Runner();
const order: Record<Build, string[]> = { single: [], threads: [] };
for (const build of ["single", "threads"] as const) {
  const outcome = await runner.run({ build, wasm: (await compile(build))! });
  if (outcome === undefined || outcome.failed !== undefined) throw new Error(`unchanged, it fails: ${outcome?.failed}`);
  const { milliseconds } = outcome;
  order[build] = Object.keys(milliseconds).sort((one, other) => milliseconds[one]! - milliseconds[other]!);
}

/** Which case catches it. */
async function caughtBy(mutant: Compiled): Promise<string | undefined> {
  for (const build of ["single", "threads"] as const) {
    const wasm = await mutant.module(build);
    if (wasm === undefined) continue;
    const outcome = await runner.run({ build, wasm, cases: order[build] });
    if (outcome === undefined) return "no end";
    if (outcome.failed !== undefined) return outcome.failed;
  }
  return undefined;
}

interface Draw {
  readonly seed: number;
  /** Their hash, from which it was drawn. */
  readonly sources: string;
  readonly changes: Verdict[];
}
const { draws: before }: { draws: Draw[] } = JSON.parse(readFileSync(path("mutation.json"), "utf8"));
const drawn: Draw = { seed, sources: sourcesHash(), changes: [] };
const draws: Draw[] = values.again
  ? before.map((draw) => ({ ...draw, changes: [] }))
  : [...before.filter((draw) => draw.seed !== seed), drawn];

function judge({ changes }: Draw, change: string, line: string, caught: string | undefined): void {
  const equivalent = caught === undefined ? REASONS[`${change} | ${line}`] : undefined;
  changes.push({
    change,
    line,
    ...(caught !== undefined && { caught }),
    ...(equivalent !== undefined && { equivalent }),
  });
  if (caught === undefined) console.log(`${changes.length}: ${change} | ${line} survives`);
  if (!values.again) write();
}
const write = () => writeFileSync(path("mutation.json"), `${JSON.stringify({ draws }, null, 2)}\n`);

if (values.again) {
  for (const [n, { changes }] of before.entries()) {
    for (const { change, line, caught } of changes) {
      const mutant = caught === undefined ? again(change, line) : undefined;
      judge(draws[n]!, change, line, mutant === undefined ? caught : await caughtBy(mutant));
    }
  }
  write();
} else {
  for await (const mutant of mutants(seed)) {
    const { place, before, after, line } = mutant;
    judge(drawn, `${place}: ${before} → ${after}`, line, await caughtBy(mutant));
    if (drawn.changes.length === count) break;
  }
}
runner.end();

const verdicts = draws.flatMap(({ changes }) => changes);
const caught = verdicts.filter((verdict) => verdict.caught !== undefined);
const open = verdicts.filter(({ caught, equivalent }) => caught === undefined && equivalent === undefined);
console.log(`${verdicts.length} changes, ${caught.length} caught, ${open.length} survive without a reason`);
process.exit(open.length > 0 ? 1 : 0);
