// The page's side of a trainer: in a worker if there can be one, else in the page.

import type { Machine } from "../recipe.ts";
import type { Event, Request, Trainer } from "./protocol.ts";
import type * as program from "./worker-main.ts";

declare global {
  /** Of trainer.js: makes what `worker-main.ts` exports. Its text is all that a worker needs. */
  var bitgradTrainer: (() => typeof program) | undefined;
}

/** What runs a trainer; `remark` is told why it isn't where it was asked for. */
export function startTrainer(machine: Machine, told: (event: Event) => void, remark: (text: string) => void): Trainer {
  const make = globalThis.bitgradTrainer;
  if (make === undefined) throw new Error("trainer.js is not loaded");
  if (!machine.worker) return make().createTrainer(told);
  try {
    return inWorker(make, told, remark);
  } catch (error) {
    remark(`The training runs in the page, since a worker can't be started here: ${String(error)}.`);
    return make().createTrainer(told);
  }
}

/** If the worker never answers, such as by a policy that is told late, the page takes its requests over. */
function inWorker(make: () => typeof program, told: (event: Event) => void, remark: (text: string) => void): Trainer {
  const text = `(${String(make)})().answer(self);`;
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = new Worker(url);
  let instead: Trainer | undefined;
  let hasAnswered = false;
  const asked: Request[] = [];
  worker.onmessage = ({ data }: MessageEvent<Event>) => {
    if (!hasAnswered) URL.revokeObjectURL(url);
    hasAnswered = true;
    told(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    if (hasAnswered) return told({ type: "failed", during: "run", message: event.message || "the worker has ended" });
    if (instead !== undefined) return;
    remark("The training runs in the page, since its policy allows no worker.");
    worker.terminate();
    URL.revokeObjectURL(url);
    instead = make().createTrainer(told);
    for (const request of asked) instead.request(request);
  };
  return {
    request(request) {
      if (instead !== undefined) return instead.request(request);
      if (!hasAnswered) asked.push(request);
      worker.postMessage(request);
    },
    close() {
      worker.terminate();
      instead?.close();
    },
  };
}
