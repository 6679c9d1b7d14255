// The benchmark in a browser: serves its page, or drives it in browsers of this machine. `npm run bench:page -- --help`
// tells the options.

import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { DTYPES } from "../rows.ts";
import { show } from "../table.ts";
import { WORKLOADS } from "../workloads.ts";
import { BROWSER_NAMES, type BrowserResult, measureFramesIn, measureIn } from "./browsers.ts";
import { SECTIONS } from "./run.ts";
import { servePages } from "./serve.ts";

const HELP = `npm run bench:page -- [options]
  --port 8001                             where the page is served, on this machine only
  --browser chromium|firefox|webkit|all   no page to look at: run it in this browser, without a window, and show its tables
With --browser:
  --only training|kernels|frames          one section
  --dtype f32|f64                         one dtype
  --rows xor,forward                      these workloads and kernels; frames unless told: mlp and tabular in f32
  --quick                                 fewer and shorter rounds: a first impression, no result
  --json file                             everything as JSON, by browser`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8001" },
      browser: { type: "string" },
      only: { type: "string" },
      dtype: { type: "string" },
      rows: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  if (values.browser === undefined) {
    const { url } = await servePages(Number(values.port));
    console.log(`${url}   (Ctrl-C ends)`);
    return;
  }
  const browser = choose("browser", values.browser, [...BROWSER_NAMES, "all"]);
  const only = choose("only", values.only, [...SECTIONS, "frames"] as const);
  const choice = {
    dtype: choose("dtype", values.dtype, DTYPES),
    rows: values.rows?.split(","),
    quick: values.quick,
  };
  const cpu = cpus()[0]?.model ?? "unknown"; // a page isn't told
  const results: Record<string, BrowserResult> = {};
  for (const name of BROWSER_NAMES.filter((name) => browser === "all" || browser === name)) {
    const races = only === "frames" ? undefined : await measureIn(name, { ...choice, only });
    const frames = wantsFrames(only, choice.rows) ? await measureFramesIn(name, choice) : undefined;
    const { machine } = (races ?? frames)!;
    const hidden = (races?.machine.hidden ?? false) || (frames?.machine.hidden ?? false);
    const result = { ...races, ...frames, machine: { ...machine, cpu, hidden } };
    results[name] = result;
    const quick = choice.quick ? ", --quick" : "";
    console.log(`${machine.browser}, ${cpu}, ${machine.date.slice(0, 10)}${quick}\n\n${show(result)}\n`);
  }
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);
}

/** Rows that are told may be of the other sections alone. */
function wantsFrames(only: string | undefined, rows: readonly string[] | undefined): boolean {
  if (only !== undefined) return only === "frames";
  return rows === undefined || WORKLOADS.some(({ name }) => rows.includes(name));
}

function choose<T extends string>(name: string, value: string | undefined, choices: readonly T[]): T | undefined {
  const found = choices.find((choice) => choice === value);
  if (value !== undefined && found === undefined) {
    throw new Error(`--${name} is "${value}"; ${choices.join(", ")} are known`);
  }
  return found;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
