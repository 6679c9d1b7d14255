// The script of the room that verifies this browser: asked, it runs bitgrad/verify and says what came out.

import { type Contrast, type EngineReport, type Failure, type Report, verify } from "bitgrad/verify";
import { describeMachine } from "../../../bench/page/machine.ts";
import { dateOf, element, factsOf, messageOf, tableOf, tell, timeLeft, whole } from "./dom.ts";
import * as read from "./reading.ts";
import { type Kind, keep, offer, type Run, runOfLink, showHistory } from "./runs.ts";

/** A report without what can be long. */
interface VerifyRun extends Run {
  readonly bitgrad: string;
  readonly engine: string;
  readonly processor: string;
  readonly wasm: readonly string[];
  readonly passed: boolean;
  readonly fingerprint: string;
  readonly engines: readonly {
    readonly engine: string;
    readonly cases: number;
    readonly failed: number;
    readonly unavailable?: string;
  }[];
  readonly contrast: readonly Pick<Contrast, "name" | "inputs" | "count" | "notNearest" | "worstUlp" | "digest">[];
}

const ENGINES: Readonly<Record<string, string>> = { wasm: "WebAssembly", reference: "plain JavaScript" };
const DOING: Readonly<Record<string, string>> = {
  wasm: "Computing everything with the WebAssembly engine",
  reference: "Computing everything again with the engine in plain JavaScript",
  "platform functions": "Counting how exact this browser’s own functions are",
};

/** The report of the run that was made here last; links and history have runs alone. */
let report: Report | undefined;

const kind: Kind<VerifyRun> = {
  room: "verify",
  read: readRun,
  write: (run) => run,
  brief: ({ passed, engines }) => (passed ? "the same bits" : `${whole(failedOf(engines))} results differ`),
  json: (run) => JSON.stringify(report?.date === run.date ? report : run, null, 2),
  show(run) {
    show(run, `This is your run of ${dateOf(run.date)}.`);
    element("results").scrollIntoView();
  },
};

function readRun(value: unknown): VerifyRun {
  const run = read.fieldsOf("content", value);
  return {
    date: read.dateOf(run.date),
    browser: read.textOf("browser", run.browser),
    bitgrad: read.textOf("version", run.bitgrad, 30),
    engine: read.textOf("engine", run.engine),
    processor: read.textOf("processor", run.processor),
    wasm: read.listOf("list of abilities", run.wasm, 40, (name) => read.textOf("ability", name, 40)),
    passed: read.flagOf("result", run.passed),
    fingerprint: run.fingerprint === "" ? "" : read.digestOf("fingerprint", run.fingerprint),
    engines: read.listOf("list of engines", run.engines, 2, (one) => {
      const { engine, cases, failed, unavailable } = read.fieldsOf("engine", one);
      return {
        engine: read.choiceOf("engine", engine, Object.keys(ENGINES)),
        cases: read.countOf("number of cases", cases, 1e6),
        failed: read.countOf("number of failures", failed, 1e6),
        ...(unavailable !== undefined && { unavailable: read.textOf("reason", unavailable, 500) }),
      };
    }),
    contrast: read.listOf("list of functions", run.contrast, 20, (one) => {
      const { name, inputs, count, notNearest, worstUlp, digest } = read.fieldsOf("function", one);
      return {
        name: read.textOf("function", name, 40),
        inputs: read.textOf("function's inputs", inputs, 60),
        count: read.countOf("number of inputs", count, 1e9),
        notNearest: read.countOf("number of results", notNearest, 1e9),
        worstUlp: read.countOf("distance", worstUlp, 2 ** 53),
        digest: read.digestOf("function's digest", digest),
      };
    }),
  };
}

function runOf({ version, date, platform, passed, engines, contrast }: Report): VerifyRun {
  return {
    date,
    browser: describeMachine().browser,
    bitgrad: version,
    engine: platform.engine,
    processor: `${platform.processor}, ${platform.littleEndian ? "little" : "big"}-endian`,
    wasm: platform.wasmFeatures,
    passed,
    fingerprint: engines.find(({ fingerprint }) => fingerprint !== "")?.fingerprint ?? "",
    engines: engines.map(({ engine, cases, failures, unavailable }) => ({
      engine,
      cases,
      failed: failures.length,
      ...(unavailable !== undefined && { unavailable }),
    })),
    contrast: contrast.map(({ name, inputs, count, notNearest, worstUlp, digest }) => ({
      name,
      inputs,
      count,
      notNearest,
      worstUlp,
      digest,
    })),
  };
}

async function run(): Promise<void> {
  const start = element<HTMLButtonElement>("start");
  start.disabled = true;
  tell("failure", undefined);
  element("running").hidden = false;
  element("results").hidden = true;
  const startedAt = performance.now();
  let doing = "";
  try {
    report = await verify({
      onProgress(done, what) {
        element<HTMLProgressElement>("progress").value = done;
        element("left").textContent = timeLeft(done, performance.now() - startedAt);
        if (what === doing || what === "") return; // a screen reader is told of each part once
        doing = what;
        element("status").textContent = `${DOING[what] ?? what} …`;
      },
    });
    const found = runOf(report);
    history.replaceState(null, "", location.pathname + location.search); // a run that a link had is over
    show(found);
    showFailures(report.engines);
    keep(kind, found);
  } catch (error) {
    tell("failure", `It could not run: ${messageOf(error)}`);
  } finally {
    element("running").hidden = true;
    start.disabled = false;
    start.textContent = "Test again";
  }
}

const failedOf = (engines: VerifyRun["engines"]) => engines.reduce((sum, { failed }) => sum + failed, 0);

function show(run: VerifyRun, origin?: string): void {
  const { passed, engines, contrast, fingerprint, bitgrad, browser, engine, processor, wasm } = run;
  const cases = engines.reduce((sum, one) => sum + one.cases, 0);
  const which = origin === undefined ? "this" : "that";
  tell("origin", origin);
  element("verdict").className = `verdict ${passed ? "good-ink" : "bad-ink"}`;
  element("verdict").textContent = passed
    ? `Yes: ${which} browser computes the same bits as every other.`
    : cases === 0
      ? `No engine of bitgrad runs in ${which} browser.`
      : `No: ${whole(failedOf(engines))} of ${whole(cases)} results differ in ${which} browser.`;
  element("detail").textContent = passed
    ? `All ${whole(cases)} results are right, down to the last bit. So a network that is trained here is the network that is trained anywhere.`
    : "A network that is trained here may differ from one that is trained elsewhere.";
  const columns = [
    { head: "Engine", cell: (one: (typeof engines)[number]) => ENGINES[one.engine]! },
    { head: "Results", cell: (one: (typeof engines)[number]) => one.unavailable ?? whole(one.cases) },
    { head: "Of these differ", cell: (one: (typeof engines)[number]) => (one.unavailable ? "" : whole(one.failed)) },
  ];
  element("engines").replaceChildren(tableOf("The two engines", columns, engines));
  element("fingerprint").textContent = fingerprint || "none";
  element("failing").hidden = true;
  showContrast(contrast, which);
  const facts: readonly (readonly [string, string])[] = [
    ["Browser", browser],
    ["JavaScript engine", engine],
    ["Processor", processor],
    ["WebAssembly", wasm.join(", ") || "none"],
    ["bitgrad", bitgrad],
    ["Date", dateOf(run.date)],
  ];
  element("platform").replaceChildren(...factsOf(facts));
  element("results").hidden = false;
  offer(kind, run);
}

function showContrast(contrast: VerifyRun["contrast"], which: string): void {
  const [most] = [...contrast].sort((a, b) => b.notNearest - a.notNearest);
  const share = ({ notNearest, count }: (typeof contrast)[number]) => `${((100 * notNearest) / count).toFixed(2)} %`;
  tell(
    "contrast-sentence",
    most &&
      `Of a million results of ${which} browser’s own ${most.name}, ${whole(most.notNearest)} are not the number nearest to the true value.`,
  );
  type One = (typeof contrast)[number];
  const columns = [
    { head: "Function", cell: ({ name }: One) => name },
    { head: "Not the nearest", cell: share, className: "number" },
    {
      head: "Furthest off",
      cell: ({ worstUlp }: One) => (worstUlp === 1 ? "1 number" : `${whole(worstUlp)} numbers`),
      className: "number",
    },
    { head: "Inputs", cell: ({ inputs }: One) => inputs },
    { head: "Digest", cell: ({ digest }: One) => `${digest.slice(0, 12)}…` },
  ];
  element("contrast").replaceChildren(tableOf("This browser’s own functions", columns, contrast));
}

function showFailures(engines: readonly EngineReport[]): void {
  const all = engines.flatMap(({ engine, failures }) => failures.map((failure) => ({ engine, ...failure })));
  element("failing").hidden = all.length === 0;
  type One = Failure & { engine: string };
  const columns = [
    { head: "Case", cell: (one: One) => one.case },
    { head: "Engine", cell: ({ engine }: One) => ENGINES[engine]! },
    { head: "First difference", cell: ({ message }: One) => message },
  ];
  element("failures").replaceChildren(tableOf("Where it differs", columns, all));
}

const start = element<HTMLButtonElement>("start");
start.hidden = false;
start.addEventListener("click", () => void run());
showHistory(kind);
void runOfLink(kind).then((found) => {
  if (found === undefined) return;
  show(found, `A run of ${dateOf(found.date)}, in ${found.browser}, opened from a link.`);
});
