// A contestant in a Web Worker of its own, started by workers.ts: answers its job with what it computes, "round" with a round.

import { createContestant, runRound } from "../contestant.ts";
import type { ContestantName, Job, Ready, Round } from "../race.ts";

export type Question = readonly [Job, ContestantName] | "round";
export type Answer = { readonly answer: Ready | Round } | { readonly error: string };

let round: () => Round = () => {
  throw new Error("a round without a contestant");
};

function prepare(job: Job, name: ContestantName): Ready {
  const contestant = createContestant(job, name);
  round = () => runRound(contestant, job, name);
  const { evidence, work, parts } = contestant;
  return { evidence, work, parts };
}

addEventListener("message", ({ data }: MessageEvent<Question>) => {
  let answer: Answer;
  try {
    answer = { answer: data === "round" ? round() : prepare(...data) };
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  postMessage(answer);
});
