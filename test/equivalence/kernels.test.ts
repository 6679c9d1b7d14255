// Every kernel of Operations on WebAssembly against the reference, bit for bit: all sizes at which tiles, registers and
// their edges meet, and all values at which float code breaks.

import { Operations } from "bitgrad";
import { describe, expect, it } from "vitest";
import { DTYPES, type DType, expectSameBits, expectSameNumber, type FloatArray, floats } from "../fixtures/bits.ts";
import { Random, specialValues } from "../fixtures/random.ts";

const wasm = Operations.createSync({ engine: "wasm" });
const reference = Operations.createSync({ engine: "reference" });

const ELEMENTARY = ["exp", "log", "tanh", "sigmoid"] as const;

type Values = (length: number) => FloatArray;

/** Every kernel once, on arrays of the sizes that the shape gives them. */
function compareAll(values: Values, rows: number, inputs: number, units: number, rate: number): void {
  const shape = { rows, inputs, units };
  const at = `rows ${rows}, inputs ${inputs}, units ${units}`;
  const x = values(rows * inputs);
  const w = values(inputs * units);
  const b = values(units);
  const z = values(rows * units);
  const delta = values(rows * units);
  const compare = (kernel: string, run: (op: typeof wasm) => FloatArray) =>
    expectSameBits(run(wasm), run(reference), `${kernel} ${x.constructor.name} at ${at}`);

  compare("forward", (op) => op.forward(x, w, b, shape));
  compare("inputGradient", (op) => op.inputGradient(delta, w, shape));
  compare("weightGradient", (op) => op.weightGradient(x, delta, shape));
  compare("biasGradient", (op) => op.biasGradient(delta, shape));
  for (const name of ELEMENTARY) compare(name, (op) => op[name](z));
  compare("sigmoidDerivative", (op) => op.sigmoidDerivative(z));
  compare("sseGradient", (op) => op.sseGradient(z, delta));
  compare("update", (op) => op.update(z, delta, rate));
  expectSameNumber(wasm.sseError(z, delta, shape), reference.sseError(z, delta, shape), `sseError at ${at}`);
}

it("runs on the two engines it compares", () => {
  expect(wasm.engine).toBe("wasm");
  expect(reference.engine).toBe("reference");
});

describe.each(DTYPES)("%s", (dtype) => {
  const streams: readonly (readonly [string, (random: Random) => Values])[] = [
    ["ordinary", (random) => (length) => random.ordinary(dtype, length)],
    ["wide", (random) => (length) => random.wide(dtype, length)],
  ];

  describe.each(streams)("%s values", (_, stream) => {
    const values = stream(new Random(20));
    const EDGES = [0, 1, 3, 4, 7, 9];

    it.each(["rows", "inputs", "units"] as const)("%s from 0 to 67", (swept) => {
      for (let size = 0; size <= 67; size++) {
        for (const p of EDGES) {
          for (const q of EDGES) {
            if (swept === "rows") compareAll(values, size, p, q, 0.1);
            else if (swept === "inputs") compareAll(values, p, size, q, 0.1);
            else compareAll(values, p, q, size, 0.1);
          }
        }
      }
    });

    it("all sizes from 0 to 9 with each other", () => {
      for (let rows = 0; rows <= 9; rows++) {
        for (let inputs = 0; inputs <= 9; inputs++) {
          for (let units = 0; units <= 9; units++) compareAll(values, rows, inputs, units, 0.3);
        }
      }
    });

    it("larger sizes", () => {
      for (const [rows, inputs, units] of [
        [67, 67, 67],
        [64, 65, 66],
        [33, 128, 31],
        [5, 300, 130],
        [130, 17, 256],
        [2, 1000, 3],
      ] as const) {
        compareAll(values, rows, inputs, units, 1e-3);
      }
    });
  });

  it("any bit patterns", () => {
    const random = new Random(21);
    for (let n = 0; n < 500; n++) {
      const size = () => random.whole(0, 12);
      compareAll((length) => random.anyBits(dtype, length), size(), size(), size(), 1.5);
    }
  });

  it("special values, each with each", () => {
    const special = specialValues(dtype);
    // all pairs: the first of each along rows, the second along columns
    const n = special.length;
    const firsts = floats(dtype, n * n).map((_, i) => special[Math.floor(i / n)]!);
    const seconds = floats(dtype, n * n).map((_, i) => special[i % n]!);
    compareElementwise(firsts, seconds, [0, 1, 0.1, 2 ** -149, 2 ** -1074, 1e30, 1e300]);
    for (const bias of [0, -0, 1, -1, special.at(-1)!, Number.NaN, Number.NEGATIVE_INFINITY]) {
      const shape = { rows: n, inputs: 1, units: n };
      const b = floats(dtype, n).fill(bias);
      const forward = [wasm, reference].map((op) => op.forward(special, special, b, shape)) as [FloatArray, FloatArray];
      expectSameBits(...forward, `forward ${dtype} of special values, bias ${bias}`);
    }
    const outer = { rows: 1, inputs: n, units: n };
    expectSameBits(
      wasm.weightGradient(special, special, outer),
      reference.weightGradient(special, special, outer),
      `weightGradient ${dtype} of special values`,
    );
    const pairs = { rows: n, inputs: n, units: 1 };
    expectSameBits(
      wasm.inputGradient(special, special, pairs),
      reference.inputGradient(special, special, pairs),
      `inputGradient ${dtype} of special values`,
    );
  });

  it("leaves its arguments alone", () => {
    for (const op of [wasm, reference]) {
      const random = new Random(22);
      const shape = { rows: 3, inputs: 5, units: 3 };
      const args = { x: random.ordinary(dtype, 15), w: random.ordinary(dtype, 15), z: random.ordinary(dtype, 9) };
      const before = structuredClone(args);
      const { x, w, z } = args;
      op.forward(x, w, z.subarray(0, 3), shape);
      op.inputGradient(z, w, shape);
      op.weightGradient(x, z, shape);
      op.biasGradient(z, shape);
      for (const name of ELEMENTARY) op[name](z);
      op.sigmoidDerivative(z);
      op.sseError(x, w, { rows: 3, units: 5 });
      op.sseGradient(x, w);
      op.update(x, w, 0.1);
      expect(args).toEqual(before);
    }
  });
});

describe.each(ELEMENTARY)("%s over a dense sample of bit patterns", (name) => {
  const CHUNK = 1 << 16;
  const compare = (z: FloatArray, what: string) =>
    expectSameBits(wasm[name](z), reference[name](z), `${name} ${z.constructor.name} ${what}`);

  it("f32: every 4,099th of all 2^32", () => {
    for (let start = 0; start < 2 ** 32; start += CHUNK * 4099) {
      const count = Math.min(CHUNK, Math.ceil((2 ** 32 - start) / 4099));
      const bits = Uint32Array.from({ length: count }, (_, i) => start + i * 4099);
      compare(new Float32Array(bits.buffer), `from 0x${start.toString(16)} in steps of 4099`);
    }
  });

  it("f64: random bits, and random numbers where the result is not constant", () => {
    const random = new Random(23);
    for (let n = 0; n < 4; n++) {
      compare(random.anyBits("f64", CHUNK), "of random bits");
      for (const reach of [0.03, 1, 20, 750]) {
        const z = random.ordinary("f64", CHUNK).map((value) => value * (reach / 2));
        compare(z, `of random numbers in ±${reach}`);
        if (name === "log") compare(z.map(Math.abs), `of random numbers up to ${reach}`);
      }
    }
  });
});

function compareElementwise(a: FloatArray, b: FloatArray, rates: readonly number[]): void {
  const dtype: DType = a instanceof Float32Array ? "f32" : "f64";
  const shape = { rows: 1, units: 1 };
  const compare = (kernel: string, run: (op: typeof wasm) => FloatArray) =>
    expectSameBits(run(wasm), run(reference), `${kernel} ${dtype} of special values`);
  for (const name of ELEMENTARY) compare(name, (op) => op[name](b));
  compare("sigmoidDerivative", (op) => op.sigmoidDerivative(b));
  compare("sseGradient", (op) => op.sseGradient(a, b));
  for (const rate of rates) compare(`update by ${rate}`, (op) => op.update(a, b, rate));
  for (let i = 0; i < a.length; i += 97) {
    const [one, other] = [a.subarray(i, i + 1), b.subarray(i, i + 1)];
    const what = `sseError ${dtype} of ${one[0]}, ${other[0]}`;
    expectSameNumber(wasm.sseError(one, other, shape), reference.sseError(one, other, shape), what);
  }
}
