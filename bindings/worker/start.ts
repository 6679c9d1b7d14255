// Workers of whatever runtime this is: Node, Deno and Bun have worker_threads, browsers have Worker. A worker's program is given
// as text: bundlers have no second file to find.

import { EngineError } from "../errors.ts";

/** One of the runtime's workers. */
export interface Worker {
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

/** Throws an EngineError where there are none. */
export function checkWorkers(): void {
  if (nodeModule("worker_threads") === undefined && typeof web.Worker === "undefined") {
    throw new EngineError("this runtime has no workers (Node has what is needed from 20.16 on)");
  }
}

/**
 * `program`: text of a function that is called with each message, `(message, post, end)`; `end` ends the worker. `moves`: whether it
 * is sent large arrays.
 */
export function startWorker(program: string, events: WorkerEvents, moves = false): Worker {
  const threads = nodeModule("worker_threads") as WorkerThreads | undefined;
  // Deno's worker_threads takes a second for 30 MB, transferred or not, its Worker none; but for that one a process lives on
  const web = threads === undefined || (moves && inDeno());
  return web ? startWebWorker(program, events) : startThread(threads, program, events);
}

interface Thread {
  on(event: "message" | "messageerror" | "error" | "exit", listener: (value: unknown) => void): void;
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  terminate(): void;
  ref(): void;
  unref(): void;
}

interface WorkerThreads {
  readonly Worker: new (program: string, options: typeof OPTIONS & { workerData: string }) => Thread;
}

interface WebWorker {
  onmessage: (event: { data: unknown }) => void;
  onerror: (event: { message?: string; preventDefault?: () => void }) => void;
  onmessageerror: () => void;
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  terminate(): void;
}

interface WebGlobal {
  readonly Worker?: new (url: string, options?: { type: "module" }) => WebWorker;
}

const web = globalThis as unknown as WebGlobal;
const inDeno = () => "Deno" in globalThis;

const UNREADABLE = "a message could not be read";

// a loader that this process was started with is not for it; it has nothing to print, and to join its streams to this process's
// takes milliseconds
const OPTIONS = { eval: true, execArgv: [] as string[], stdin: true, stdout: true, stderr: true } as const;

// the program comes as data: Node parses a text to evaluate twice, once to see whether it is a module
const THREAD = `const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
const serve = process.getBuiltinModule("node:vm").runInThisContext(workerData);
const post = (message, transfer) => parentPort.postMessage(message, transfer);
const end = () => (typeof parentPort.close === "function" ? parentPort : globalThis).close(); // Deno's port has none
parentPort.on("message", (message) => serve(message, post, end));`;

function startThread({ Worker }: WorkerThreads, program: string, { onMessage, onEnd }: WorkerEvents): Worker {
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

function startWebWorker(program: string, { onMessage, onEnd }: WorkerEvents): Worker {
  const text = `const serve = ${program};
onmessage = ({ data }) => serve(data, (message, transfer) => postMessage(message, transfer), close);`;
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = inDeno() ? new web.Worker!(url, { type: "module" }) : new web.Worker!(url);
  worker.onmessage = ({ data }) => {
    URL.revokeObjectURL(url);
    onMessage(data);
  };
  worker.onerror = (event) => {
    event.preventDefault?.();
    onEnd(event.message ?? "it could not be started (does the content security policy allow worker-src blob:?)");
  };
  worker.onmessageerror = () => onEnd(UNREADABLE);
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    ...(!inDeno() && { hold() {} }),
    terminate: () => worker.terminate(),
  };
}

/** A module of Node's, where there is such a thing, without an import that bundlers for browsers would stumble over. */
export function nodeModule(name: string): unknown {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return process?.getBuiltinModule?.(`node:${name}`);
}
