// Workers of whatever runtime this is: Node, Deno and Bun have worker_threads, browsers have Worker. A worker's program
// is given as text: bundlers have no second file to find.

import { EngineError } from "../errors.ts";

/** The address of a worker's file: text, or what a page's policy requires instead, a TrustedScriptURL. */
export type WorkerUrl = string | { toJSON(): string };

/** One of the runtime's workers. */
export interface Worker {
  /** Resolves when the worker runs its program; to a reason if it never will. */
  readonly ready: Promise<string | undefined>;
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Whether a process lives on for it; at first it does, and without this function always. */
  readonly hold?: (held: boolean) => void;
  /** Ends it at once. */
  terminate(): void;
}

export interface WorkerEvents {
  readonly onMessage: (message: unknown) => void;
  /** It ended, for this reason. */
  readonly onEnd: (reason: string) => void;
}

/**
 * Why a page can never start workers. It is kept, because the browser reports every forbidden attempt as a violation.
 */
let refusal: string | undefined;

/** Throws an EngineError where there are none. */
export function checkWorkers(url?: WorkerUrl): void {
  if (refusal !== undefined && url === undefined) throw new EngineError(refusal);
  if (nodeModule("worker_threads") === undefined && typeof web.Worker === "undefined") {
    throw new EngineError("this runtime has no workers (Node has what is needed from 20.16 on)");
  }
}

/**
 * `program` is the text of a function that is called with each message, `(message, post, end)`; `end` ends the worker.
 * `moves` says whether the worker is sent large arrays. If `url` is given, a page's worker runs that file instead.
 */
export function startWorker(program: string, given: WorkerEvents, url?: WorkerUrl, moves = false): Worker {
  let tell: (why?: string) => void = () => {};
  const ready = new Promise<string | undefined>((resolve) => {
    tell = resolve;
  });
  let first = true;
  const events: WorkerEvents = {
    onMessage(message) {
      if (!first) return given.onMessage(message);
      first = false; // says that it runs
      tell();
    },
    onEnd(reason) {
      tell(reason);
      given.onEnd(reason);
    },
  };
  const threads = nodeModule("worker_threads") as NodeWorkers | undefined;
  // Deno's worker_threads takes a second for 30 MB, transferred or not, its Worker none; but for that one a process
  // lives on
  if (threads === undefined || (moves && inDeno())) return { ...startWebWorker(program, events, url), ready };
  try {
    return { ...startNodeWorker(threads, program, events), ready };
  } catch (error) {
    if (web.Worker === undefined) throw error;
    return { ...startWebWorker(program, events, url), ready }; // Electron's pages have Node's modules, not its threads
  }
}

interface NodeWorker {
  on(event: "message" | "messageerror" | "error" | "exit", listener: (value: unknown) => void): void;
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  terminate(): void;
  ref(): void;
  unref(): void;
}

interface NodeWorkers {
  readonly Worker: new (program: string, options: typeof OPTIONS & { workerData: string }) => NodeWorker;
}

interface WebWorker {
  onmessage: (event: { data: unknown }) => void;
  onerror: (event: { message?: string; preventDefault?: () => void }) => void;
  onmessageerror: () => void;
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  terminate(): void;
}

interface WebGlobal {
  readonly Worker?: new (url: WorkerUrl, options?: { type: "module" }) => WebWorker;
}

const web = globalThis as unknown as WebGlobal;

/** By Node's API: a page may have a global of that name. */
function inDeno(): boolean {
  const process = nodeModule("process") as { versions?: { deno?: string } } | undefined;
  return process?.versions?.deno !== undefined;
}

const UNREADABLE = "a message could not be read";

// a loader that this process was started with is not for it; it has nothing to print, and to join its streams to this
// process's takes milliseconds
const OPTIONS = { eval: true, execArgv: [] as string[], stdin: true, stdout: true, stderr: true } as const;

// the program comes as data: Node parses a text to evaluate twice, once to see whether it is a module
const THREAD = `const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
const serve = process.getBuiltinModule("node:vm").runInThisContext(workerData);
const post = (message, transfer) => parentPort.postMessage(message, transfer);
const end = () => (typeof parentPort.close === "function" ? parentPort : globalThis).close(); // Deno's port has none
parentPort.on("message", (message) => serve(message, post, end));
post("ready");`;

type Started = Omit<Worker, "ready">;

function startNodeWorker({ Worker }: NodeWorkers, program: string, { onMessage, onEnd }: WorkerEvents): Started {
  const thread = new Worker(THREAD, { ...OPTIONS, workerData: `(${program})` });
  thread.on("message", onMessage);
  thread.on("messageerror", () => onEnd(UNREADABLE));
  thread.on("error", (error) => onEnd(error instanceof Error ? error.message : String(error)));
  thread.on("exit", (code) => onEnd(`exit code ${code}`));
  return {
    post: (message, transfer) => thread.postMessage(message, transfer),
    hold: (held) => (held ? thread.ref() : thread.unref()),
    terminate: () => thread.terminate(),
  };
}

function startWebWorker(program: string, { onMessage, onEnd }: WorkerEvents, url: WorkerUrl | undefined): Started {
  // workers of Bun before 1.3 have no close: they are terminated from here
  const text = `const serve = ${program};
onmessage = ({ data }) => serve(data, (message, transfer) => postMessage(message, transfer), () => globalThis.close?.());
postMessage("ready");`;
  const blob = url === undefined ? URL.createObjectURL(new Blob([text], { type: "text/javascript" })) : undefined;
  const forget = blob === undefined ? undefined : () => URL.revokeObjectURL(blob);
  const worker = openWebWorker(url ?? blob!, forget);
  let runs = false;
  worker.onmessage = ({ data }) => {
    if (!runs) forget?.();
    runs = true;
    onMessage(data);
  };
  worker.onerror = (event) => {
    event.preventDefault?.();
    if (!runs) forget?.();
    const why = url === undefined ? REFUSED : `${url} can't be loaded as a worker`;
    const reason = event.message || why;
    if (!runs && url === undefined) refusal = reason;
    onEnd(reason);
  };
  worker.onmessageerror = () => onEnd(UNREADABLE);
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    ...(!inDeno() && { hold() {} }),
    terminate: () => worker.terminate(),
  };
}

const REFUSED =
  "the page's policy forbids workers from blob: URLs; serve bitgrad/worker-program.js and pass its address as workerUrl";

function openWebWorker(address: WorkerUrl, forget?: () => void): WebWorker {
  if (inDeno()) return new web.Worker!(address, { type: "module" });
  try {
    return new web.Worker!(address);
  } catch (cause) {
    forget?.();
    // Firefox, where blob: is forbidden; others, where a TrustedScriptURL is required
    if (forget && /^(Security|Type)Error$/.test((cause as Error).name)) refusal = REFUSED;
    throw cause;
  }
}

/** A module of Node's, where there is such a thing, without an import that bundlers for browsers would stumble over. */
export function nodeModule(name: string): unknown {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return typeof process?.getBuiltinModule === "function" ? process.getBuiltinModule(`node:${name}`) : undefined;
}
