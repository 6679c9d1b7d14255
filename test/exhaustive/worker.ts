// Compares one part of a function's inputs: both engines against an oracle. Forked by main.ts, a part a message.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Operations } from "bitgrad";

export const FUNCTIONS = ["exp", "log", "tanh", "sigmoid"] as const;
export const DTYPES = ["f32", "f64"] as const;

/** f32: `count` bit patterns from `first` on. f64: `count` points that the oracle draws, with `first` as its seed. */
export interface Part {
  readonly name: (typeof FUNCTIONS)[number];
  readonly dtype: (typeof DTYPES)[number];
  readonly first: number;
  readonly count: number;
  readonly oracle: string;
}

export interface Finding {
  readonly first: number;
  /** f32: results that are not the correctly rounded ones. f64: results in which the engines differ. */
  readonly wrongCount: number;
  /** The first few of them; numbers as the hex digits of their bits. */
  readonly wrong: readonly { engine: string; input: string; result: string; expected: string }[];
  /** f32: inputs that the oracle left to MPFR. f64: results that are not the nearest number. */
  readonly noted: number;
  /** f64: the largest errors, in units in the last place, and where. */
  readonly worst: Worst;
}

export type Worst = Readonly<Record<"normal" | "subnormal", { readonly ulp: number; readonly input: number }>>;

const SHOWN = 5;
const engines = (["wasm", "reference"] as const).map((engine) => Operations.createSync({ engine }));
const hex = (bits: number | bigint) => bits.toString(16);
const isNaNPattern = (bits: number) => (bits & 0x7fffffff) > 0x7f800000;

/** What the oracle prints, in memory of its own. */
async function ask({ oracle, name, first, count }: Part, bytesEach: number): Promise<[ArrayBuffer, string]> {
  const options = { encoding: "buffer", maxBuffer: bytesEach * count + 1024 } as const;
  const { stdout, stderr } = await promisify(execFile)(oracle, [name, String(first), String(count)], options);
  if (stdout.length !== bytesEach * count)
    throw new Error(`the oracle gave ${stdout.length} bytes for ${count} inputs`);
  return [Uint8Array.from(stdout).buffer, stderr.toString()];
}

async function compare(part: Part): Promise<Finding> {
  const { name, first, count } = part;
  const [answer, decided] = await ask(part, 4);
  const expected = new Uint32Array(answer);
  const inputs = Uint32Array.from({ length: count }, (_, n) => first + n);
  const wrong: Finding["wrong"][number][] = [];
  let wrongCount = 0;
  for (const op of engines) {
    const results = new Uint32Array(op[name](new Float32Array(inputs.buffer)).buffer);
    for (let n = 0; n < count; n++) {
      const [result, right] = [results[n]!, expected[n]!];
      if (result === right || (isNaNPattern(result) && isNaNPattern(right))) continue;
      wrongCount++;
      if (wrong.length >= SHOWN) continue;
      wrong.push({ engine: op.engine, input: hex(inputs[n]!), result: hex(result), expected: hex(right) });
    }
  }
  const none = { ulp: 0, input: 0 };
  return { first, wrongCount, wrong, noted: Number(decided), worst: { normal: none, subnormal: none } };
}

async function measure(part: Part): Promise<Finding> {
  const { name, first, count } = part;
  const [answer] = await ask(part, 24);
  const records = new Float64Array(answer);
  const column = (offset: number) => Float64Array.from({ length: count }, (_, n) => records[3 * n + offset]!);
  const [inputs, rounded, rests] = [column(0), column(1), column(2)];
  const [results, others] = engines.map((op) => op[name](inputs)) as [Float64Array, Float64Array];
  const bits = (values: Float64Array, n: number) => new BigUint64Array(values.buffer)[n]!;
  const wrong: Finding["wrong"][number][] = [];
  const worst = { normal: { ulp: 0, input: 0 }, subnormal: { ulp: 0, input: 0 } };
  let wrongCount = 0;
  let noted = 0;
  for (let n = 0; n < count; n++) {
    const [input, result, nearest] = [inputs[n]!, results[n]!, rounded[n]!];
    if (!Object.is(result, others[n])) {
      wrongCount++;
      if (wrong.length < SHOWN) {
        const [found, other] = [hex(bits(results, n)), hex(bits(others, n))];
        wrong.push({ engine: "wasm", input: hex(bits(inputs, n)), result: found, expected: other });
      }
    }
    if (result !== nearest) noted++;
    const kind = Math.abs(nearest) < 2 ** -1022 ? "subnormal" : "normal";
    const ulp = errorInUlp(result, nearest, rests[n]!);
    if (ulp > worst[kind].ulp) worst[kind] = { ulp, input };
  }
  return { first, wrongCount, wrong, noted, worst };
}

const words = new DataView(new ArrayBuffer(8));

/** How far a result is from nearest + rest units in nearest's last place. */
function errorInUlp(result: number, nearest: number, rest: number): number {
  if (result === nearest) return Math.abs(rest);
  words.setFloat64(0, nearest);
  const exponent = Math.max((words.getUint16(0) >> 4) & 0x7ff, 1) - 1075;
  // a quotient of powers of two is exact, and 2^−1074 is one
  return Math.abs((result - nearest) / 2 ** exponent - rest);
}

if (process.send !== undefined) {
  process.on("message", (part: Part) => {
    (part.dtype === "f32" ? compare(part) : measure(part)).then(
      (finding) => process.send!(finding),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
