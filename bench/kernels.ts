// A kernel's contestants: one function of Operations as a user calls it. On wasm that copies arrays in and the result
// out; all but the elementary functions return a new array. Plain JS writes into an array that it was given.

import { type DType, Operations } from "bitgrad";
import { Operations as ReferenceOperations } from "bitgrad/reference";
import { uniform } from "../test/support/random.ts";
import { callsToTime, warmUp } from "./clock.ts";
import * as plain from "./plain-js.ts";
import type { Contestant, ContestantName } from "./race.ts";
import { floats } from "./workloads.ts";

const PRODUCTS = ["forward", "inputGradient", "weightGradient"] as const;
const ELEMENTARY = ["sigmoid", "tanh", "exp", "log"] as const;
const OTHERS = ["sigmoidDerivative", "sseError", "sseGradient", "biasGradient", "update"] as const;

export interface Kernel {
  readonly kernel: (typeof PRODUCTS | typeof ELEMENTARY | typeof OTHERS)[number];
  readonly rows: number;
  readonly inputs: number;
  readonly units: number;
}

const FLAT = { rows: 256, inputs: 1, units: 256 }; // 65,536 elements

/** Each building block; products of matrices in two sizes. */
export const KERNELS: readonly Kernel[] = [
  ...PRODUCTS.flatMap((kernel) => [
    { kernel, rows: 64, inputs: 64, units: 64 },
    { kernel, rows: 128, inputs: 784, units: 128 },
  ]),
  ...[...ELEMENTARY, ...OTHERS].map((kernel) => ({ kernel, ...FLAT })),
];

type Calls = Record<Kernel["kernel"], () => plain.Floats | number>;

const RATE = 0.1;

export function prepareKernel(
  { kernel, rows, inputs, units }: Kernel,
  dtype: DType,
  name: ContestantName,
  quick: boolean,
  clockStepMs: number,
): Contestant {
  const random = uniform(123_456_789);
  const values = (length: number) => floats(dtype, length).map(() => random() - 0.5);
  const shape = { rows, inputs, units };
  const [x, w, b] = [values(rows * inputs), values(inputs * units), values(units)];
  const [z, y, delta] = [values(rows * units), values(rows * units), values(rows * units)];
  const wide = z.map((value) => value * 16);
  const positive = wide.map(Math.abs);
  const out = floats(dtype, rows * units);

  const libraryCalls = (op: Operations | ReferenceOperations): Calls => ({
    forward: () => op.forward(x, w, b, shape),
    inputGradient: () => op.inputGradient(delta, w, shape),
    weightGradient: () => op.weightGradient(x, delta, shape),
    sigmoid: () => op.sigmoid(wide, out),
    tanh: () => op.tanh(wide, out),
    exp: () => op.exp(wide, out),
    log: () => op.log(positive, out),
    sigmoidDerivative: () => op.sigmoidDerivative(z),
    sseError: () => op.sseError(z, y, shape),
    sseGradient: () => op.sseGradient(z, y),
    biasGradient: () => op.biasGradient(delta, shape),
    update: () => op.update(z, y, RATE),
  });
  const plainCalls = (): Calls => {
    const into = (length: number, write: (out: plain.Floats) => void) => {
      const out = floats(dtype, length);
      return () => {
        write(out);
        return out;
      };
    };
    return {
      forward: into(z.length, (out) => plain.forward(out, x, 0, w, b, rows, inputs, units)),
      inputGradient: into(x.length, (out) => plain.inputGradient(out, delta, w, rows, inputs, units)),
      weightGradient: into(w.length, (out) => {
        out.fill(0);
        plain.addWeightGradient(out, x, 0, delta, rows, inputs, units, 1);
      }),
      sigmoid: into(z.length, (out) => plain.sigmoid(out, wide, z.length)),
      tanh: into(z.length, (out) => plain.tanh(out, wide)),
      exp: into(z.length, (out) => plain.exp(out, wide)),
      log: into(z.length, (out) => plain.log(out, positive)),
      sigmoidDerivative: into(z.length, (out) => plain.sigmoidDerivative(out, z)),
      sseError: () => plain.sseError(z, y),
      sseGradient: into(z.length, (out) => plain.sseGradient(out, z, y)),
      biasGradient: into(units, (out) => plain.biasGradient(out, delta, rows, units)),
      update: into(z.length, (out) => plain.update(out, z, y, RATE)),
    };
  };
  const calls =
    name === "plain"
      ? plainCalls()
      : libraryCalls(name === "wasm" ? Operations.createSync({ engine: name }) : ReferenceOperations.createSync());

  const run = calls[kernel];
  const result = run();
  const evidence = typeof result === "number" ? Float64Array.of(result) : Float64Array.from(result);
  warmUp(run, quick ? 50 : 300);
  const count = callsToTime(run, clockStepMs);
  const runAll = () => {
    let read = 0; // an engine need not compute what nobody reads: WebKit then leaves a sum's loop empty
    for (let n = 0; n < count; n++) {
      const result = run();
      read += typeof result === "number" ? result : result[0]!;
    }
    return read;
  };
  return { evidence, work: count, prepare: () => {}, run: runAll };
}
