// Workers of whatever runtime this is: Node, Deno and Bun have worker_threads, browsers have Worker. A worker's program is
// a few lines, so it is given as text: bundlers have no second file to find.

import { EngineError } from "../engine.ts";

/** One of the runtime's workers. */
export interface Worker {
  /** Ends it at once. */
  terminate(): void;
}

export interface WorkerEvents {
  /** It has joined the team. */
  readonly onJoined: () => void;
  /** It ended, for this reason. */
  readonly onEnd: (reason: string) => void;
}

/** What a worker is sent, once. */
export interface Task {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly teamPtr: number;
}

const PROGRAM = `({ module, memory, teamPtr }, post) => {
  const { joinTeam, work } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  joinTeam(teamPtr);
  post("joined");
  work();
}`;

/** Throws an EngineError that says why there are no threads here. */
export function checkThreads(): void {
  if (typeof SharedArrayBuffer === "undefined") {
    const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
    throw new EngineError(
      crossOriginIsolated === false
        ? "the page is not cross-origin isolated, so it has no SharedArrayBuffer: serve it with the headers " +
            '"Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp"'
        : "this runtime has no SharedArrayBuffer",
    );
  }
  if (nodeModule("worker_threads") === undefined && typeof web.Worker === "undefined") {
    throw new EngineError("this runtime has no workers (Node has what is needed from 20.16 on)");
  }
}

/** How many threads this machine runs at once. */
export function hardwareThreads(): number {
  const os = nodeModule("os") as { availableParallelism?: () => number } | undefined;
  return os?.availableParallelism?.() ?? web.navigator?.hardwareConcurrency ?? 1;
}

/** Whether this thread may sleep until another wakes it; a page's main thread may not. */
export function maySleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}

export function startWorker(task: Task, events: WorkerEvents): Worker {
  const threads = nodeModule("worker_threads") as WorkerThreads | undefined;
  return threads === undefined ? startWebWorker(task, events) : startThread(threads, task, events);
}

interface Thread {
  on(event: "message" | "error" | "exit", listener: (value: unknown) => void): void;
  postMessage(task: Task): void;
  terminate(): void;
  unref(): void;
}

interface WorkerThreads {
  readonly Worker: new (program: string, options: { eval: true }) => Thread;
}

interface WebWorker {
  onmessage: (event: unknown) => void;
  onerror: (event: { message?: string; preventDefault?: () => void }) => void;
  onmessageerror: () => void;
  postMessage(task: Task): void;
  terminate(): void;
}

interface WebGlobal {
  readonly Worker?: new (url: string) => WebWorker;
  readonly navigator?: { readonly hardwareConcurrency?: number };
}

const web = globalThis as unknown as WebGlobal;

function startThread({ Worker }: WorkerThreads, task: Task, { onJoined, onEnd }: WorkerEvents): Worker {
  const program = `const { parentPort } = process.getBuiltinModule("node:worker_threads");
parentPort.once("message", (task) => (${PROGRAM})(task, (text) => parentPort.postMessage(text)));`;
  const worker = new Worker(program, { eval: true });
  worker.on("message", () => {
    worker.unref(); // from now on the process may end without it
    onJoined();
  });
  worker.on("error", (error) => onEnd(error instanceof Error ? error.message : String(error)));
  worker.on("exit", (code) => onEnd(`exit code ${code}`));
  worker.postMessage(task);
  return worker;
}

function startWebWorker(task: Task, { onJoined, onEnd }: WorkerEvents): Worker {
  const program = `onmessage = ({ data }) => { (${PROGRAM})(data, postMessage); close(); };`;
  const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  const worker = new web.Worker!(url);
  worker.onmessage = () => {
    URL.revokeObjectURL(url);
    onJoined();
  };
  worker.onerror = (event) => {
    event.preventDefault?.();
    onEnd(event.message ?? "it could not be started (does the content security policy allow worker-src blob:?)");
  };
  worker.onmessageerror = () => onEnd("it could not read what it was sent");
  worker.postMessage(task);
  return worker;
}

/** A module of Node's, where there is such a thing, without an import that bundlers for browsers would stumble over. */
function nodeModule(name: string): unknown {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return process?.getBuiltinModule?.(`node:${name}`);
}
