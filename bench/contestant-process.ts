// A contestant in a process of its own, started by processes.ts.

import { createContestant, runRound } from "./contestant.ts";
import type { ContestantName, Job, Ready, Round } from "./race.ts";

const [job, name] = JSON.parse(process.argv[2]!) as [Job, ContestantName];
const contestant = createContestant(job, name);
const { evidence, work } = contestant;

process.on("message", () => process.send!(runRound(contestant, job) satisfies Round));
process.send!({ evidence, work } satisfies Ready);
