// Runs the golden cases on both engines and says what came out: for each engine its fingerprint, and for each failing
// case the first element that differs, in hexadecimal.

import { checkChoice, checkFlag, checkFunction, isList, readNames, show } from "../checks.ts";
import type { EngineName } from "../engine/engine.ts";
import { OptionError } from "../errors.ts";
import { toBytes } from "../saving/bytes.ts";
import { type Case, cases, digestOf, fingerprint, type Library } from "./cases.ts";
import { type Contrast, contrast } from "./contrast.ts";
import golden from "./golden.json" with { type: "json" };
import type { Part } from "./operation-cases.ts";
import { describePlatform, type Platform } from "./platform.ts";

/** A case that did not give the right bits. */
export interface Failure {
  /** The name of the case. */
  readonly case: string;
  /** What was found and what is right, or the error that was thrown. */
  readonly message: string;
}

/** The cases of one kernel, of the random streams, of initial parameters or of trainings. */
export interface Group {
  /** Such as the name of the kernel. */
  readonly name: string;
  /** How many cases it has. */
  readonly cases: number;
  /** How many of them failed. */
  readonly failed: number;
}

/** What one engine gave. */
export interface EngineReport {
  /** Which engine. */
  readonly engine: EngineName;
  /** How many cases it ran. */
  readonly cases: number;
  /** The cases by what they are about. */
  readonly groups: readonly Group[];
  /** The cases that failed. */
  readonly failures: readonly Failure[];
  /** SHA-256 of all digests; where nothing failed, the golden one. */
  readonly fingerprint: string;
  /** Why it couldn't run here. */
  readonly unavailable?: string;
}

/** What `verify` resolves to. */
export interface Report {
  /** The version of the library. */
  readonly version: string;
  /** When it ran, in ISO 8601. */
  readonly date: string;
  /** Where it ran. */
  readonly platform: Platform;
  /** Every engine that runs here gave the golden fingerprint; one at least did. */
  readonly passed: boolean;
  /** SHA-256 of all digests that every platform must give. */
  readonly goldenFingerprint: string;
  /** What each engine gave. */
  readonly engines: readonly EngineReport[];
  /** How the platform's own functions compare. */
  readonly contrast: readonly Contrast[];
}

/** What is verified. */
export interface VerifyOptions {
  /** Default both. */
  readonly engines?: readonly EngineName[];
  /** Whether to measure the platform's own functions too: default true. */
  readonly contrast?: boolean;
  /** Called now and then with the share that is done, 0 to 1, and what is being done. */
  readonly onProgress?: (done: number, what: string) => void;
}

const TURN_MS = 30;
const ENGINES = ["wasm", "reference"] as const;
const GOLDEN: Readonly<Record<string, string>> = golden;

export async function runVerification(version: string, library: Library, options: VerifyOptions): Promise<Report> {
  const {
    engines = [...ENGINES],
    contrast: withContrast = true,
    onProgress = () => {},
  } = readNames("options", options, ["engines", "contrast", "onProgress"]);
  if (!isList(engines)) throw new OptionError(`engines is ${show(engines)}; an array of names is expected`);
  engines.forEach((engine, n) => checkChoice(`engines[${n}]`, engine, ENGINES));
  checkFlag("contrast", withContrast);
  checkFunction("onProgress", onProgress);
  const turn = turns();
  const share = 1 / (engines.length + (withContrast ? engines.length : 0));
  const reports: EngineReport[] = [];
  for (const [index, engine] of engines.entries()) {
    const report = await runEngine(library, engine, async (done) => {
      onProgress((index + done) * share, engine);
      await turn();
    });
    reports.push(report);
  }
  const contrasts = withContrast
    ? await contrast(await library.Operations.create({}), async (done) => {
        onProgress(0.5 + done / 2, "platform functions");
        await turn();
      })
    : [];
  onProgress(1, "");
  const ran = reports.filter(({ unavailable }) => unavailable === undefined);
  return {
    version,
    date: new Date().toISOString(),
    platform: await describePlatform(),
    passed: ran.length > 0 && ran.every(({ failures }) => failures.length === 0),
    goldenFingerprint: fingerprint(GOLDEN),
    engines: reports,
    contrast: contrasts,
  };
}

/** Lets timers, input and painting have a turn, now and then. */
function turns(): () => Promise<void> {
  let last = Date.now();
  return async () => {
    if (Date.now() - last < TURN_MS) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = Date.now();
  };
}

async function runEngine(
  library: Library,
  engine: EngineName,
  turn: (done: number) => Promise<void>,
): Promise<EngineReport> {
  const unavailable = await library.Operations.create({ engine }).then(() => undefined, String);
  if (unavailable !== undefined) {
    return { engine, cases: 0, groups: [], failures: [], fingerprint: "", unavailable };
  }
  const all = [...cases(library, engine)];
  const digests: Record<string, string> = {};
  const failures: Failure[] = [];
  for (const [index, one] of all.entries()) {
    const outcome = await attempt(one);
    const digest = typeof outcome === "string" ? outcome : digestOf(outcome);
    digests[one.name] = digest;
    if (digest !== GOLDEN[one.name]) {
      failures.push({ case: one.name, message: await explain(library, engine, one.name, outcome) });
    }
    await turn((index + 1) / all.length);
  }
  const names = all.map(({ name }) => name);
  return { engine, cases: all.length, groups: grouped(names, failures), failures, fingerprint: fingerprint(digests) };
}

/** By the first word of their names. */
function grouped(names: readonly string[], failures: readonly Failure[]): Group[] {
  const groupOf = (name: string) => /^\w+/.exec(name)![0];
  return [...new Set(names.map(groupOf))].map((group) => ({
    name: group,
    cases: names.filter((name) => groupOf(name) === group).length,
    failed: failures.filter((failure) => groupOf(failure.case) === group).length,
  }));
}

/** The results, or what was thrown. */
function attempt({ compute }: Case): Promise<Part[] | string> {
  return compute().catch(String);
}

/** Where a failing case's results first differ from those of the other engine, which are right if their digest is. */
async function explain(library: Library, engine: EngineName, name: string, found: Part[] | string): Promise<string> {
  if (typeof found === "string") return found;
  const other: EngineName = engine === "wasm" ? "reference" : "wasm";
  const twin = [...cases(library, other)].find((one) => one.name === name)!;
  const right = await attempt(twin);
  if (typeof right === "string") return `digest ${digestOf(found)}; the ${other} engine fails too: ${right}`;
  const known = digestOf(right) === GOLDEN[name];
  const difference = firstDifference(found, right);
  if (difference === undefined) return `both engines give digest ${digestOf(found)}; ${GOLDEN[name]} is right`;
  const { what, index, is, should } = difference;
  const claim = known ? `${should} is right` : `the ${other} engine, which fails too, gives ${should}`;
  return `element ${index} of ${what} is ${is}; ${claim}`;
}

interface Difference {
  readonly what: string;
  readonly index: number;
  readonly is: string;
  readonly should: string;
}

function firstDifference(found: readonly Part[], right: readonly Part[]): Difference | undefined {
  for (const [n, { what, values }] of found.entries()) {
    const others = right[n]!.values;
    const [is, should] = [elements(values), elements(others)];
    const index = is.findIndex((bits, i) => bits !== should[i]);
    if (index >= 0) return { what, index, is: is[index]!, should: should[index]! };
  }
  return undefined;
}

/** Every element as the hex digits of its bits, NaN as the one quiet NaN. */
function elements(values: Part["values"]): string[] {
  if (values instanceof Uint32Array) return Array.from(values, (word) => hex(word, 8));
  const view = new DataView(toBytes(values).buffer);
  return Array.from(values, (_, i) =>
    values instanceof Float32Array ? hex(view.getUint32(i * 4, true), 8) : hex(view.getBigUint64(i * 8, true), 16),
  );
}

function hex(bits: number | bigint, digits: number): string {
  return `0x${bits.toString(16).padStart(digits, "0")}`;
}
