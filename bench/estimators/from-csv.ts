// From a CSV file to a model: 50,000 rows × 30 columns and a label, 20 epochs of two hidden layers of 64, batches of
// 128 rows, on one thread; bitgrad beside pandas and scikit-learn (Debian's python3-pandas and python3-sklearn), in
// turns.
//   npx tsx bench/estimators/from-csv.ts [--rounds 7] [--json out.json]
// Imports are not timed. Exit status 1 if bitgrad takes more time of the processor than scikit-learn in f64, which is
// its own choice.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { uniform } from "../../test/support/random.ts";

const ROWS = 50_000;
const COLUMNS = 30;

const BITGRAD = `
  import { readFileSync } from "node:fs";
  import { MLPClassifier } from "bitgrad/estimators";
  import { parseCSV } from "bitgrad/tables";
  const [start, used] = [performance.now(), process.cpuUsage()];
  const table = parseCSV(readFileSync(process.argv[1]));
  const read = performance.now();
  const model = new MLPClassifier({ hidden: [64, 64], batchSize: 128, epochs: 20, validationSplit: 0 });
  await model.fit(table, "label");
  const [end, { user, system }] = [performance.now(), process.cpuUsage(used)];
  if (model.network.epochs !== 20) throw new Error("other epochs");
  const accuracy = model.score(table, "label");
  const cpu = (user + system) / 1e6;
  console.log(JSON.stringify({ read: (read - start) / 1000, train: (end - read) / 1000, cpu, accuracy }));
`;

interface Ran {
  readonly read: number;
  readonly train: number;
  /** Of all threads of the process: what a busy machine changes least. */
  readonly cpu: number;
  readonly accuracy: number;
  readonly versions?: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const python = fileURLToPath(new URL("from-csv.py", import.meta.url));
const { values } = parseArgs({ options: { rounds: { type: "string", default: "7" }, json: { type: "string" } } });
const rounds = Number(values.rounds);

const folder = mkdtempSync(join(tmpdir(), "bitgrad-from-csv-"));
const file = join(folder, "table.csv");
writeFileSync(file, table());

const env = { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
const ran = (program: string, ...args: string[]): Ran =>
  JSON.parse(execFileSync(program, args, { cwd: root, env, encoding: "utf8" }));
const CONTESTANTS: Readonly<Record<string, () => Ran>> = {
  bitgrad: () => ran(process.execPath, "--input-type=module", "-e", BITGRAD, file),
  "scikit-learn, f64": () => ran("/usr/bin/python3", python, file, "float64"),
  "scikit-learn, f32": () => ran("/usr/bin/python3", python, file, "float32"),
};

/** A label that a linear model can't tell. */
function table(): string {
  const random = uniform(2463534242);
  const names = Array.from({ length: COLUMNS }, (_, i) => `x${i}`);
  const lines = Array.from({ length: ROWS }, () => {
    const row = names.map(() => random() * 20 - 10);
    const label = row[0]! * row[1]! + 5 * row[2]! + 10 * (random() - 0.5) > 0 ? "yes" : "no";
    return [...row.map((value) => value.toFixed(4)), label].join();
  });
  return `${[...names, "label"].join()}\n${lines.join("\n")}\n`;
}

const found = Object.fromEntries(Object.keys(CONTESTANTS).map((name) => [name, [] as Ran[]]));
try {
  for (let round = 0; round < rounds; round++) {
    const names = Object.keys(CONTESTANTS);
    for (let n = 0; n < names.length; n++) {
      const name = names[(n + round) % names.length]!;
      found[name]!.push(CONTESTANTS[name]!());
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
const rows = Object.entries(found).map(([name, all]) => ({
  contestant: name,
  seconds: median(all.map(({ read, train }) => read + train)),
  read: median(all.map(({ read }) => read)),
  train: median(all.map(({ train }) => train)),
  cpu: median(all.map(({ cpu }) => cpu)),
  accuracy: median(all.map(({ accuracy }) => accuracy)),
}));
console.table(rows);
const { versions } = found["scikit-learn, f64"]![0]!;
const date = new Date().toISOString().slice(0, 10);
const result = { date, node: process.version, cpu: cpus()[0]?.model, versions, rounds, rows };
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
if (rows[0]!.cpu > rows[1]!.cpu) process.exitCode = 1;

function median(numbers: readonly number[]): number {
  return Math.round(numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]! * 1000) / 1000;
}
