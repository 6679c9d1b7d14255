// The benchmark: bitgrad's two engines and plain JavaScript written for speed. `npm run bench -- --help` tells the options.

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { measureSizes } from "../test/support/sizes.ts";
import { measureCalls } from "./calls.ts";
import { commandLineArguments, machine, progress } from "./command-line.ts";
import type { Cycles } from "./cycles.ts";
import type { Matrix } from "./matrix.ts";
import type { Memory } from "./memory.ts";
import { answer, startChild, startProcess } from "./processes.ts";
import { race } from "./race.ts";
import { DTYPES, planRows, type Row, type Section } from "./rows.ts";
import { measureStartUp } from "./start-up.ts";
import { show } from "./table.ts";
import type { ThreadsRow } from "./threads.ts";
import type { TrainerRow } from "./trainers.ts";

const HELP = `npm run bench -- [options]
  --only SECTION                          one of training, trainers, calls, kernels, matrix, threads, start-up, size
  --dtype f32|f64                         one dtype
  --quick                                 fewer and shorter rounds: a first impression, no result
  --json [file]                           everything as JSON, to the file besides the tables, or instead of them`;

const SECTIONS = ["training", "trainers", "calls", "kernels", "matrix", "threads", "start-up", "size"];

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: commandLineArguments(),
    options: {
      only: { type: "string" },
      dtype: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const { only, dtype, quick, json } = values;
  if (values.help) {
    console.log(HELP);
    return;
  }
  checkChoice("only", only, SECTIONS);
  checkChoice("dtype", dtype, DTYPES);
  const wanted = (section: string) => only === undefined || only === section;
  const dtypes = DTYPES.filter((name) => dtype === undefined || name === dtype);

  const races = async (section: Section): Promise<Row[]> => {
    const rows: Row[] = [];
    for (const { label, ...planned } of planRows(section, dtypes)) {
      progress(label.join(" "));
      const timings = await race({ ...planned, quick, clockStepMs: 0 }, label.join(" "), { start: startProcess });
      rows.push({ label, timings });
    }
    return rows;
  };
  const alone = <T>(file: string, what: string): Promise<T> => {
    progress(what);
    return answer<T>(startChild(file, { dtypes, quick }));
  };
  const here = <T>(what: string, measure: (quick: boolean) => Promise<T>): Promise<T> => {
    progress(what);
    return measure(quick);
  };
  const memory = async () => {
    const rows: Memory[] = [];
    for (const dtype of dtypes) rows.push(await answer<Memory>(startChild("memory.ts", dtype, ["--expose-gc"])));
    return rows;
  };
  const cycles = async () => {
    const rows: Cycles[] = [];
    for (const engine of ["wasm", "reference"]) {
      progress(`cycles ${engine}`);
      rows.push(await answer<Cycles>(startChild("cycles.ts", { engine, quick }, ["--expose-gc"])));
    }
    return rows;
  };
  const where = { ...machine(), quick };
  const results = {
    ...(wanted("training") && { training: await races("training") }),
    ...(wanted("trainers") && { trainers: await alone<TrainerRow[]>("trainers.ts", "trainers") }),
    ...(wanted("calls") && { calls: await here("calls", measureCalls) }),
    ...(wanted("kernels") && { kernels: await races("kernels") }),
    ...(wanted("matrix") && { matrix: await alone<Matrix>("matrix.ts", "matrix") }),
    ...(wanted("threads") && { threads: await alone<ThreadsRow[]>("threads.ts", "threads") }),
    ...(wanted("start-up") && { startUp: await here("start-up", measureStartUp) }),
    ...(wanted("size") && { sizes: await measureSizes(), memory: await memory(), cycles: await cycles() }),
  };
  progress("");

  const text = `${JSON.stringify({ machine: where, ...results }, null, 2)}\n`;
  if (json === "") process.stdout.write(text);
  else {
    const { date, cpu, node, v8 } = where;
    console.log(`${cpu}, Node ${node} (V8 ${v8}), ${date.slice(0, 10)}${quick ? ", --quick" : ""}\n\n${show(results)}`);
    if (json !== undefined) await writeFile(json, text);
  }
}

function checkChoice(name: string, value: string | undefined, choices: readonly string[]): void {
  if (value !== undefined && !choices.includes(value)) {
    throw new Error(`--${name} is "${value}"; ${choices.join(", ")} are known`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
