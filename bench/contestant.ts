// One contestant of a row: it shows what it computes, then runs a round each time it is told to. It is always alone, in
// a process (processes.ts) or a Web Worker (page/contestant-worker.ts), because engines slow plain JavaScript down
// otherwise: in V8, loops that saw both float arrays get general code, and one WebAssembly memory that grew detaches a
// buffer, after which every typed array access anywhere checks for that.

import { KERNELS, prepareKernel } from "./kernels.ts";
import type { Contestant, ContestantName, Job, Round } from "./race.ts";
import { prepareTraining } from "./training.ts";
import { WORKLOADS } from "./workloads.ts";

export function createContestant(job: Job, name: ContestantName): Contestant {
  const { section, index, dtype, quick, clockStepMs } = job;
  return section === "training"
    ? prepareTraining(WORKLOADS[index]!, dtype, name, quick)
    : prepareKernel(KERNELS[index]!, dtype, name, quick, clockStepMs);
}

export function runRound({ prepare, run }: Contestant, { quick }: Job): Round {
  prepare();
  run(); // the others' turns have taken the caches
  const milliseconds: Round = [];
  const end = performance.now() + (quick ? 60 : 200);
  while (milliseconds.length < (quick ? 1 : 2) || performance.now() < end) {
    prepare();
    const start = performance.now();
    run();
    milliseconds.push(performance.now() - start);
  }
  return milliseconds;
}
