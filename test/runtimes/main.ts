// The golden digests in real runtimes, one after the other: `npx tsx test/runtimes/main.ts [--only node,deno]`, after a
// build. Exit status 1 where a digest differs, a runtime fails, or, with CI=true, one is absent.

import { parseArgs } from "node:util";
import Table from "cli-table3";
import golden from "../../bindings/verify/golden.json" with { type: "json" };
import type { Suite } from "../golden/suite.ts";
import { bun } from "./bun.ts";
import { chromium } from "./chromium.ts";
import { deno } from "./deno.ts";
import { createKit, type Kit } from "./kit.ts";
import { node } from "./node.ts";
import { find, type Runtime } from "./runtime.ts";
import { workerd } from "./workerd.ts";

const RUNTIMES = [node, deno, bun, workerd, chromium];
const ENGINES = "wasm, reference";
const SHOWN = 5; // differences a runtime

interface Row {
  readonly runtime: string;
  readonly version: string;
  readonly engines: string;
  readonly cases: string;
  readonly verdict: "passed" | "failed" | "absent";
  /** What went wrong, or how to install it. */
  readonly notes: readonly string[];
}

function chosen(): Runtime[] {
  const { values } = parseArgs({ options: { only: { type: "string" } } });
  if (values.only === undefined) return RUNTIMES;
  return values.only.split(",").map((name) => {
    const runtime = RUNTIMES.find((known) => known.name === name);
    if (runtime !== undefined) return runtime;
    console.error(`--only knows no "${name}"; known: ${RUNTIMES.map((known) => known.name).join(", ")}`);
    process.exit(2);
  });
}

async function test(runtime: Runtime, kit: Kit): Promise<Row> {
  const found = await find(runtime);
  const row = { runtime: runtime.name, version: found?.version ?? "", engines: "", cases: "" };
  if (found === undefined) return { ...row, verdict: "absent", notes: [`install it: ${runtime.install}`] };
  try {
    const forms = Object.entries(await runtime.run(found.program, kit));
    const suites = forms.flatMap(([form, all]) => all.map((suite) => ({ form, ...suite })));
    const engines = [...new Set(suites.map(({ engine }) => engine))].join(", ");
    if (engines !== ENGINES) throw new Error(`ran on "${engines}"; "${ENGINES}" is expected`);
    const differences = suites.flatMap(differencesOf);
    const count = suites.length * Object.keys(golden).length;
    const hidden = differences.length - SHOWN;
    return {
      ...row,
      engines,
      cases: `${count - differences.length}/${count}`,
      verdict: differences.length === 0 ? "passed" : "failed",
      notes: [...differences.slice(0, SHOWN), ...(hidden > 0 ? [`and ${hidden} more`] : [])],
    };
  } catch (error) {
    return { ...row, verdict: "failed", notes: [error instanceof Error ? error.message : String(error)] };
  }
}

/** Names that are missing or left over on either side count too. */
function differencesOf({ form, entry, engine, digests }: Suite & { form: string }): string[] {
  const expected: Record<string, string> = golden;
  return [...new Set([...Object.keys(expected), ...Object.keys(digests)])]
    .filter((name) => digests[name] !== expected[name])
    .map(
      (name) => `${form}, ${entry}, ${engine}, ${name}: ${show(digests[name])}; ${show(expected[name])} is expected`,
    );
}

/** The start of a digest, or the whole of an error. */
function show(digest = "no digest"): string {
  return digest.replace(/^([0-9a-f]{16})[0-9a-f]{48}$/, "$1…");
}

const runtimes = chosen();
const kit = await createKit();
const rows: Row[] = [];
for (const runtime of runtimes) rows.push(await test(runtime, kit));

const table = new Table({
  head: ["runtime", "version", "engines", "cases", "verdict"],
  style: { head: [], border: [] },
});
for (const row of rows) table.push([row.runtime, row.version, row.engines, row.cases, row.verdict]);
console.log(table.toString());
for (const { runtime, notes } of rows) for (const note of notes) console.log(`${runtime}: ${note}`);

const count = (verdict: Row["verdict"]) => rows.filter((row) => row.verdict === verdict).length;
const failed = count("failed") + (process.env.CI === "true" ? count("absent") : 0);
console.log(`${count("passed")} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
