// The script of index.html. ?only=training&dtype=f32&length=full presets the controls, &rows=xor,digits leaves other
// rows out, &autostart starts, and &post sends the result to the server that drives the browser.

import type { DType } from "bitgrad";
import { type PlannedRow, plan } from "../plan.ts";
import { toJSON } from "../rows.ts";
import { describeMachine, report } from "./machine.ts";
import { type PageChoice, type PageResult, runBenchmark } from "./run.ts";
import { element, showMachine, showPlan, showResult } from "./view.ts";

const parameters = new URLSearchParams(location.search);
const form = element<HTMLFormElement>("controls");
const button = form.querySelector("button")!;
const selects = [...form.querySelectorAll("select")];
const rows = parameters.get("rows")?.split(",");

let controller: AbortController | undefined; // there while it runs
let result: PageResult | undefined;

function choice(): PageChoice {
  const { only, dtype, length } = Object.fromEntries(selects.map(({ name, value }) => [name, value || undefined]));
  return { only, dtype: dtype as DType | undefined, rows, quick: length === "quick" };
}

async function run(): Promise<void> {
  controller = new AbortController();
  enable();
  result = undefined;
  offer();
  tell("failure", "");
  tell("warning", "");
  const planned = plan(choice());
  showPlan(planned);
  const startedAt = performance.now();
  let row: PlannedRow | undefined;
  try {
    result = await runBenchmark(choice(), {
      signal: controller.signal,
      onProgress(done, current, number) {
        element<HTMLProgressElement>("progress").value = done;
        element("left").textContent = timeLeft(done, performance.now() - startedAt);
        if (current === row) return; // a screen reader is told of rows alone
        row = current;
        element("status").textContent = `${number + 1} of ${planned.length}: ${current.name} ${current.dtype}`;
      },
      onRow(soFar) {
        result = soFar;
        showResult(soFar);
      },
    });
    const { stopped, hidden } = result.machine;
    showMachine(result.machine);
    element("status").textContent = stopped
      ? "Stopped. The rows that were finished stay."
      : "Done. In every row wasm and the reference gave the same bits, and plain JS the same numbers.";
    tell("warning", hidden ? "This tab was in the background for a while, where browsers slow it down." : "");
    await report("/result", JSON.stringify(result));
  } catch (error) {
    fail(error);
  } finally {
    controller = undefined;
    element("left").textContent = "";
    enable();
    offer();
  }
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  element("status").textContent = "It ended with an error.";
  tell("failure", message);
  void report("/failure", message);
}

function tell(id: "failure" | "warning", text: string): void {
  element(id).textContent = text;
  element(id).hidden = text === "";
}

function timeLeft(done: number, elapsedMs: number): string {
  if (elapsedMs < 5_000 || done === 0) return "";
  const seconds = (elapsedMs * (1 - done)) / done / 1000;
  return seconds < 60 ? `about ${Math.ceil(seconds / 5) * 5} s left` : `about ${Math.round(seconds / 60)} min left`;
}

function enable(): void {
  for (const select of selects) select.disabled = controller !== undefined;
  button.textContent = controller === undefined ? "Start" : "Stop";
}

function offer(): void {
  element("export").hidden = result === undefined;
  if (result === undefined) return;
  const download = element<HTMLAnchorElement>("download");
  URL.revokeObjectURL(download.href);
  download.href = URL.createObjectURL(new Blob([json()], { type: "application/json" }));
  download.download = `bitgrad-bench-${result.machine.date.slice(0, 10)}.json`;
}

function json(): string {
  return toJSON(result!.machine, result!.rows);
}

async function copy(): Promise<void> {
  try {
    await navigator.clipboard.writeText(json());
    element("copied").textContent = "Copied.";
  } catch (error) {
    element("copied").textContent = `This browser does not let the page copy: ${error}`;
  }
}

const showChoice = () => showPlan(plan(choice()));

for (const select of selects) {
  const wanted = [...select.options].find(({ value }) => value === parameters.get(select.name));
  if (wanted !== undefined) wanted.selected = true;
}
showMachine(describeMachine());
showChoice();
form.addEventListener("change", () => {
  // the address tells the choice, for another browser or person
  const told = new URLSearchParams(selects.map(({ name, value }) => [name, value]));
  if (rows !== undefined) told.set("rows", rows.join());
  history.replaceState(null, "", `?${told}`);
  if (result === undefined) showChoice(); // a result stays until the next is started
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (controller === undefined) void run();
  else controller.abort();
});
element("copy").addEventListener("click", copy);
addEventListener("error", ({ message }) => fail(message));
addEventListener("unhandledrejection", ({ reason }) => fail(reason));
if (parameters.has("autostart")) void run();
