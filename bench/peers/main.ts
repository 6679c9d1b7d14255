// bitgrad beside its peers. `npm run bench:peers -- --help` tells the options.

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { command, FLAG, machine, progress, TEXT } from "../command-line.ts";
import { inFolder } from "../processes.ts";
import { toJSON } from "../rows.ts";
import { WORKLOADS } from "../workloads.ts";
import { ADOPTERS } from "./adopters.ts";
import { CONTESTANTS, type Contestant, contestantsOf } from "./contestants.ts";
import { type Outcome, race } from "./race.ts";
import { show } from "./table.ts";

const HELP = `npm run bench:peers -- [options]
  --only WORKLOAD      perceptron, xor, tabular, digits, mlp or wide; or adopters, or one of them, such as adopters-head
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
  const all = [...WORKLOADS, ...ADOPTERS];
  const { only, quick } = values;
  const workloads = all.filter(({ name }) => only === undefined || name === only || name.startsWith(`${only}-`));
  if (workloads.length === 0)
    throw new Error(`--only is "${only}"; ${all.map(({ name }) => name).join(", ")} are known`);
  const chosen = chooseContestants(values.peers);
  const where = { ...machine(), quick };
  const outcomes: Outcome[] = [];
  await inFolder(async (folder) => {
    for (const workload of workloads) {
      const contestants = contestantsOf("epochs" in workload ? "adopters" : "articles", chosen);
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
