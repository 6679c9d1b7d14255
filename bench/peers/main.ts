// bitgrad beside its peers. `npm run bench:peers -- --help` tells the options.

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { choose, command, FLAG, machine, progress, TEXT } from "../command-line.ts";
import { inFolder } from "../processes.ts";
import { toJSON } from "../rows.ts";
import { WORKLOADS } from "../workloads.ts";
import { CONTESTANTS, type Contestant } from "./contestants.ts";
import { type Outcome, race } from "./race.ts";
import { show } from "./table.ts";

const HELP = `npm run bench:peers -- [options]
  --only WORKLOAD      perceptron, xor, tabular, digits, mlp or wide
  --peers A,B          contestants whose names contain one of these; bitgrad always runs
  --quick              fewer and shorter rounds: a first impression, no result
  --json FILE          everything as JSON besides`;

function chooseContestants(peers: string | undefined): readonly Contestant[] {
  const words = peers?.toLowerCase().split(",") ?? [""];
  for (const word of words) {
    if (!CONTESTANTS.some(({ name }) => name.toLowerCase().includes(word))) {
      throw new Error(`--peers has "${word}"; ${CONTESTANTS.map(({ name }) => name).join(", ")} are known`);
    }
  }
  return CONTESTANTS.filter(
    ({ name, kind }) => kind === "bitgrad" || words.some((word) => name.toLowerCase().includes(word)),
  );
}

command(async () => {
  const { values } = parseArgs({ options: { only: TEXT, peers: TEXT, quick: FLAG, json: TEXT, help: FLAG } });
  if (values.help) return console.log(HELP);
  const names = WORKLOADS.map(({ name }) => name);
  const only = choose("only", values.only, names);
  const { quick } = values;
  const contestants = chooseContestants(values.peers);
  const where = { ...machine(), quick };
  const outcomes: Outcome[] = [];
  await inFolder(async (folder) => {
    for (const workload of WORKLOADS.filter(({ name }) => only === undefined || only === name)) {
      outcomes.push(...(await race(workload, contestants, folder, quick, progress)));
    }
  });
  progress("");
  const { cpu, node, date } = where;
  console.log(
    `${cpu}, Node ${node}, one thread each, ${date.slice(0, 10)}${quick ? ", --quick" : ""}\n${show(outcomes)}`,
  );
  if (values.json !== undefined) await writeFile(values.json, toJSON(where, outcomes));
  if (outcomes.some(({ wrong, failed }) => wrong !== undefined || failed !== undefined)) process.exitCode = 1;
});
