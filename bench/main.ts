// The benchmark: bitgrad's two engines and plain JavaScript written for speed. `npm run bench -- --help` tells the
// options.

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { DType } from "bitgrad";
import { measureSizes } from "../test/support/budgets.ts";
import { measureCalls } from "./calls.ts";
import { choose, command, FLAG, machine, progress, TEXT } from "./command-line.ts";
import { DTYPES, plan, toRow } from "./plan.ts";
import { answer, startChild, startProcess } from "./processes.ts";
import { race } from "./race.ts";
import { type Row, rounded, toJSON } from "./rows.ts";
import { measureStartUp } from "./start-up.ts";
import { measureStreams } from "./streams.ts";
import { show } from "./table.ts";

const HELP = `npm run bench -- [options]
  --only SECTION     training, kernels, tables, trainers, calls, threads, start-up, memory, streams or sizes
  --rows xor,exp     of training and kernels these alone
  --dtype f32|f64    one dtype
  --quick            fewer and shorter rounds: a first impression, no result
  --json FILE        the rows as JSON besides`;

interface Options {
  readonly dtype: DType | undefined;
  readonly dtypes: readonly DType[];
  readonly rows: readonly string[] | undefined;
  readonly quick: boolean;
}

const SECTIONS: Readonly<Record<string, (options: Options) => Promise<Row[]>>> = {
  training: (options) => races("training", options),
  kernels: (options) => races("kernels", options),
  tables: (options) => answer(startChild("encoding.ts", options)),
  trainers: (options) => answer(startChild("trainers.ts", options)),
  calls: ({ quick }) => measureCalls(quick),
  threads: (options) => answer(startChild("threads.ts", options)),
  "start-up": ({ quick }) => measureStartUp(quick),
  memory: ({ dtypes }) => measureMemory(dtypes),
  streams: measureStreams,
  sizes,
};

async function races(section: string, { dtype, rows, quick }: Options): Promise<Row[]> {
  const found: Row[] = [];
  for (const planned of plan({ only: section, dtype, rows })) {
    const { name, ...job } = planned;
    progress(`${name} ${job.dtype}`);
    const rates = await race({ ...job, quick, clockStepMs: 0 }, `${name} ${job.dtype}`, { start: startProcess });
    found.push(toRow(planned, rates));
  }
  return found;
}

async function measureMemory(dtypes: readonly DType[]): Promise<Row[]> {
  const found: Row[] = [];
  for (const dtype of dtypes) found.push(...(await answer<Row[]>(startChild("memory.ts", dtype, ["--expose-gc"]))));
  return found;
}

async function sizes(): Promise<Row[]> {
  return (await measureSizes()).map(({ name, size, sizeLimit }) => {
    const [value, baseline] = [size, sizeLimit].map((count) => rounded(count / 1000));
    return { section: "sizes", name, unit: "KB", value: value!, beside: "its limit", baseline: baseline! };
  });
}

command(async () => {
  const { values } = parseArgs({
    options: { only: TEXT, rows: TEXT, dtype: TEXT, quick: FLAG, json: TEXT, help: FLAG },
  });
  if (values.help) return console.log(HELP);
  const only = choose("only", values.only, Object.keys(SECTIONS));
  const dtype = choose("dtype", values.dtype, DTYPES);
  const { quick } = values;
  const options = { dtype, dtypes: dtype ? [dtype] : DTYPES, rows: values.rows?.split(","), quick };
  const where = { ...machine(), quick };
  const rows: Row[] = [];
  const failures: string[] = [];
  for (const [section, measure] of Object.entries(SECTIONS)) {
    if (only !== undefined && only !== section) continue;
    progress(section);
    try {
      rows.push(...(await measure(options)));
    } catch (error) {
      failures.push(`${section}: ${(error as Error).message}`); // the other sections took a quarter of an hour
    }
  }
  progress("");
  if (rows.length === 0 && failures.length === 0) throw new Error(`no row is called ${values.rows}`);
  const { cpu, node, v8, date } = where;
  console.log(`${cpu}, Node ${node} (V8 ${v8}), ${date.slice(0, 10)}${quick ? ", --quick" : ""}\n${show(rows)}`);
  if (values.json !== undefined) await writeFile(values.json, toJSON(where, rows));
  if (failures.length > 0) throw new Error(`not measured: ${failures.join("; ")}`);
});
