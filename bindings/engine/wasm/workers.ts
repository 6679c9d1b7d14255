// The workers of a team: each has an instance of the module on the team's memory.

import { EngineError } from "../../errors.ts";
import { checkWorkers, nodeModule, startWorker, type Worker, type WorkerUrl } from "../../platform/workers.ts";
import program from "./member.ts?text";

export interface MemberEvents {
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

/** Throws an EngineError that says why there are no threads here. */
export function checkThreads(workerUrl: WorkerUrl | undefined): void {
  if (typeof SharedArrayBuffer === "undefined") {
    const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
    throw new EngineError(
      crossOriginIsolated === false
        ? "the page is not cross-origin isolated, so it has no SharedArrayBuffer: serve it with the headers " +
            '"Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp"'
        : "this runtime has no SharedArrayBuffer",
    );
  }
  checkWorkers(workerUrl);
}

/** How many threads this machine runs at once. */
export function hardwareThreads(): number {
  const os = nodeModule("os") as { availableParallelism?: () => number } | undefined;
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  return os?.availableParallelism?.() ?? navigator?.hardwareConcurrency ?? 1;
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

export function startMember(
  task: Task,
  { onJoined, onEnd }: MemberEvents,
  workerUrl: WorkerUrl | undefined,
): Pick<Worker, "terminate"> {
  const onMessage = () => {
    worker.hold?.(false); // from now on the process may end without it
    onJoined();
  };
  const worker = startWorker(program, { onMessage, onEnd }, workerUrl);
  worker.post(task);
  return worker;
}
