// What the platform's own functions return, as contrast: ECMA-262 leaves their bits to the engine. The one file that
// may call them.

import type { BaseOperations } from "../operations/operations.ts";
import { digestOf, xorshift } from "./cases.ts";
import * as nearest from "./double-double.ts";

/** How far one of the platform's own functions is from correct rounding. */
export interface Contrast {
  /** Such as "Math.exp". */
  readonly name: string;
  /** Where its inputs are from. */
  readonly inputs: string;
  /** How many inputs there are. */
  readonly count: number;
  /** Results that are not the f64 nearest to the real value. */
  readonly notNearest: number;
  /** The furthest, in numbers of f64 between it and the nearest one, plus one. */
  readonly worstUlp: number;
  /** Results whose nearest f64 wasn't found; they count as right. */
  readonly undecided: number;
  /** SHA-256 of all results: two platforms with other digests differ. */
  readonly digest: string;
}

const COUNT = 1_000_000;
const CHUNK = 20_000; // a page stays alive between chunks

interface Subject {
  readonly inputs: string;
  readonly domains: readonly (readonly [low: number, high: number])[];
  platform(x: number, y: number): number;
  /** The estimate is bitgrad's own ln x. */
  nearest(x: number, y: number, estimate: number): number | undefined;
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  "Math.exp": { inputs: "−20 … 20", domains: [[-20, 20]], platform: Math.exp, nearest: nearest.exp },
  "Math.tanh": { inputs: "−10 … 10", domains: [[-10, 10]], platform: Math.tanh, nearest: nearest.tanh },
  "Math.log": {
    inputs: "0 … 1000",
    domains: [[0, 1000]],
    platform: Math.log,
    nearest: (x, _, estimate) => nearest.log(x, estimate),
  },
  "Math.pow": {
    inputs: "0 … 100 to the −20 … 20",
    domains: [
      [0, 100],
      [-20, 20],
    ],
    platform: Math.pow,
    nearest: nearest.pow,
  },
};

type Operations = Pick<BaseOperations, "log">;

/** Each of the functions over a million inputs; `turn` is called between chunks with the share done. */
export async function contrast(op: Operations, turn: (done: number) => Promise<void>): Promise<Contrast[]> {
  const found: Contrast[] = [];
  const names = Object.keys(SUBJECTS);
  for (const [index, name] of names.entries()) {
    found.push(await measure(name, SUBJECTS[name]!, op, (done) => turn((index + done) / names.length)));
  }
  return found;
}

async function measure(
  name: string,
  { inputs, domains, platform, nearest }: Subject,
  op: Operations,
  turn: (done: number) => Promise<void>,
): Promise<Contrast> {
  const next = xorshift(name);
  const results = new Float64Array(COUNT);
  let notNearest = 0;
  let undecided = 0;
  let worstUlp = 0;
  for (let start = 0; start < COUNT; start += CHUNK) {
    const [x, y = x] = domains.map(([low, high]) =>
      Float64Array.from({ length: CHUNK }, () => low + ((high - low) * (next() + 0.5)) / 4294967296),
    ) as [Float64Array, Float64Array?];
    const estimates = op.log(x);
    for (let n = 0; n < CHUNK; n++) {
      const result = platform(x[n]!, y[n]!);
      results[start + n] = result;
      const right = nearest(x[n]!, y[n]!, estimates[n]!);
      if (right === undefined) undecided++;
      else if (result !== right) {
        notNearest++;
        worstUlp = Math.max(worstUlp, distance(result, right));
      }
    }
    await turn((start + CHUNK) / COUNT);
  }
  return {
    name,
    inputs,
    count: COUNT,
    notNearest,
    worstUlp,
    undecided,
    digest: digestOf([{ what: "", values: results }]),
  };
}

const view = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(16));

/** How many steps from one f64 to the next lie between two of one sign. */
function distance(a: number, b: number): number {
  view.setFloat64(0, a);
  view.setFloat64(8, b);
  const steps = Number(view.getBigInt64(0) - view.getBigInt64(8));
  return Math.abs(steps);
}
