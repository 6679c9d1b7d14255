// npx tsx test/coverage/branches.ts [--turn]: which branches of assembly/ the golden cases take, in both builds. With
// --turn also whether they need them: each branch that one thread takes is turned round, and some digest must differ.
// Writes branches.json and ends with 1 where a branch is never taken, or not needed, and branches-reasons.json doesn't
// argue why.

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Condition, type Instrumented, instrument } from "./instrument.ts";
import { Runner } from "./runner.ts";

const { values } = parseArgs({ options: { turn: { type: "boolean" } } });
const path = (name: string) => new URL(name, import.meta.url);
/** By the branch as it is listed. */
const REASONS: Readonly<Record<"never taken" | "not needed", Record<string, string>>> = JSON.parse(
  readFileSync(path("branches-reasons.json"), "utf8"),
);

const runner = new Runner();

/** Such as "assembly/random.ts: } while (word > last); at word > last, false": line numbers would change too often. */
function describe({ location }: Condition, way: boolean): string {
  const [file, line, column] = location.split(":") as [string, string, string];
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8").split("\n")[Number(line) - 1]!;
  return `${file}: ${text.trim()} @ ${text.slice(Number(column)).slice(0, 24).trim()}: ${way}`;
}

/** By flag the cases that set it, the quickest first. */
async function cover(
  build: "single" | "threads",
): Promise<Instrumented & { readonly by: ReadonlyMap<number, string[]> }> {
  const instrumented = instrument(build);
  const { wasm, conditions, flags } = instrumented;
  const outcome = await runner.run({ build, wasm, flags: { address: flags, count: 2 * conditions.length } });
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

/** By branch, of any dtype that has it, whether it is taken. */
const branches = new Map<string, boolean>();
for (const { conditions, by } of [single, threads]) {
  for (const [n, condition] of conditions.entries()) {
    for (const way of [false, true]) {
      const key = `${describe(condition, way)} ${condition.dtype}`.trim();
      branches.set(key, branches.get(key) === true || by.has(2 * n + Number(way)));
    }
  }
}
const neverTaken = [...branches].filter(([, taken]) => !taken).map(([branch]) => branch);

const notNeeded: string[] = [];
let turned = 0;
if (values.turn) {
  for (const [flag, cases] of single.by) {
    const { wasm, conditions, turned: address } = single;
    const outcome = await runner.run({ build: "single", wasm, cases, turned: { address, value: flag + 1 } });
    turned++;
    if (outcome !== undefined && outcome.failed === undefined) {
      const condition = conditions[flag >> 1]!;
      notNeeded.push(`${describe(condition, flag % 2 === 1)} ${condition.dtype}`.trim());
      console.log(`not needed: ${notNeeded.at(-1)}`);
    }
  }
}
runner.end();

function argued(kind: keyof typeof REASONS, branch: string): string | undefined {
  return REASONS[kind][branch] ?? REASONS[kind][branch.replace(/ f(?:32|64)$/, "")];
}
const listed = (kind: keyof typeof REASONS, all: string[]) =>
  Object.fromEntries(all.map((branch) => [branch, argued(kind, branch) ?? "no reason"]));
const result = {
  branches: branches.size,
  taken: branches.size - neverTaken.length,
  "never taken": listed("never taken", neverTaken),
  ...(values.turn && { turned, caught: turned - notNeeded.length, "not needed": listed("not needed", notNeeded) }),
};
writeFileSync(path(values.turn ? "branches.json" : "branches-taken.json"), `${JSON.stringify(result, null, 2)}\n`);
const open = [
  ...neverTaken.filter((branch) => argued("never taken", branch) === undefined),
  ...notNeeded.filter((branch) => argued("not needed", branch) === undefined),
];
console.log(
  `${branches.size} branches, ${neverTaken.length} never taken; ${turned} turned, ${notNeeded.length} not needed`,
);
for (const branch of open) console.error(`without a reason: ${branch}`);
process.exit(open.length > 0 ? 1 : 0);
