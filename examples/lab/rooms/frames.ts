// How a page fares that trains on its main thread. The ways to train take turns with a rest in which the page does
// nothing; what is seen of that is the machine's and the browser's doing. ?rows=mlp&length=full tells what, &autostart
// starts, and &post sends the result to the server that drives the browser.

import { Network } from "bitgrad";
import { warmUp } from "../../../bench/clock.ts";
import { describeMachine, report } from "../../../bench/page/machine.ts";
import { takeTurns } from "../../../bench/race.ts";
import { compared, type Row } from "../../../bench/rows.ts";
import { WAYS } from "../../../bench/ways.ts";
import { createData, networkOptions, type Workload, workloadOf } from "../../../bench/workloads.ts";
import { element, messageOf, tableOf, tell, whole } from "./dom.ts";

/** What a turn of some milliseconds was like. */
interface Turn {
  readonly ms: number;
  readonly frames: number;
  /** The longest time from one frame to the next. */
  readonly frameMs: number;
}

const parameters = new URLSearchParams(location.search);
const quick = parameters.get("length") !== "full";
const [turnMs, rounds] = quick ? [200, 1] : [2_000, 7];

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
    element("status").textContent = `Round ${round} of ${rounds} with the network ${name}: ${way} …`;
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
  tell("failure", `It ended with an error: ${messageOf(error)}`);
  void report("/failure", messageOf(error));
}

async function run(): Promise<void> {
  const start = element<HTMLButtonElement>("start");
  start.disabled = true;
  tell("failure", undefined);
  element("results").hidden = true;
  requestAnimationFrame(move);
  let { hidden } = document;
  const onHidden = () => {
    hidden = true; // before or after
  };
  document.addEventListener("visibilitychange", onHidden);
  try {
    const machine = describeMachine();
    const rows: Row[] = [];
    for (const name of (parameters.get("rows") ?? "tabular").split(","))
      rows.push(...(await measure(workloadOf(name))));
    show(rows);
    element("status").textContent = hidden ? "It was in the background for a while, where no picture is drawn." : "";
    await report("/result", JSON.stringify({ machine: { ...machine, quick, hidden }, rows }));
  } finally {
    document.removeEventListener("visibilitychange", onHidden);
    start.disabled = false;
    start.textContent = "Measure again";
  }
}

/** Rows are three for each way: training, frames, the longest frame. */
function show(rows: readonly Row[]): void {
  const ways = rows
    .filter((_, n) => n % 3 === 0)
    .map((training, n) => ({ training, frames: rows[3 * n + 1]!, longest: rows[3 * n + 2]! }));
  type One = (typeof ways)[number];
  const nameOf = ({ training }: One) => training.name.replace(/: training$/, "");
  const columns = [
    { head: "Network, way", cell: nameOf },
    { head: "Pictures a second", cell: ({ frames }: One) => whole(Math.round(frames.value)), className: "number" },
    {
      head: "Longest pause",
      cell: ({ longest }: One) => `${whole(Math.round(longest.value))} ms`,
      className: "number",
    },
    { head: "Samples a second", cell: ({ training }: One) => whole(Math.round(training.value)), className: "number" },
  ];
  element("ways").replaceChildren(tableOf("Each way to train", columns, ways));
  const way = (name: string) => ways.find((one) => nameOf(one).endsWith(`, ${name}`))!;
  const [fit, fitAsync] = [way("fit"), way("fitAsync")];
  const share = Math.round((100 * fitAsync.training.value) / fit.training.value);
  element("verdict").textContent =
    `While fitAsync trains, this page draws ${whole(Math.round(fitAsync.frames.value))} pictures a second.`;
  element("detail").textContent =
    `A resting page draws ${whole(Math.round(fitAsync.frames.baseline!))}. While fit trains, it draws ${whole(Math.round(fit.frames.value))}. ` +
    `fitAsync has ${share} % of the rate of fit, and gives the same bits.`;
  element("results").hidden = false;
}

const bar = element("bar");
function move(time: number): void {
  bar.style.translate = `${(time / 8) % 320}px`;
  if (element<HTMLButtonElement>("start").disabled) requestAnimationFrame(move);
}
addEventListener("error", ({ message }) => fail(message));
addEventListener("unhandledrejection", ({ reason }) => fail(reason));
element("start").hidden = false;
element("start").addEventListener("click", () => run().catch(fail));
if (parameters.has("autostart")) run().catch(fail);
