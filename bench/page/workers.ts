// The page's part of a race: contestants in Web Workers of their own, all ended when the signal says so.

import type { ContestantName, Job, Ready, Round, Runner } from "../race.ts";
import type { Answer, Question } from "./contestant-worker.ts";

export async function startWorker(job: Job, name: ContestantName, signal: AbortSignal): Promise<Runner> {
  signal.throwIfAborted();
  const worker = new Worker("contestant-worker.js", { type: "module" });
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  const ask = (question: Question) => {
    const answered = new Promise<Ready | Round>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Answer>) =>
        "error" in data ? reject(new Error(`${name}: ${data.error}`)) : resolve(data.answer);
      worker.onerror = ({ message }) => reject(new Error(`${name}: ${message || "its script can't be loaded"}`));
    });
    worker.postMessage(question);
    return Promise.race([answered, stopped]);
  };
  try {
    return {
      ready: (await ask([job, name])) as Ready,
      round: () => ask("round") as Promise<Round>,
      stop: () => worker.terminate(),
    };
  } catch (error) {
    worker.terminate();
    throw error;
  }
}
