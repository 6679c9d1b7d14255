// npx tsx test/coverage/branches.ts [--turn] [--again [--also loss.ts,train.ts]]: which branches of assembly/ the
// golden cases take, in both builds. With --turn also whether they need them: each branch that is taken is turned
// round, and some digest must differ. With --again those alone are turned that branches.json lists, and with
// --also all of these files, which have changed since.
// Writes branches.json and ends with 1 where a branch is never taken, or not needed, and branches-reasons.json doesn't
// argue why.

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Build, type Instrumented, instrument, turn } from "./instrument.ts";
import { FOR_THREADS, type Job, Runner } from "./runner.ts";
import { sourcesHash } from "./sources.ts";

const { values } = parseArgs({
  options: { turn: { type: "boolean" }, again: { type: "boolean" }, also: { type: "string" } },
});
const COVER = { cpuSeconds: 200, milliseconds: 3_600_000 };
const path = (name: string) => new URL(name, import.meta.url);
/** By the branch as it is listed. */
const REASONS: Readonly<Record<"never taken" | "not needed", Record<string, string>>> = JSON.parse(
  readFileSync(path("branches-reasons.json"), "utf8"),
);

const runners = { single: new Runner(), threads: new Runner() };
type Covered = Instrumented & { readonly by: ReadonlyMap<number, string[]> };

const lines = new Map<string, string[]>();
function linesOf(file: string): string[] {
  const known = lines.get(file) ?? readFileSync(new URL(`../../${file}`, import.meta.url), "utf8").split("\n");
  lines.set(file, known);
  return known;
}

/**
 * Such as "assembly/random.ts: } while (word > last); @ word > last): false", and the dtype: line numbers would change
 * too often. Of lines with the same text all but the first have a number.
 */
function describe({ conditions }: Instrumented, flag: number): string {
  const { location, dtype } = conditions[flag >> 1]!;
  const [file, line, column] = location.split(":") as [string, string, string];
  const all = linesOf(file).map((text) => text.trim());
  const text = all[Number(line) - 1]!;
  const nth = all.slice(0, Number(line)).filter((other) => other === text).length;
  const at = linesOf(file)
    [Number(line) - 1]!.slice(Number(column), Number(column) + 24)
    .trim();
  return `${file}: ${text}${nth > 1 ? ` (${nth})` : ""} @ ${at}: ${flag % 2 === 1} ${dtype}`.trim();
}

/** By flag the cases that set it, the quickest first. */
async function cover(build: Build): Promise<Covered> {
  const instrumented = instrument(build);
  const { wasm, conditions, flags } = instrumented;
  const job: Job = { build, wasm, cases: "all", flags: { address: flags, count: 2 * conditions.length } };
  const outcome = await runners[build].run(job, COVER);
  if (outcome === undefined || outcome.failed !== undefined) throw new Error(`${build} fails: ${outcome?.failed}`);
  const { taken, milliseconds } = outcome;
  const by = new Map<number, string[]>();
  for (const name of Object.keys(taken).sort((one, other) => milliseconds[one]! - milliseconds[other]!)) {
    for (const flag of taken[name]!) by.set(flag, [...(by.get(flag) ?? []), name]);
  }
  return { ...instrumented, by };
}

const single = await cover("single");
const threads = await cover("threads");

/** Whether it is taken. */
const branches = new Map<string, boolean>();
for (const covered of [single, threads]) {
  for (let flag = 0; flag < 2 * covered.conditions.length; flag++) {
    const branch = describe(covered, flag);
    branches.set(branch, branches.get(branch) === true || covered.by.has(flag));
  }
}
const neverTaken = [...branches].filter(([, taken]) => !taken).map(([branch]) => branch);

/** Whether a digest differs where the branch is turned. */
async function isNeeded(build: Build, covered: Covered, flag: number): Promise<boolean> {
  const all = covered.by.get(flag)!;
  const cases = build === "single" ? all : all.filter((name) => FOR_THREADS.test(name));
  if (cases.length === 0) return false;
  const outcome = await runners[build].run({ build, wasm: turn(covered.wasm, flag), cases });
  return outcome === undefined || outcome.failed !== undefined;
}

const before = values.again ? JSON.parse(readFileSync(path("branches.json"), "utf8")) : undefined;
const also = values.also?.split(",").map((file) => `assembly/${file}: `) ?? [];
if (before !== undefined && before.sources !== sourcesHash() && also.length === 0) {
  throw new Error("the sources have changed: turn all, or say with --also which");
}
const isTurned = (branch: string) =>
  before === undefined ||
  Object.hasOwn({ ...before["not needed"], ...before["never taken"] }, branch) ||
  also.some((file) => branch.startsWith(file));

// first with one thread; those that it doesn't need, and those that it doesn't take, with several
// taken, and not yet seen to be needed; whether that has been tried with threads
const open = new Map<string, boolean>();
let done = false;
async function turnSingle(): Promise<void> {
  const taken = new Set([...single.by.keys()].map((flag) => describe(single, flag)));
  for (const flag of threads.by.keys()) {
    if (!taken.has(describe(threads, flag)) && isTurned(describe(threads, flag))) {
      open.set(describe(threads, flag), false);
    }
  }
  for (const flag of single.by.keys()) {
    if (!isTurned(describe(single, flag))) continue;
    if (!(await isNeeded("single", single, flag))) open.set(describe(single, flag), false);
  }
  done = true;
}
async function turnThreads(): Promise<void> {
  const flags = new Map([...threads.by.keys()].map((flag) => [describe(threads, flag), flag]));
  while (!done || [...open.values()].includes(false)) {
    const branch = [...open].find(([, tried]) => !tried)?.[0];
    if (branch === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
    } else {
      const flag = flags.get(branch);
      open.set(branch, true);
      if (flag === undefined || !(await isNeeded("threads", threads, flag))) console.log(`not needed: ${branch}`);
      else open.delete(branch);
    }
  }
}
const turns = values.turn || values.again;
if (turns) await Promise.all([turnSingle(), turnThreads()]);
const notNeeded = [...open.keys()];
for (const runner of Object.values(runners)) runner.end();

function argued(kind: keyof typeof REASONS, branch: string): string | undefined {
  return REASONS[kind][branch] ?? REASONS[kind][branch.replace(/ f(?:32|64)$/, "")];
}
const listed = (kind: keyof typeof REASONS, all: string[]) =>
  Object.fromEntries(all.map((branch) => [branch, argued(kind, branch) ?? "no reason"]));
const result = {
  sources: sourcesHash(),
  branches: branches.size,
  taken: branches.size - neverTaken.length,
  "never taken": listed("never taken", neverTaken),
  ...(turns && { "not needed": listed("not needed", notNeeded) }),
};
writeFileSync(path(turns ? "branches.json" : "branches-taken.json"), `${JSON.stringify(result, null, 2)}\n`);
const unargued = [
  ...neverTaken.filter((branch) => argued("never taken", branch) === undefined),
  ...notNeeded.filter((branch) => argued("not needed", branch) === undefined),
];
console.log(`${branches.size} branches, ${neverTaken.length} never taken, ${notNeeded.length} not needed`);
for (const branch of unargued) console.error(`without a reason: ${branch}`);
process.exit(unargued.length > 0 ? 1 : 0);
