// The golden digests and checkpoints on real platforms, two at a time, after a build:
//   npx tsx test/runtimes/main.ts                      those that CI gates on
//   npx tsx test/runtimes/main.ts --all [--write]      the whole matrix; --write: the dated table goes to PLATFORMS.md
//   npx tsx test/runtimes/main.ts --only "bun,deno x64" [--write]      some of them; --write renews their lines
// Exit status 1 where a digest or a checkpoint differs, a platform fails or, with CI=true, one that gates is absent.
// What is absent is told at the end, with the line that installs it, and so is what the tests before this one could not
// see.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { arch } from "node:os";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { fingerprint } from "../../bindings/verify/cases.ts";
import golden from "../../bindings/verify/golden.json" with { type: "json" };
import { RESUMPTIONS } from "../golden/checkpoints.ts";
import { isInShare } from "../golden/share.ts";
import type { Suite } from "../golden/suite.ts";
import { unseen } from "../needs.ts";
import { find } from "../support/programs.ts";
import { SLOW } from "../support/slow.ts";
import { browsers } from "./browsers.ts";
import { buns } from "./bun.ts";
import { denos } from "./deno.ts";
import { interpreters } from "./interpreters.ts";
import { createKit, type Kit } from "./kit.ts";
import { nodes } from "./node.ts";
import { type Platform, THREADS } from "./platform.ts";
import { processors } from "./processors.ts";
import { shells } from "./shells.ts";
import { workerd } from "./workerd.ts";

const PLATFORMS: readonly Platform[] = [
  ...nodes,
  ...denos,
  ...buns,
  workerd,
  ...browsers,
  ...shells,
  ...interpreters,
  ...processors,
];
const AT_A_TIME = 2;
const SHOWN = 5; // differences a platform
const SHARES = 3; // into which the reference engine's cases are divided in the fast set
const NAMES = Object.keys(golden);

interface Row {
  readonly platform: string;
  readonly version: string;
  readonly processor: string;
  readonly engines: string;
  readonly cases: string;
  readonly resumed: string;
  readonly fingerprint: string;
  readonly verdict: "passed" | "failed" | "absent";
  readonly seconds: string;
  /** What went wrong. */
  readonly notes: readonly string[];
}

const { values } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    only: { type: "string" },
    write: { type: "boolean", default: false },
  },
});

function chosen(): Platform[] {
  if (values.only === undefined) return PLATFORMS.filter(({ gate }) => gate || values.all);
  return values.only.split(",").flatMap((name) => {
    const found = PLATFORMS.filter((platform) =>
      [platform.name, processorOf(platform), `${platform.name} ${processorOf(platform)}`].includes(name),
    );
    if (found.length > 0) return found;
    const known = new Set(PLATFORMS.flatMap((platform) => [platform.name, processorOf(platform)]));
    console.error(`--only knows no "${name}"; known: ${[...known].join(", ")}`);
    process.exit(2);
  });
}

function processorOf({ processor }: Platform): string {
  return processor ?? arch();
}

async function test(platform: Platform, kit: Kit): Promise<Row> {
  const found = await find(platform);
  const processor = processorOf(platform);
  const row = {
    platform: platform.name,
    version: found?.version ?? "",
    processor,
    engines: "",
    cases: "",
    resumed: "",
    fingerprint: "",
    seconds: "",
  };
  if (found === undefined) return { ...row, verdict: "absent", notes: [] };
  const start = Date.now();
  const seconds = () => ((Date.now() - start) / 1000).toFixed(0);
  try {
    const forms = Object.entries(await platform.run(found.command, kit));
    const suites = forms.flatMap(([form, all]) => all.map((suite) => ({ form, ...suite })));
    const engines = [
      ...new Set(suites.map(({ entry, engine }) => (entry === "bitgrad/threads" ? "2 threads" : engine))),
    ].join(", ");
    const expected = platform.engines ?? THREADS;
    if (engines !== expected) throw new Error(`ran on "${engines}"; "${expected}" is expected`);
    const wrongCases = suites.flatMap(wrongCasesOf);
    const count = sum(suites.map((suite) => namesOf(suite).length));
    const trained = expected === "wasm" ? [] : suites; // interpreters of the module alone write no files
    const trainings = trained.length * RESUMPTIONS.length;
    const wrongTrainings = trained.flatMap(wrongTrainingsOf);
    const differences = [...wrongCases, ...wrongTrainings];
    const hidden = differences.length - SHOWN;
    return {
      ...row,
      engines,
      cases: `${count - wrongCases.length}/${count}`,
      resumed: `${trainings - wrongTrainings.length}/${trainings}`,
      fingerprint: [
        ...new Set(
          suites
            .filter(({ share, names }) => share === undefined && names === undefined)
            .map(({ digests }) => fingerprint(digests).slice(0, 16)),
        ),
      ].join(" "),
      verdict: differences.length === 0 ? "passed" : "failed",
      seconds: seconds(),
      notes: [...differences.slice(0, SHOWN), ...(hidden > 0 ? [`and ${hidden} more`] : [])],
    };
  } catch (error) {
    return {
      ...row,
      verdict: "failed",
      seconds: seconds(),
      notes: [error instanceof Error ? error.message : String(error)],
    };
  }
}

/** The cases that a suite has to run. */
function namesOf({ share, names = NAMES }: Pick<Suite, "share" | "names">): readonly string[] {
  return share === undefined ? names : names.filter((_, n) => isInShare(n, share));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Names that are missing or left over on either side count too. */
function wrongCasesOf({ form, entry, engine, digests, ...suite }: Suite & { form: string }): string[] {
  const expected: Record<string, string> = golden;
  return [...new Set([...namesOf(suite), ...Object.keys(digests)])]
    .filter((name) => digests[name] !== expected[name])
    .map((name) => {
      const [found = "nothing", wanted = "nothing"] = [digests[name], expected[name]];
      return `${form}, ${entry}, ${engine}, ${name}: ${found}; ${wanted} is expected`;
    });
}

function wrongTrainingsOf({ form, entry, engine, resumed = {} }: Suite & { form: string }): string[] {
  return RESUMPTIONS.filter((name) => resumed[name] !== "").map(
    (name) => `${form}, ${entry}, ${engine}, training ${name}: ${resumed[name] ?? "not tried"}`,
  );
}

const HEAD = ["platform", "version", "processor", "engines", "cases", "resumed", "fingerprint", "verdict"];
const cellsOf = (row: Row) => [
  row.platform,
  row.version,
  row.processor,
  row.engines,
  row.cases,
  row.resumed,
  row.fingerprint,
  row.verdict,
];

const PATH = new URL("PLATFORMS.md", import.meta.url);
const lineOf = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;

/** The table's lines, in the order of PLATFORMS: of what ran now, and as they stand of what did not. */
function lines(rows: readonly Row[]): string[] {
  const known = new Map<string, string>();
  for (const line of existsSync(PATH) ? readFileSync(PATH, "utf8").split("\n") : []) {
    const [, ...cells] = line.split("|").map((cell) => cell.trim());
    cells.pop();
    // a line from before there were checkpoints
    if (cells.length === HEAD.length - 1) cells.splice(HEAD.indexOf("resumed"), 0, "not tried");
    known.set(`${cells[0]} ${cells[2]}`, lineOf(cells));
  }
  for (const row of rows) known.set(`${row.platform} ${row.processor}`, lineOf(cellsOf(row)));
  return PLATFORMS.flatMap((platform) => known.get(`${platform.name} ${processorOf(platform)}`) ?? []);
}

function markdown(rows: readonly Row[]): string {
  const all = lines(rows);
  const passed = lineOf(["", fingerprint(golden).slice(0, 16), "passed"]).slice(2);
  return `# Platforms

${new Date().toISOString().slice(0, 10)}, by \`npm run verify:matrix -- --write\`: ${NAMES.length} golden cases on every engine
of every entry and in every form of delivery. "wasm" is WebAssembly with SIMD; "reference" is plain TypeScript. "resumed" counts
trainings that write the very bytes of the [golden checkpoints](../golden/checkpoints.ts), or go on from them, after an epoch and in
the middle of one, to the golden end; interpreters of WebAssembly alone have none. The bare shells (jsc, js102, quickjs) know no
AbortController, so ending fitAsync early is not tried there, and no TextEncoder and TextDecoder, which save and load take:
[shell.ts](shell.ts) stands in for them.

**${conclusion(all.filter((line) => line.endsWith(passed)).length, all.length)}**

${[lineOf(HEAD), lineOf(HEAD.map(() => "---")), ...all].join("\n")}
`;
}

/** What passed has the golden digests, and so their fingerprint. */
function conclusion(passed: number, count: number): string {
  const equal = passed === count ? "All equal" : "NOT all equal";
  return `${equal}: ${passed} of ${count} platforms gave the golden bits, fingerprint ${fingerprint(golden)}.`;
}

/** A line for each way to install something: what it would have shown. */
function unseenLines(unseen: readonly { sees: string; install: string }[]): string[] {
  const ways = [...new Set(unseen.map(({ install }) => install))];
  return ways.map((way) => {
    const names = unseen.filter(({ install }) => install === way).map(({ sees }) => sees);
    return `  ${names.join(", ")}\n    comes with: ${way}`;
  });
}

const platforms = chosen();
const whole = SLOW || values.all || values.write || values.only !== undefined;
const kit = await createKit();
const rows: Row[] = [];
const todo = [...platforms.entries()].reverse(); // the slowest, emulated, first
const work = async () => {
  for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
    const [index, platform] = next;
    rows[index] = await test(platform, whole ? kit.copy() : kit.copy({ index: index % SHARES, of: SHARES }));
  }
};
await Promise.all(Array.from({ length: AT_A_TIME }, work));

const table = new Table({ head: [...HEAD, "seconds"], style: { head: [], border: [] } });
table.push(...rows.map((row) => [...cellsOf(row), row.seconds]));
console.log(table.toString());
for (const { platform, notes } of rows) for (const note of notes) console.log(`${platform}: ${note}`);
if (!whole) {
  console.log(`WebAssembly ran every case, but in the interpreter a third of the trainings. The reference engine, which takes
most of the time, ran a third of the cases on each platform, another third on the next. npm run test:slow runs all of
them everywhere, and so does --only.`);
}
if (values.write) writeFileSync(PATH, markdown(rows));

const count = (verdict: Row["verdict"]) => rows.filter((row) => row.verdict === verdict).length;
const absent = platforms
  .filter((_, index) => rows[index]!.verdict === "absent")
  .map(({ name, processor, install }) => ({ sees: processor === undefined ? name : `${name} ${processor}`, install }));
const strict = process.env.CI === "true" || values.write;
const failed = count("failed") + (strict ? absent.length : 0);
console.log(conclusion(count("passed"), rows.length - (strict ? 0 : absent.length)));
console.log(`${count("passed")} passed, ${failed} failed, ${absent.length} absent`);
const notSeen = [...absent, ...(values.only === undefined ? await unseen() : [])];
if (notSeen.length > 0) console.log(["\nNOT SEEN on this machine:", ...unseenLines(notSeen)].join("\n"));
process.exitCode = failed > 0 ? 1 : 0;
