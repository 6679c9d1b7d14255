// How much of `MLPClassifier.fit` is the core: 100,000 rows × 20 columns, two classes, all defaults. V8's profiler
// looks once a millisecond where the thread is; what is in WebAssembly is the core.
//   npx tsx bench/estimators/core.ts [--json out.json]
// Exit status 1 if it is below the limit.

import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { MLPClassifier } from "bitgrad/estimators";
import { uniform } from "../../test/support/random.ts";

const ROWS = 100_000;
const COLUMNS = 20;
const LIMIT = 0.9; // of the table in columns; records have to be read, too
const ROUNDS = 7;

const { values } = parseArgs({ options: { json: { type: "string" } } });

const random = uniform(2463534242);
const names = Array.from({ length: COLUMNS }, (_, i) => `x${i}`);
const table = Object.fromEntries(names.map((name) => [name, Float64Array.from({ length: ROWS }, random)]));
const [a, b, c] = [table.x0!, table.x1!, table.x2!];
const labels = Array.from({ length: ROWS }, (_, s) => (a[s]! * b[s]! + 0.3 * c[s]! > 0.4 ? "yes" : "no"));
const records = labels.map((label, s) => ({ ...Object.fromEntries(names.map((n) => [n, table[n]![s]!])), label }));

/** Milliseconds in all and in WebAssembly. */
async function profile(run: () => Promise<unknown>): Promise<{ total: number; core: number }> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: 1000 });
  await session.post("Profiler.start");
  await run();
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  const inCore = new Set(profile.nodes.filter(({ callFrame }) => callFrame.url.startsWith("wasm")).map(({ id }) => id));
  const isOther = ({ functionName, url }: { functionName: string; url: string }) =>
    functionName === "(idle)" || functionName === "dispatch" || url.startsWith("node:"); // the inspector's
  const others = new Set(profile.nodes.filter(({ callFrame }) => isOther(callFrame)).map(({ id }) => id));
  let [total, core] = [0, 0];
  profile.samples!.forEach((id, n) => {
    const milliseconds = profile.timeDeltas![n]! / 1000;
    if (!others.has(id)) total += milliseconds;
    if (inCore.has(id)) core += milliseconds;
  });
  return { total, core };
}

const WAYS = {
  columns: (model: MLPClassifier) => model.fit(table, labels),
  records: (model: MLPClassifier) => model.fit(records, "label"),
};

const found: Record<string, { seconds: number; core: number }[]> = { columns: [], records: [] };
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, train] of Object.entries(WAYS)) {
    using model = new MLPClassifier();
    const { total, core } = await profile(() => train(model));
    found[name]!.push({ seconds: total / 1000, core: core / total });
  }
}
const rows = Object.entries(found).map(([name, rounds]) => {
  const core = median(rounds.map((one) => one.core));
  const seconds = median(rounds.map((one) => one.seconds));
  return { table: name, rows: ROWS, columns: COLUMNS, seconds: rounded(seconds), core: rounded(core) };
});
console.table(rows);
const date = new Date().toISOString().slice(0, 10);
const result = { date, node: process.version, cpu: cpus()[0]?.model, rounds: ROUNDS, rows };
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
if (rows[0]!.core < LIMIT) process.exitCode = 1;

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
