// bitgrad beside its peers. `npm run bench:peers -- --help` tells the options.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { machine, progress } from "../command-line.ts";
import { WORKLOADS } from "../workloads.ts";
import { drawChart } from "./chart.ts";
import { Child } from "./child.ts";
import { CONTESTANTS, type Contestant } from "./contestants.ts";
import type { Task } from "./job.ts";
import { race } from "./race.ts";
import type { Outcome, Race } from "./result.ts";
import { type Result, versionOf } from "./result.ts";
import { measureStarts } from "./start-up.ts";
import { show } from "./table.ts";

const HELP = `npm run bench:peers -- [options]
  --only WORKLOAD      one workload's training; or: inference, start-up
  --peers A,B          contestants whose names contain one of these; bitgrad always runs
  --quick              fewer and shorter rounds: a first impression, no result
  --json FILE          everything as JSON besides (and FILE's .svg, the chart)`;

const INFERENCE: readonly [string, Task][] = [
  ["xor", "predict-one"],
  ["mlp", "predict-batch"],
];
const NAMES = WORKLOADS.map(({ name }) => name);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      peers: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const { only, quick, json } = values;
  if (values.help) {
    console.log(HELP);
    return;
  }
  const sections = [...NAMES, "inference", "start-up"];
  if (only !== undefined && !sections.includes(only)) {
    throw new Error(`--only is "${only}"; ${sections.join(", ")} are known`);
  }
  const wanted = (section: string) => only === undefined || only === section;
  const chosen = chooseContestants(values.peers);
  const reasons = chosen.map(({ available }) => available?.());
  const contestants = chosen.filter((_, n) => reasons[n] === undefined);
  const folder = await mkdtemp(join(tmpdir(), "bitgrad-peers-"));
  const run = (name: string, task: Task) =>
    race({ workload: WORKLOADS.find((w) => w.name === name)!, task, contestants, folder, quick, progress });
  try {
    // first: should a bundle fail, the run ends before its long part
    const starts = wanted("start-up") ? await measureStarts(contestants, folder, quick, progress) : [];
    const training: Race[] = [];
    for (const name of NAMES.filter(wanted)) training.push(await run(name, "train"));
    const inference: Race[] = [];
    if (wanted("inference")) for (const [name, task] of INFERENCE) inference.push(await run(name, task));
    progress("");
    const result: Result = {
      machine: { ...machine(), quick, bareNodeBytes: await bareNodeBytes() },
      contestants: chosen.map((contestant, n) => ({
        name: contestant.name,
        family: contestant.family ?? contestant.name,
        kind: contestant.kind,
        what: contestant.what,
        dtype: contestant.dtype,
        exact: contestant.exact,
        ...(contestant.note !== undefined && { note: contestant.note }),
        ...versionOf(contestant, [...training, ...inference]),
        ...(reasons[n] !== undefined && { missing: reasons[n] }),
      })),
      training,
      inference,
      starts,
    };
    await report(result, json);
    const bad = [...training, ...inference].some(({ outcomes }) => outcomes.some(isBad));
    if (bad) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function chooseContestants(peers: string | undefined): readonly Contestant[] {
  if (peers === undefined) return CONTESTANTS;
  const words = peers.toLowerCase().split(",");
  for (const word of words) {
    if (!CONTESTANTS.some(({ name }) => name.toLowerCase().includes(word))) {
      throw new Error(`--peers has "${word}"; ${CONTESTANTS.map(({ name }) => name).join(", ")} are known`);
    }
  }
  return CONTESTANTS.filter(
    ({ name, kind }) => kind === "bitgrad" || words.some((word) => name.toLowerCase().includes(word)),
  );
}

function isBad({ wrong, failed }: Outcome): boolean {
  return wrong !== undefined || failed !== undefined;
}

async function report(result: Result, json: string | undefined): Promise<void> {
  const text = `${JSON.stringify(result, null, 1)}\n`;
  console.log(show(result));
  if (json === undefined) return;
  await writeFile(json, text);
  if (result.training.length > 0) await writeFile(json.replace(/(\.json)?$/, ".svg"), await drawChart(result));
}

/** Peak memory of a node that does nothing: of a contestant's that is the floor. */
async function bareNodeBytes(): Promise<number> {
  const script = "process.stdin.on('end', () => say(process.resourceUsage().maxRSS * 1024)).resume(); say(0);";
  const say = "const say = (peakBytes) => console.log(JSON.stringify({ peakBytes }));";
  const child = new Child(process.execPath, ["-e", say + script]);
  try {
    await child.answer(10);
    return (await child.end(10))!; // it answers
  } finally {
    child.kill();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
