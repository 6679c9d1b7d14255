// Byte counts that 32 bits can't hold: refused, or computed rightly, and never a word written into another network's
// memory.

import { Network, Operations, OutOfMemoryError } from "bitgrad";
import { describe, expect, it } from "vitest";
import { Arena } from "../../bindings/engine/wasm/arena.ts";
import { readExports, UNSIGNED } from "../../bindings/engine/wasm/exports.ts";
import { MAX_BYTES } from "../../bindings/numbers.ts";

const ENGINES = ["wasm", "reference"] as const;

/** Networks before and behind whatever `use` allocates; they stay as they are. */
function betweenNeighbors(use: () => void): void {
  const make = (seed: number) =>
    Network.createSync({ inputs: 20, layers: [{ units: 300 }, { units: 7 }], seed, engine: "wasm" });
  const before = [1, 2, 3, 4].map(make);
  before[1]!.dispose(); // a gap
  const living = before.filter((_, n) => n !== 1);
  const digests = living.map((net) => net.digest());
  use();
  expect(living.map((net) => net.digest())).toEqual(digests);
  for (const net of living) net.dispose();
}

describe.each(ENGINES)("%s", (engine) => {
  const op = Operations.createSync({ engine });
  const none = { f32: new Float32Array(0), f64: new Float64Array(0) };

  it("a result of 4 GiB and more is refused", () => {
    betweenNeighbors(() => {
      for (const inputs of [2 ** 30, 2 ** 30 + 8, 2 ** 31 + 1, 2 ** 32 + 8, 2 ** 40 + 2, 2 ** 53 - 1]) {
        const shape = { rows: 1, inputs, units: 0 };
        expect(() => op.inputGradient(none.f32, none.f32, shape)).toThrow(OutOfMemoryError);
      }
      for (const units of [2 ** 30, 2 ** 31, 2 ** 32 + 1]) {
        expect(() => op.biasGradient(none.f32, { rows: 0, units })).toThrow(OutOfMemoryError);
        expect(() => op.biasGradient(none.f64, { rows: 0, units: units - 1 })).toThrow(OutOfMemoryError);
        expect(() => op.weightGradient(none.f64, none.f64, { rows: 0, inputs: 5, units })).toThrow(OutOfMemoryError);
      }
      const bias = new Float32Array(1);
      expect(() => op.forward(none.f32, none.f32, bias, { rows: 2 ** 30, inputs: 0, units: 1 })).toThrow(
        OutOfMemoryError,
      );
      expect(() => op.shuffle(2 ** 30, 1, 0)).toThrow(OutOfMemoryError);
      expect(() => op.shuffle(2 ** 32 - 1, 1, 0)).toThrow(OutOfMemoryError);
    });
  });

  it("a result without elements takes no time, however many rows it has", () => {
    const many = 2 ** 53 - 1;
    expect(op.forward(none.f32, none.f32, none.f32, { rows: many, inputs: 0, units: 0 })).toEqual(none.f32);
    expect(op.forward(none.f64, none.f64, none.f64, { rows: 0, inputs: many, units: 0 })).toEqual(none.f64);
    expect(op.inputGradient(none.f32, none.f32, { rows: many, inputs: 0, units: 0 })).toEqual(none.f32);
    expect(op.weightGradient(none.f64, none.f64, { rows: many, inputs: 0, units: 0 })).toEqual(none.f64);
    expect(op.biasGradient(none.f64, { rows: many, units: 0 })).toEqual(none.f64);
    expect(op.sseError(none.f64, none.f64, { rows: many, units: 0 })).toBe(0);
  });

  it("a network of 4 GiB is refused, its optimizer's slots counted", () => {
    betweenNeighbors(() => {
      const layers = [{ units: 2 ** 15 }];
      const create = (inputs: number, type: "sgd" | "adam") =>
        Network.createSync({ inputs, layers, optimizer: { type }, engine });
      expect(() => create(2 ** 15, "sgd")).toThrow(OutOfMemoryError);
      expect(() => create(2 ** 14 - 2 ** 12, "adam")).toThrow(OutOfMemoryError);
    });
  });
});

describe("sizes of a result that doesn't come through memory at once are right", () => {
  const fill = (length: number, from: number) => Float64Array.from({ length }, (_, n) => ((n * 7 + from) % 11) - 5);
  const shapes = [
    { rows: 2, inputs: 3, units: 1_400_001 },
    { rows: 3, inputs: 1_400_001, units: 2 },
    { rows: 700_001, inputs: 3, units: 4 },
    { rows: 1_100_003, inputs: 3, units: 1 },
    { rows: 2, inputs: 5_000_001, units: 1 },
  ];
  const [wasm, reference] = ENGINES.map((engine) => Operations.createSync({ engine })) as [Operations, Operations];

  it.each(shapes)("%o", (shape) => {
    const { rows, inputs, units } = shape;
    const [x, w, b, delta] = [fill(rows * inputs, 1), fill(inputs * units, 2), fill(units, 3), fill(rows * units, 4)];
    const same = (one: Float64Array, other: Float64Array) =>
      Buffer.compare(Buffer.from(one.buffer), Buffer.from(other.buffer));
    expect(same(wasm.forward(x, w, b, shape), reference.forward(x, w, b, shape))).toBe(0);
    expect(same(wasm.inputGradient(delta, w, shape), reference.inputGradient(delta, w, shape))).toBe(0);
    expect(same(wasm.weightGradient(x, delta, shape), reference.weightGradient(x, delta, shape))).toBe(0);
    const batch = { rows, units };
    expect(same(wasm.biasGradient(delta, batch), reference.biasGradient(delta, batch))).toBe(0);
  });
});

describe("the arena", () => {
  const arena = () => new Arena(new WebAssembly.Memory({ initial: 3 }), 1000);

  it("refuses sizes that are no whole number or too large", () => {
    const one = arena();
    const before = one.allocate(100);
    for (const bytes of [
      Number.NaN,
      -1,
      -(2 ** 31),
      0.5,
      100.25,
      MAX_BYTES + 1,
      2 ** 32,
      2 ** 53,
      Infinity,
      -Infinity,
    ]) {
      expect(() => one.allocate(bytes), String(bytes)).toThrow(OutOfMemoryError);
    }
    expect(() => one.borrow([64, Number.NaN], () => undefined)).toThrow(OutOfMemoryError);
    expect(one.capacity).toBe(3 * 65536);
    expect(one.allocate(0)).toBe(before + 128); // nothing was lost, and none is the same as another
    expect(one.allocate(0)).toBe(before + 192);
  });

  it("gives a block that is released twice once", () => {
    const one = arena();
    const [a, b] = [one.allocate(64), one.allocate(64)];
    one.release(a);
    one.release(a);
    expect(one.allocate(64)).toBe(a);
    expect(one.allocate(64)).toBe(b + 64);
  });
});

describe("what is unsigned", () => {
  it("comes back so", () => {
    const exports = Object.fromEntries([...UNSIGNED].map((name) => [name, () => -64]));
    const read = readExports({ exports } as unknown as WebAssembly.Instance) as unknown as Record<string, () => number>;
    for (const name of UNSIGNED) expect(read[name]!(), name).toBe(2 ** 32 - 64);
  });
});
