// How much of `MLPClassifier.fit` is the core: 100,000 rows × 20 columns, two classes, all defaults. V8's profiler
// looks once a millisecond where the thread is; what is in WebAssembly is the core.
//   npx tsx bench/estimators/core.ts [--json out.json]
// Exit status 1 if it is below the limit.

import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { parseArgs } from "node:util";
import { MLPClassifier } from "bitgrad/estimators";
import { uniform } from "../../test/support/random.ts";

const ROWS = 100_000;
const COLUMNS = 20;
const LIMIT = 0.9;

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

const rows = [];
for (const [name, train] of [
  ["columns", (model: MLPClassifier) => model.fit(table, labels)],
  ["records", (model: MLPClassifier) => model.fit(records, "label")],
] as const) {
  using model = new MLPClassifier();
  const { total, core } = await profile(() => train(model));
  const { epochs } = model.network;
  const share = core / total;
  rows.push({ table: name, rows: ROWS, columns: COLUMNS, seconds: round(total / 1000), core: round(share), epochs });
  if (share < LIMIT) process.exitCode = 1;
}
console.table(rows);
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ node: process.version, rows }, null, 2)}\n`);

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
