// The tasks of a page's main thread, with the processor's time of each: a trace of Chromium's, through the DevTools protocol. It is
// spoken on a pipe, messages ending in a zero byte.

import type { Duplex } from "node:stream";
import type { Browser } from "../../test/support/browsers.ts";
import type { Command } from "../../test/support/programs.ts";
import { FRAME_MS, type Task, type Turns } from "./frames-rows.ts";
import { MARK } from "./watch.ts";

/** Of the trace's form, what is read here; times are microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
}

export interface Trace {
  /** Rejects where there is none. */
  readonly failed: Promise<never>;
  /** Ends it, and tells what was in it. */
  end(): Promise<TraceEvent[]>;
}

const CATEGORIES = ["disabled-by-default-devtools.timeline", "blink.user_timing"];
const TASK = "RunTask"; // with the promises' continuations after it; "toplevel" has tasks without them

// numbers of what is asked
const [START, OPEN, END] = [1, 2, 3];

/** Chromium reads from file descriptor 3 and writes to 4: both become the one that a child is started with. It opens no page yet. */
export function withPipe(browser: Browser, command: Command): [Browser, Command] {
  const args: Browser["args"] = (_, profile) => ["--remote-debugging-pipe", ...browser.args("about:blank", profile)];
  return [{ ...browser, args }, ["sh", "-c", 'exec "$@" 4>&3', "sh", ...command]];
}

/** Opens the page once the trace has begun. */
export function startTrace(pipe: Duplex, url: string): Trace {
  const events: TraceEvent[] = [];
  const send = (id: number, method: string, params = {}) => pipe.write(`${JSON.stringify({ id, method, params })}\0`);
  const complete = new Promise<TraceEvent[]>((resolve, reject) => {
    let text = "";
    pipe.setEncoding("utf8").on("data", (more: string) => {
      const messages = (text + more).split("\0");
      text = messages.pop()!;
      for (const message of messages) {
        const { id, method, params, error } = JSON.parse(message);
        if (error !== undefined) reject(new Error(`no trace: ${error.message}`));
        else if (id === START) send(OPEN, "Target.createTarget", { url });
        else if (method === "Tracing.dataCollected") events.push(...params.value.filter(isRead));
        else if (method !== "Tracing.tracingComplete") continue;
        else if (params.dataLossOccurred) reject(new Error("the trace lost a part of itself"));
        else resolve(events);
      }
    });
  });
  const failed = complete.then(() => new Promise<never>(() => {}));
  failed.catch(() => {}); // where the page has failed before
  send(START, "Tracing.start", { traceConfig: { includedCategories: CATEGORIES, excludedCategories: ["*"] } });
  return {
    failed,
    end() {
      send(END, "Tracing.end");
      return complete;
    },
  };
}

function isRead({ name }: TraceEvent): boolean {
  return name === TASK || name.startsWith(MARK);
}

/** The turns, with what the trace has of them. */
export function withTasks(all: readonly Turns[], events: readonly TraceEvent[]): Turns[] {
  return all.map((row) => ({
    ...row,
    turns: row.turns.map((turn, n) => {
      const tasks = tasksOf(`${row.workload} ${row.dtype} ${row.contestant} ${n + 1}`, events);
      return {
        ...turn,
        taskMs: Math.max(...tasks.map(({ ms }) => ms)),
        taskCpuMs: Math.max(...tasks.map(({ cpuMs }) => cpuMs)),
        cpuMs: tasks.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
        longTasks: tasks.filter(({ ms }) => ms > FRAME_MS),
      };
    }),
  }));
}

function tasksOf(turn: string, events: readonly TraceEvent[]): Task[] {
  const [begin, end] = ["begin", "end"].map((edge) => events.find(({ name }) => name === `${MARK} ${edge} ${turn}`));
  if (begin === undefined || end === undefined) throw new Error(`the trace has no marks of the turn ${turn}`);
  const tasks = events
    .filter(({ name, pid, tid }) => name === TASK && pid === begin.pid && tid === begin.tid)
    .filter(({ ts, dur = 0 }) => ts + dur > begin.ts && ts < end.ts)
    .map(({ ts, dur = 0, tdur = 0 }) => ({ atMs: (ts - begin.ts) / 1000, ms: dur / 1000, cpuMs: tdur / 1000 }));
  if (tasks.length === 0) throw new Error(`the trace has no tasks of the turn ${turn}`);
  return tasks;
}
