// The script of frames.html: how a page fares that trains on its main thread. The ways to train take turns with a rest
// in which the page does nothing; what is seen of that is the machine's and the browser's doing. It starts at once;
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
}

const parameters = new URLSearchParams(location.search);
const quick = parameters.get("length") === "quick";
const [turnMs, rounds] = quick ? [200, 1] : [2_000, 7];
const element = (id: string) => document.getElementById(id)!;

async function measure(workload: Workload): Promise<Row[]> {
  const { name, rows, batchSize } = workload;
  const { x, y } = createData(workload, "f32", rows);
  const options = { ...networkOptions(workload, "f32"), engine: "wasm" } as const;
  const probe = await Network.create(options);
  const epochMs = warmUp(() => probe.fit(x, y, { epochs: 1, batchSize }), turnMs / 2);
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
    ];
  });
}

async function watch(run: () => unknown): Promise<Turn> {
  await sleep(100); // for what the turn before left behind, as garbage to be collected
  await nextFrame();
  let [last, frames, frameMs, isOver] = [performance.now(), 0, 0, false];
  const beat = () => {
    const now = performance.now(); // the frame's own time may be that at which it should have come
    frameMs = Math.max(frameMs, now - last);
    last = now;
    if (isOver) return;
    frames++;
    requestAnimationFrame(beat);
  };
  requestAnimationFrame(beat);
  await sleep(0); // a turn begins with a task of its own
  [frames, frameMs] = [0, 0];
  const start = performance.now();
  await run();
  const ms = performance.now() - start;
  isOver = true;
  await nextFrame(); // the one that a training in one go keeps waiting
  return { ms, frames, frameMs };
}

function nextFrame(): Promise<number> {
  return new Promise(requestAnimationFrame);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  element("status").textContent = `It ended with an error: ${message}`;
  void report("/failure", message);
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
  element("result").textContent = rows
    .map(({ name, value, unit, beside, baseline }) => {
      return `${name}: ${value} ${unit}${beside === undefined ? "" : ` (${beside}: ${baseline})`}`;
    })
    .join("\n");
  await report("/result", JSON.stringify({ machine: { ...machine, quick, hidden }, rows }));
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
