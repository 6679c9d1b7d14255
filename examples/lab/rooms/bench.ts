// The script of the room that measures. ?only=training&dtype=f32&length=full presets the controls, &rows=xor,digits
// leaves other rows out, &autostart starts, and &post sends the result to the server that drives the browser.

import type { DType } from "bitgrad";
import { describeMachine, report } from "../../../bench/page/machine.ts";
import { type PageChoice, type PageResult, runBenchmark } from "../../../bench/page/run.ts";
import { type PlannedRow, plan } from "../../../bench/plan.ts";
import { toJSON } from "../../../bench/rows.ts";
import { type BenchRun, brief, readRun, writeRun } from "./bench-run.ts";
import { showMachine, showPlan, showRows, showSentences } from "./bench-view.ts";
import { dateOf, element, messageOf, tell, timeLeft } from "./dom.ts";
import { type Kind, keep, offer, runOfLink, showHistory } from "./runs.ts";

/** The program of a contestant, from a script of its name. */
declare const bitgradContestant: () => unknown;

const parameters = new URLSearchParams(location.search);
const form = element<HTMLFormElement>("controls");
const button = form.querySelector("button")!;
const selects = [...form.querySelectorAll("select")];
const rows = parameters.get("rows")?.split(",");

let controller: AbortController | undefined; // there while it runs

const kind: Kind<BenchRun> = {
  room: "bench",
  read: readRun,
  write: writeRun,
  brief,
  json: ({ machine, rows }) => toJSON(machine, rows),
  show(run) {
    show(run, `This is your run of ${dateOf(run.date)}.`);
    element("answer").scrollIntoView();
  },
};

function choice(): PageChoice {
  const { only, dtype, length } = Object.fromEntries(selects.map(({ name, value }) => [name, value || undefined]));
  return { only, dtype: dtype as DType | undefined, rows, quick: length === "quick" };
}

function startWorker(): Worker {
  const url = URL.createObjectURL(new Blob([`(${bitgradContestant})()`], { type: "text/javascript" }));
  try {
    return new Worker(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function run(): Promise<void> {
  controller = new AbortController();
  enable();
  for (const id of ["failure", "warning", "origin"]) tell(id, undefined);
  element("answer").hidden = true;
  const planned = plan(choice());
  showPlan(planned);
  const startedAt = performance.now();
  let row: PlannedRow | undefined;
  try {
    const result = await runBenchmark(choice(), {
      signal: controller.signal,
      startWorker,
      onProgress(done, current, number) {
        element<HTMLProgressElement>("progress").value = done;
        element("left").textContent = timeLeft(done, performance.now() - startedAt);
        if (current === row) return; // a screen reader is told of rows alone
        row = current;
        element("status").textContent =
          `Measuring ${number + 1} of ${planned.length}: ${current.name}, ${current.dtype} …`;
      },
      onRow: (soFar) => showRows(soFar.rows),
    });
    finish(result);
    await report("/result", JSON.stringify(result));
  } catch (error) {
    fail(error);
  } finally {
    controller = undefined;
    enable();
  }
}

function finish({ machine, rows }: PageResult): void {
  const { stopped, hidden } = machine;
  tell(
    "warning",
    [
      stopped ? "It was stopped. The rows that were finished stay." : "",
      hidden ? "This tab was in the background for a while, where browsers slow it down." : "",
    ]
      .filter(Boolean)
      .join(" "),
  );
  if (rows.length === 0) return;
  const found = { date: machine.date, browser: machine.browser, machine, rows };
  history.replaceState(null, "", location.pathname + location.search); // a run that a link had is over
  show(found);
  keep(kind, found);
}

function show(run: BenchRun, origin?: string): void {
  tell("origin", origin);
  showPlan(run.rows);
  showRows(run.rows);
  showSentences(run, origin === undefined ? "this" : "that");
  showMachine(run.machine);
  element("answer").hidden = false;
  offer(kind, run);
}

function fail(error: unknown): void {
  tell("failure", `It ended with an error: ${messageOf(error)}`);
  void report("/failure", messageOf(error));
}

function enable(): void {
  const runs = controller !== undefined;
  for (const select of selects) select.disabled = runs;
  button.textContent = runs ? "Stop" : "Start";
  element("running").hidden = !runs;
}

for (const select of selects) {
  const wanted = [...select.options].find(({ value }) => value === parameters.get(select.name));
  if (wanted !== undefined) wanted.selected = true;
}
form.addEventListener("change", () => {
  // the address tells the choice, for another browser or person
  const told = new URLSearchParams(selects.map(({ name, value }) => [name, value]));
  if (rows !== undefined) told.set("rows", rows.join());
  history.replaceState(null, "", `?${told}`);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (controller === undefined) void run();
  else controller.abort();
});
addEventListener("error", ({ message }) => fail(message));
addEventListener("unhandledrejection", ({ reason }) => fail(reason));
showMachine(describeMachine());
showHistory(kind);
element("notes").classList.remove("later");
if (parameters.has("autostart")) void run();
else {
  void runOfLink(kind).then((found) => {
    if (found === undefined) return;
    show(found, `A run of ${dateOf(found.date)}, in ${found.browser}, opened from a link.`);
  });
}
