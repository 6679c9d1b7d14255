// The benchmark in a browser: serves its page, or drives it in browsers of this machine. `npm run bench:page -- --help`
// tells the options.

import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { DTYPES } from "../rows.ts";
import { show } from "../table.ts";
import { BROWSER_NAMES, measureIn } from "./browsers.ts";
import { type PageResult, SECTIONS } from "./run.ts";
import { servePage } from "./serve.ts";

const HELP = `npm run bench:page -- [options]
  --port 8001                             where the page is served, on this machine only
  --browser chromium|firefox|webkit|all   no page to look at: run it in this browser, without a window, and show its tables
With --browser:
  --only training|kernels                 one section
  --dtype f32|f64                         one dtype
  --rows xor,forward                      these workloads and kernels
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
    const { url } = await servePage(Number(values.port));
    console.log(`${url}   (Ctrl-C ends)`);
    return;
  }
  const browser = choose("browser", values.browser, [...BROWSER_NAMES, "all"]);
  const choice = {
    only: choose("only", values.only, SECTIONS),
    dtype: choose("dtype", values.dtype, DTYPES),
    rows: values.rows?.split(","),
    quick: values.quick,
  };
  const cpu = cpus()[0]?.model ?? "unknown"; // a page isn't told
  const results: Record<string, PageResult> = {};
  for (const name of BROWSER_NAMES.filter((name) => browser === "all" || browser === name)) {
    const { machine, ...sections } = await measureIn(name, choice);
    results[name] = { machine: { ...machine, cpu }, ...sections };
    const quick = choice.quick ? ", --quick" : "";
    console.log(`${machine.browser}, ${cpu}, ${machine.date.slice(0, 10)}${quick}\n\n${show(sections)}\n`);
  }
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);
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
