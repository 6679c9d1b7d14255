// The script of frames.html: how a page fares that trains on its main thread. The ways to train take turns with a rest in which
// the page does nothing; what is seen of that is the machine's and the browser's doing. It starts at once;
// ?rows=mlp&length=quick tells what, and &post sends the result to the server that drives the browser.

import { Network } from "bitgrad";
import { warmUp } from "../clock.ts";
import { takeTurns } from "../race.ts";
import { compared, type Row } from "../rows.ts";
import { WAYS } from "../ways.ts";
import { createData, networkOptions, type Workload, workloadOf } from "../workloads.ts";
import { describeMachine, report } from "./machine.ts";

/** What a turn of some milliseconds was like. */
interface Turn {
  readonly ms: number;
  readonly frames: number;
  /** The longest time from one frame to the next. */
  readonly frameMs: number;
  /** The longest time from one call of a timer to the next, which would come after 4 ms. */
  readonly waitMs: number;
}

const BEAT_MS = 4; // what browsers leave between timers anyway

const parameters = new URLSearchParams(location.search);
const quick = parameters.get("length") === "quick";
const [turnMs, rounds] = quick ? [300, 2] : [2_000, 7];
const element = (id: string) => document.getElementById(id)!;

async function measure(workload: Workload): Promise<Row[]> {
  const { name, rows, batchSize } = workload;
  const { x, y } = createData(workload, "f32", rows);
  const options = { ...networkOptions(workload, "f32"), engine: "wasm" } as const;
  const probe = await Network.create(options);
  const epochMs = warmUp(() => probe.fit(x, y, { batchSize }), turnMs / 2);
  probe.dispose();
  const fitOptions = { epochs: Math.max(1, Math.round(turnMs / epochMs)), batchSize, onEpoch: () => {} };

  const nets = await Promise.all(WAYS.map(({ from = Network }) => from.create(options)));
  const rest = { way: "a resting page", turns: [] as Turn[], run: (): unknown => sleep(turnMs) };
  const ways = WAYS.map(({ name: way, train }, n) => ({
    way,
    turns: [] as Turn[],
    run: () => train(nets[n]!, { x, y }, fitOptions),
  }));
  // the first round is for the compilers
  await takeTurns([rest, ...ways], 1 + rounds, async ({ way, turns, run }, round) => {
    element("status").textContent = `${name}: round ${round} of ${rounds}, ${way}`;
    const turn = await watch(run);
    if (round > 0) turns.push(turn);
  });
  if (new Set(nets.map((net) => net.digest())).size > 1) throw new Error(`${name}: ways have different bits`);
  for (const net of nets) net.dispose();

  const rate = ({ ms }: Turn) => (1000 * fitOptions.epochs * rows) / ms;
  return ways.flatMap(({ way, turns }): Row[] => {
    const row = (what: string, unit: Row["unit"], beside: typeof rest, of: (turn: Turn) => number): Row => {
      const { value, ...figures } = compared(unit, turns.map(of), beside.turns.map(of));
      const measured = { section: "frames", name: `${name}, ${way}: ${what}`, dtype: "f32", unit, value } as const;
      return beside.way === way ? measured : { ...measured, beside: beside.way, ...figures };
    };
    return [
      row("training", "samples/s", ways[0]!, rate),
      row("frames", "frames/s", rest, ({ frames, ms }) => (1000 * frames) / ms),
      row("longest frame", "ms", rest, ({ frameMs }) => frameMs),
      row("longest wait", "ms", rest, ({ waitMs }) => waitMs),
    ];
  });
}

/** A turn, seen by its frames and by a timer. */
async function watch(run: () => unknown): Promise<Turn> {
  await sleep(100); // for what the turn before left behind, as garbage to be collected
  const frames = new Beats((beat) => requestAnimationFrame(beat));
  const timers = new Beats((beat) => setTimeout(beat, BEAT_MS));
  await new Promise(requestAnimationFrame);
  await sleep(0); // a turn begins with a task of its own
  frames.restart();
  timers.restart();
  const start = performance.now();
  await run();
  const ms = performance.now() - start;
  const { count } = frames;
  timers.stop();
  await new Promise(requestAnimationFrame); // the one that a training in one go keeps waiting
  frames.stop();
  return { ms, frames: count, frameMs: frames.longestMs, waitMs: timers.longestMs };
}

class Beats {
  count = 0;
  /** From one beat to the next. */
  longestMs = 0;
  #last = performance.now();
  #stopped = false;

  /** `next` has the next beat come. */
  constructor(next: (beat: () => void) => void) {
    const beat = () => {
      if (this.#stopped) return;
      this.count++;
      this.#measure();
      next(beat);
    };
    next(beat);
  }

  /** The time since the last beat stays. */
  restart(): void {
    this.count = 0;
    this.longestMs = 0;
  }

  /** The beat that is missing still counts as late. */
  stop(): void {
    this.#stopped = true;
    this.#measure();
  }

  #measure(): void {
    const now = performance.now();
    this.longestMs = Math.max(this.longestMs, now - this.#last);
    this.#last = now;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  element("status").textContent = `It ended with an error: ${message}`;
  report("/failure", message);
}

async function run(): Promise<void> {
  let { hidden } = document;
  document.addEventListener("visibilitychange", () => {
    hidden = true; // before or after
  });
  const machine = describeMachine();
  const rows: Row[] = [];
  for (const name of (parameters.get("rows") ?? "tabular,mlp").split(","))
    rows.push(...(await measure(workloadOf(name))));
  element("status").textContent = hidden ? "Done, but in the background for a while, without frames." : "Done.";
  const result = JSON.stringify({ machine: { ...machine, quick, hidden }, rows }, null, 1);
  element("result").textContent = result;
  await report("/result", result);
}

const bar = element("bar");
function move(time: number): void {
  bar.style.translate = `${(time / 8) % 320}px`;
  requestAnimationFrame(move);
}
requestAnimationFrame(move);
addEventListener("error", ({ message }) => fail(message));
addEventListener("unhandledrejection", ({ reason }) => fail(reason));
run().catch(fail);
