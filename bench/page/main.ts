// The benchmark in a browser: serves its page, or drives it in browsers of this machine. `npm run bench:page -- --help`
// tells the options.

import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { choose, command, FLAG, TEXT } from "../command-line.ts";
import { DTYPES, SECTIONS } from "../plan.ts";
import { type Row, toJSON } from "../rows.ts";
import { show } from "../table.ts";
import { BROWSER_NAMES, measureFramesIn, measureIn } from "./browsers.ts";
import { servePages } from "./serve.ts";

const HELP = `npm run bench:page -- [options]
  --port 8001                             where the page is served, on this machine only
  --browser chromium|firefox|webkit|all   no page to look at: run it in this browser, without a window, and show its tables
With --browser:
  --only training|kernels|frames          one section
  --dtype f32|f64                         one dtype, of training and kernels
  --rows xor,forward                      these workloads and kernels; frames unless told: tabular and mlp
  --quick                                 fewer and shorter rounds: a first impression, no result
  --json FILE                             the rows as JSON besides`;

command(async () => {
  const browserOptions = { browser: TEXT, only: TEXT, dtype: TEXT, rows: TEXT, quick: FLAG, json: TEXT };
  const { values } = parseArgs({
    options: { port: { type: "string", default: "8001" }, ...browserOptions, help: FLAG },
  });
  if (values.help) return console.log(HELP);
  if (values.browser === undefined) {
    const { url } = await servePages(Number(values.port));
    console.log(`${url}bench/ and ${url}bench/frames/   (Ctrl-C ends)`);
    return;
  }
  const browser = choose("browser", values.browser, [...BROWSER_NAMES, "all"]);
  const only = choose("only", values.only, [...SECTIONS, "frames"]);
  const { quick } = values;
  const choice = { only, dtype: choose("dtype", values.dtype, DTYPES), rows: values.rows?.split(","), quick };
  const cpu = cpus()[0]?.model ?? "unknown"; // a page isn't told
  const machines: object[] = [];
  const all: (Row & { browser: string })[] = [];
  for (const name of BROWSER_NAMES.filter((name) => browser === "all" || browser === name)) {
    const results = [
      ...(only === "frames" ? [] : [await measureIn(name, choice)]),
      ...(only === "frames" || (only === undefined && choice.rows === undefined)
        ? [await measureFramesIn(name, choice)]
        : []),
    ];
    const rows = results.flatMap(({ rows }) => rows);
    const { machine } = results[0]!;
    machines.push({ ...machine, cpu, hidden: results.some(({ machine }) => machine.hidden) });
    all.push(...rows.map((row) => ({ browser: machine.browser, ...row })));
    console.log(`${machine.browser}, ${cpu}, ${machine.date.slice(0, 10)}${quick ? ", --quick" : ""}\n${show(rows)}\n`);
  }
  if (values.json !== undefined) await writeFile(values.json, toJSON(machines, all));
});
