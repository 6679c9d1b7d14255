// The script of frames.html. It starts at once; ?rows=mlp,tabular&dtype=f32&length=full&part=rates tells what, and &post
// sends the result to the server that drives the browser.

import type { DType } from "bitgrad";
import { type FramesChoice, measureFrames, measureRates } from "./frames.ts";
import { type FramesPosted, summarise } from "./frames-rows.ts";
import { describeMachine } from "./machine.ts";
import { report } from "./report.ts";

const parameters = new URLSearchParams(location.search);
const element = (id: string) => document.getElementById(id)!;

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  element("status").textContent = `It ended with an error: ${message}`;
  report("/failure", message);
}

async function run(): Promise<void> {
  const quick = parameters.get("length") === "quick";
  let { hidden } = document;
  document.addEventListener("visibilitychange", () => {
    hidden = true; // before or after
  });
  const described = describeMachine();
  const choice: FramesChoice = {
    rows: (parameters.get("rows") ?? "mlp,tabular").split(","),
    dtype: (parameters.get("dtype") ?? "f32") as DType,
    quick,
  };
  const onProgress = (what: string) => {
    element("status").textContent = what;
  };
  const part = parameters.get("part"); // both, unless told
  const frames = part === "rates" ? [] : await measureFrames(choice, onProgress);
  const rates = part === "frames" ? [] : await measureRates(choice, onProgress);
  element("status").textContent = hidden
    ? "Done, but in the background for a while, where there are no frames."
    : "Done.";
  const machine = { ...described, quick, hidden };
  const rows = summarise(frames, rates).map(({ turns, ...row }) => row);
  element("result").textContent = JSON.stringify({ machine, frames: rows }, null, 2);
  await report("/result", JSON.stringify({ machine, frames, rates } satisfies FramesPosted));
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
