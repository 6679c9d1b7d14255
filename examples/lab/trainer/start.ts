// The page's side of a trainer: in a worker if there can be one, else in the page. What the data need is loaded first.

import { type Parts, partOf } from "../data/sets.ts";
import type { Machine } from "../recipe.ts";
import { type Program, type ProgramName, programOf } from "./programs.ts";
import type { Event, Request, Trainer } from "./protocol.ts";

type Load = Extract<Request, { readonly type: "load" }>;
type Tell = (event: Event) => void;

const PARTS: { readonly [name in keyof Parts]-?: ProgramName } = { tables: "bitgradTables", digits: "bitgradDigits" };

/** What a trainer is made of. */
interface Kit {
  readonly trainer: Program<"bitgradTrainer" | "bitgradThreads">;
  readonly part: keyof Parts | undefined;
  readonly program: (() => unknown) | undefined;
  readonly worker: boolean;
  /** Why it isn't what was asked for. */
  readonly remarks: readonly string[];
}

/** A trainer for a page. Each load begins one that has what its data need; the one before goes on if that fails. */
export function startTrainer(told: Tell): Trainer {
  let current: Trainer | undefined;
  let last = Promise.resolve();
  let shown: Request | undefined;
  let isClosed = false;

  async function load(request: Load): Promise<void> {
    const kit = await kitFor(request);
    if (isClosed) return;
    await new Promise<void>((resolve) => {
      const next = begin(kit, (event) => {
        if (event.type === "loaded") {
          current?.close();
          current = next;
          resolve();
          return told({ ...event, remarks: [...kit.remarks, ...event.remarks] });
        }
        if (next !== current) {
          if (event.type === "failed") {
            next.close();
            resolve();
            told(event);
          }
          return;
        }
        told(event);
      });
      if (shown !== undefined) next.request(shown);
      next.request(request);
    });
  }

  async function handle(request: Request): Promise<void> {
    if (request.type === "load") return load(request);
    if (request.type === "show") shown = request;
    if (current !== undefined) return current.request(request);
    if (request.type !== "show") throw new Error("no recipe is loaded yet");
  }

  return {
    request(request) {
      last = last
        .then(() => (isClosed ? undefined : handle(request)))
        .catch((error: unknown) => {
          if (!isClosed) told({ type: "failed", during: request.type, message: messageOf(error) });
        });
    },
    close() {
      isClosed = true;
      current?.close();
    },
  };
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function kitFor({ recipe, machine }: Load): Promise<Kit> {
  const remarks: string[] = [];
  const part = partOf(recipe.data.kind);
  const trainer = await programOf(canThread(machine, remarks) ? "bitgradThreads" : "bitgradTrainer");
  const program = part && (await programOf(PARTS[part]));
  return { trainer, part, program, worker: machine.worker, remarks };
}

function canThread({ threads, engine }: Machine, remarks: string[]): boolean {
  if (threads < 2 || engine === "reference") return false;
  if (globalThis.crossOriginIsolated) return true;
  remarks.push("One thread trains: several need a page that is cross-origin isolated, which its server decides.");
  return false;
}

function begin(kit: Kit, told: Tell): Trainer {
  if (!kit.worker) return inPage(kit, told);
  try {
    return inWorker(kit, told);
  } catch (error) {
    return inPage(kit, withRemark(told, `no worker can be started here (${messageOf(error)})`));
  }
}

function withRemark(told: Tell, why: string): Tell {
  const remark = `The training runs in the page: ${why}.`;
  return (event) => told(event.type === "loaded" ? { ...event, remarks: [remark, ...event.remarks] } : event);
}

function inPage({ trainer, part, program }: Kit, told: Tell): Trainer {
  return trainer().createTrainer(told, part && program ? partsOf(part, program()) : {});
}

function partsOf(part: keyof Parts, found: unknown): Parts {
  return part === "digits" ? { digits: (found as { digits: string }).digits } : ({ [part]: found } as Parts);
}

function inWorker(kit: Kit, told: Tell): Trainer {
  const { trainer, part, program } = kit;
  const found = part === undefined ? "{}" : part === "digits" ? `(${program})()` : `{ ${part}: (${program})() }`;
  const url = URL.createObjectURL(new Blob([`(${trainer})().answer(self, ${found});`], { type: "text/javascript" }));
  const worker = new Worker(url);
  const asked: Request[] = [];
  let hasAnswered = false;
  let instead: Trainer | undefined;
  worker.onmessage = ({ data }: MessageEvent<Event>) => {
    if (!hasAnswered) URL.revokeObjectURL(url);
    hasAnswered = true;
    asked.length = 0;
    told(data);
  };
  // a policy that allows no worker is told by an event, after the worker was made
  worker.onerror = (event) => {
    event.preventDefault();
    worker.terminate();
    if (hasAnswered) return told({ type: "failed", during: "run", message: event.message || "the worker has ended" });
    if (instead !== undefined) return;
    URL.revokeObjectURL(url);
    instead = inPage(kit, withRemark(told, "the page's policy allows no worker"));
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
