// The trainer behind the page, in a worker or in the page itself: it takes requests, one after the other, and posts
// events.

import type { Parts } from "../data/sets.ts";
import type { Event, Request, Trainer } from "./protocol.ts";
import { Training } from "./training.ts";

/** A trainer that posts its events; nothing is loaded yet. Some data need `parts`. */
export function createTrainer(post: (event: Event) => void, parts: Parts = {}): Trainer {
  let training: Training | undefined;
  let shown: Training["shown"] | undefined;
  let last = Promise.resolve();
  let isClosed = false;

  const tell = (event: Event) => {
    if (!isClosed) post(event);
  };
  const fail = (during: Request["type"], error: unknown) => {
    tell({ type: "failed", during, message: error instanceof Error ? error.message : String(error) });
  };

  function current(): Training {
    if (training === undefined) throw new Error("no recipe is loaded yet");
    return training;
  }

  async function run(until: number, speed: number): Promise<void> {
    const running = current();
    await running.pause();
    running.finishEpoch();
    const told = (frame: Event) => {
      if (running === training) tell(frame);
    };
    running.run(until, speed, told);
    running.done
      .catch((error: unknown) => running === training && fail("run", error))
      .finally(() => {
        if (running === training && !running.isRunning) told(running.frame());
      });
  }

  async function handle(request: Request): Promise<void> {
    switch (request.type) {
      case "load": {
        const made = await Training.create(request.recipe, request.machine, parts, request.file);
        await training?.pause().catch(() => {});
        training?.dispose();
        training = made;
        if (shown !== undefined) training.shown = shown;
        tell(training.loaded());
        tell(training.frame());
        return;
      }
      case "run":
        return run(request.until ?? Number.POSITIVE_INFINITY, request.speed ?? Number.POSITIVE_INFINITY);
      case "epoch":
        return run(current().network.epochs + 1, Number.POSITIVE_INFINITY);
      case "pause":
        return current().pause();
      case "step":
        await current().pause();
        current().step();
        tell(current().frame());
        return;
      case "show":
        shown = request.pictures;
        if (training === undefined) return;
        training.shown = shown;
        if (!training.isRunning) tell(training.frame());
        return;
      case "recall": {
        const asked = current();
        // not waited for: it takes as long as a training, and others go on meanwhile
        asked.recall(request.epoch).then(tell, (error: unknown) => asked === training && fail("recall", error));
        return;
      }
      case "predict":
        return tell({ type: "predicted", id: request.id, outputs: current().predict(request.row) });
      case "save":
        return tell({ type: "saved", file: current().save() });
    }
  }

  return {
    request(request) {
      last = last.then(() => handle(request)).catch((error: unknown) => fail(request.type, error));
    },
    close() {
      isClosed = true;
      training?.dispose();
      training = undefined;
    },
  };
}
