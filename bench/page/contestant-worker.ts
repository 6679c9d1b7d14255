// A contestant in a Web Worker of its own: answers its job with what it computes, "round" with a round.

import { createContestant, runRound } from "../contestant.ts";
import type { ContestantName, Job, Ready, Round } from "../race.ts";

export type Question = readonly [Job, ContestantName] | "round";
export type Answer = { readonly answer: Ready | Round } | { readonly error: string };

let round: () => Round;

function prepare(job: Job, name: ContestantName): Ready {
  const contestant = createContestant(job, name);
  round = () => runRound(contestant, job);
  const { evidence, work } = contestant;
  return { evidence, work };
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
