// Compares one range of bit patterns: both engines against the oracle. Forked by main.ts, a range a message.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Operations } from "bitgrad";

export interface Range {
  readonly name: FunctionName;
  readonly first: number;
  readonly count: number;
  readonly oracle: string;
}

export interface Finding {
  readonly first: number;
  /** Inputs that the oracle left to MPFR. */
  readonly decided: number;
  /** Results that are not the correctly rounded ones, as hexadecimal bits; at most a few a range. */
  readonly wrong: readonly { engine: string; input: string; result: string; expected: string }[];
  readonly wrongCount: number;
}

export const FUNCTIONS = { sigmoid: (op: Operations, z: Float32Array<ArrayBuffer>) => op.sigmoid(z) };
export type FunctionName = keyof typeof FUNCTIONS;

const engines = (["wasm", "reference"] as const).map((engine) => Operations.createSync({ engine }));
const hex = (bits: number | undefined) => (bits ?? 0).toString(16).padStart(8, "0");
const isNaNPattern = (bits: number) => (bits & 0x7fffffff) > 0x7f800000;

async function compare({ name, first, count, oracle }: Range): Promise<Finding> {
  const options = { encoding: "buffer", maxBuffer: 4 * count + 1024 } as const;
  const { stdout, stderr } = await promisify(execFile)(oracle, [name, String(first), String(count)], options);
  if (stdout.length !== 4 * count) throw new Error(`the oracle gave ${stdout.length} bytes for ${count} inputs`);
  const expected = new Uint32Array(Uint8Array.from(stdout).buffer);
  const inputs = Uint32Array.from({ length: count }, (_, n) => first + n);
  const wrong: Finding["wrong"][number][] = [];
  let wrongCount = 0;
  for (const op of engines) {
    const results = new Uint32Array(FUNCTIONS[name](op, new Float32Array(inputs.buffer)).buffer);
    for (let n = 0; n < count; n++) {
      const [result, right] = [results[n]!, expected[n]!];
      if (result === right || (isNaNPattern(result) && isNaNPattern(right))) continue;
      wrongCount++;
      if (wrong.length < 5) {
        wrong.push({ engine: op.engine, input: hex(inputs[n]), result: hex(result), expected: hex(right) });
      }
    }
  }
  return { first, decided: Number(stderr.toString()), wrong, wrongCount };
}

if (process.send !== undefined) {
  process.on("message", (range: Range) => {
    compare(range).then(
      (finding) => process.send!(finding),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
