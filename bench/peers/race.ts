// One workload, all contestants: started and checked one after another, then rounds in rotating order, so that a change of
// the machine's mood meets all.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { median } from "../race.ts";
import type { Workload } from "../workloads.ts";
import { Child, commandLine, type Ready, type Round } from "./child.ts";
import type { Contestant } from "./contestants.ts";
import { type Assignment, assign, type Task } from "./job.ts";
import { judge } from "./judge.ts";
import { differs, type Outcome, type Race } from "./result.ts";

export interface Plan {
  readonly workload: Workload;
  readonly task: Task;
  readonly contestants: readonly Contestant[];
  /** Temporary files. */
  readonly folder: string;
  readonly quick: boolean;
  readonly progress: (what: string) => void;
}

// then a contestant counts as hanging and is killed
const READY_SECONDS = 600; // synaptic needs minutes to be ready for wide
const ROUND_SECONDS = 120;
const END_SECONDS = 10;

interface Runner {
  readonly child: Child;
  readonly rounds: Round[];
  outcome: Outcome;
}

export async function race(plan: Plan): Promise<Race> {
  const { workload, task, contestants, folder, quick, progress } = plan;
  const roundSeconds = quick ? 0.15 : 0.4;
  const jobs = {
    f32: await assign(workload, task, "f32", folder, roundSeconds),
    f64: await assign(workload, task, "f64", folder, roundSeconds),
  };
  const runners: Runner[] = [];
  try {
    for (const contestant of contestants) {
      progress(`${workload.name}, ${task}: ${contestant.name} starts`);
      const assignment = jobs[contestant.dtype](!differs(contestant, { workload: workload.name, task }));
      runners.push(await start(contestant, assignment, folder));
    }
    const running = () => runners.filter(({ outcome }) => isRunning(outcome));
    for (let round = 0; round < (quick ? 3 : 7); round++) {
      progress(`${workload.name}, ${task}: round ${round + 1}`);
      const turns = running();
      for (let turn = 0; turn < turns.length; turn++) {
        const runner = turns[(round + turn) % turns.length]!;
        await attempt(runner, async () => {
          runner.rounds.push(await runner.child.round(ROUND_SECONDS));
        });
      }
    }
    for (const runner of running()) {
      await attempt(runner, async () => {
        const peakBytes = await runner.child.end(END_SECONDS);
        const rate = median(runner.rounds.map(({ samples, seconds }) => samples / seconds));
        const rounds = runner.rounds;
        runner.outcome = { ...runner.outcome, rate, rounds, ...(peakBytes !== undefined && { peakBytes }) };
      });
    }
  } finally {
    for (const { child } of runners) child.kill();
  }
  return { workload: workload.name, task, outcomes: runners.map(({ outcome }) => outcome) };
}

function isRunning({ unsupported, wrong, failed }: Outcome): boolean {
  return unsupported === undefined && wrong === undefined && failed === undefined;
}

async function start(contestant: Contestant, assignment: Assignment, folder: string): Promise<Runner> {
  const { job, expected } = assignment;
  const file = join(folder, "job.json");
  await writeFile(file, JSON.stringify(job));
  const [program, words] = await commandLine(contestant, folder);
  const runner: Runner = {
    child: new Child(program, [...words, file]),
    rounds: [],
    outcome: { contestant: contestant.name },
  };
  await attempt(runner, async () => {
    const ready = await runner.child.answer<Ready>(READY_SECONDS);
    runner.outcome = judge(contestant, job, ready, expected);
  });
  if (!isRunning(runner.outcome)) runner.child.kill();
  return runner;
}

async function attempt(runner: Runner, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    runner.outcome = { ...runner.outcome, failed: error instanceof Error ? error.message : String(error) };
    runner.child.kill();
  }
}
