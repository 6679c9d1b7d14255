// What the building blocks refuse, the same on both engines, and that each argument is read once.

import { runInNewContext } from "node:vm";
import { DataError, Operations, OptionError, OutOfMemoryError, ShapeError } from "bitgrad";
import { describe, expect, it } from "vitest";
import { ENGINES } from "../fixtures/bits.ts";

const f64 = (...values: number[]) => Float64Array.from(values);
const layer = (weights: number[], biases: number[]) => ({ weights: f64(...weights), biases: f64(...biases) });

describe.each(ENGINES)("%s", (engine) => {
  const op = Operations.createSync({ engine });
  const refused = (type: new (message: string) => Error, message: string, call: () => unknown) => {
    expect(call, message).toThrow(type);
    expect(call).toThrow(message);
  };

  it("words: arrays of two whole numbers", () => {
    const word = (words: unknown) => () => op.threefry(words as [number, number], [0, 0]);
    refused(OptionError, "key[0] is undefined; a whole number from 0 to 4294967295", word(Array(2)));
    refused(OptionError, "key[1] is undefined", word(Object.assign(Array(2), { 0: 1 })));
    refused(OptionError, "key is an array of 3; two 32-bit words", word([1, 2, 3]));
    refused(OptionError, "key is a Uint32Array object", word(new Uint32Array(2)));
    refused(OptionError, "key is an Object object", word({ 0: 1, 1: 2, length: 2 }));
    refused(OptionError, "key[0] is 0.5", word([0.5, 0]));
    refused(OptionError, "key[1] is -1", word([0, -1]));
    refused(OptionError, "key[1] is 4294967296", word([0, 2 ** 32]));
    refused(OptionError, 'key[0] is "1"', word(["1", 0]));
    refused(OptionError, "key[0] is 1n", word([1n, 0]));
    expect(op.threefry([-0, -0], [-0, -0])).toEqual([0x6b200159, 0x99ba4efe]);
    let reads = 0;
    const once = Object.defineProperty([0, 0], 0, { get: () => (reads++ === 0 ? 0 : 0.5) });
    expect(op.threefry(once as [number, number], [0, 0])).toEqual([0x6b200159, 0x99ba4efe]);
    expect(reads).toBe(1);
  });

  it("zeros of either sign are sizes, seeds and epochs", () => {
    expect([...op.shuffle(4, -0, -0)]).toEqual([...op.shuffle(4, 0, 0)]);
    expect(op.shuffle(-0, 1, 1)).toHaveLength(0);
    expect(op.forward(f64(), f64(), f64(1), { rows: 1, inputs: -0, units: 1 })).toEqual(f64(1));
  });

  it("sizes that are none, and results beyond memory", () => {
    for (const rows of [-1, 0.5, Number.NaN, "1", null, undefined, 2 ** 53]) {
      refused(OptionError, "shape.rows is ", () => op.softmax(f64(), { rows: rows as number, units: 1 }));
    }
    refused(OptionError, 'shape knows no "row"', () => op.softmax(f64(), { row: 1, units: 1 } as never));
    refused(OptionError, "shape is null", () => op.softmax(f64(), null as never));
    const many = 2 ** 32;
    const none = f64();
    refused(OutOfMemoryError, "memory", () => op.biasGradient(none, { rows: 0, units: many }));
    refused(OutOfMemoryError, "memory", () => op.weightGradient(none, none, { rows: 0, inputs: many, units: 1 }));
    refused(OutOfMemoryError, "memory", () => op.inputGradient(none, none, { rows: many, inputs: 1, units: 0 }));
    refused(OutOfMemoryError, "memory", () => op.forward(none, none, f64(1), { rows: many, inputs: 0, units: 1 }));
    refused(OutOfMemoryError, "memory", () => op.dropoutFactors({ rows: many, units: 1 }, { dropout: 0.5 }));
    refused(OutOfMemoryError, "memory", () => op.initialWeights({ inputs: many, units: 1 }));
    refused(OutOfMemoryError, "memory", () => op.shuffle(2 ** 32 - 1, 0, 0));
    // no result, however many rows: nothing to count through
    expect(op.sseError(none, none, { rows: 2 ** 50, units: 0 })).toBe(0);
    expect(op.forward(none, none, none, { rows: 2 ** 50, inputs: 0, units: 0 })).toHaveLength(0);
    expect(op.softmax(none, { rows: 2 ** 50, units: 0 })).toHaveLength(0);
    for (const type of [Float32Array, Float64Array]) {
      const z = type.of(0, 1000, Number.NaN, -1000, 5); // of one class each, whose share is 1
      expect([...op.softmax(z, { rows: 5, units: 1 })]).toEqual([1, 1, Number.NaN, 1, 1]);
    }
  });

  it("arrays of another type or length; of another realm they are taken", () => {
    const shape = { rows: 1, units: 2 };
    refused(ShapeError, "z is an array of 2; a Float32Array or Float64Array", () => op.softmax([1, 2] as never, shape));
    refused(ShapeError, "y is a Float32Array object; a Float64Array, like", () =>
      op.outputDelta(f64(1, 2), new Float32Array(2) as never, shape),
    );
    refused(ShapeError, "z has 3 elements; 2 are expected", () => op.softmax(f64(1, 2, 3), shape));
    refused(ShapeError, "g has 1 element; 2 are expected", () => op.update(f64(1, 2), f64(1), 0.1));
    refused(ShapeError, "z is a Float64Array object; a Float32Array or Float64Array is expected", () =>
      op.sigmoid({ length: 2, constructor: { name: "Float64Array" } } as never),
    );
    const foreign = runInNewContext("new Float64Array([0, 0])") as Float64Array;
    expect([...op.softmax(foreign, shape)]).toEqual([0.5, 0.5]);
    expect(op.sigmoid(foreign, foreign)).toBe(foreign);
    expect([...foreign]).toEqual([0.5, 0.5]);
    class Lying extends Float64Array {
      override get length() {
        return 2 ** 20;
      }
    }
    expect([...op.softmax(new Lying([0, 0]), shape)]).toEqual([0.5, 0.5]);
    structuredClone(foreign.buffer, { transfer: [foreign.buffer] });
    refused(ShapeError, "z has 0 elements; 2 are expected", () => op.softmax(foreign, shape));
  });

  it.each([Float32Array, Float64Array])("out may be a part of z's buffer: %o", (Type) => {
    for (const [from, to] of [
      [0, 3],
      [3, 0],
      [2, 2],
    ] as const) {
      const buffer = new Type(43).map((_, n) => (n - 20) / 8);
      const expected = Array.from(buffer.slice(from, from + 40), (z) => 1 / (1 + Math.exp(-z)));
      op.sigmoid(buffer.subarray(from, from + 40), buffer.subarray(to, to + 40));
      for (let n = 0; n < 40; n++) expect(buffer[to + n]).toBeCloseTo(expected[n]!, 6);
    }
  });

  it("losses, their layers and weights", () => {
    const shape = { rows: 2, units: 2 };
    const [z, y] = [f64(1, 2, 3, 4), f64(0, 1, 1, 0)];
    const loss = (options: object) => () => op.loss(z, y, shape, options);
    refused(OptionError, 'loss is "mape"', loss({ loss: "mape" }));
    refused(OptionError, "loss is null", loss({ loss: null }));
    refused(OptionError, "loss.delta is null", loss({ loss: { type: "huber", delta: null } }));
    refused(
      OptionError,
      '"softmax" is expected with it',
      loss({ loss: "categoricalCrossEntropy", activation: "relu" }),
    );
    refused(OptionError, "activation is null", loss({ activation: null }));
    refused(OptionError, "alpha is 1; linear has none", loss({ alpha: 1 }));
    refused(OptionError, 'options knows no "weights"', loss({ weights: [1] }));
    refused(ShapeError, "sampleWeights has 1 element; 2 are expected", loss({ sampleWeights: [1] }));
    refused(ShapeError, "sampleWeights is null", loss({ sampleWeights: null }));
    refused(DataError, "sampleWeights[1] is -1", loss({ sampleWeights: [1, -1] }));
    refused(DataError, "sampleWeights[0] is undefined", loss({ sampleWeights: Array(2) }));
    const sparse = { loss: "sparseCategoricalCrossEntropy" } as const;
    refused(ShapeError, "y has 4 elements; 2 are expected", () => op.loss(z, y, shape, sparse));
    refused(DataError, "y[1][0] is 2; a class from 0 to 1", () => op.outputDelta(z, f64(0, 2), shape, sparse));
    // a getter that takes the memory away: z is looked at after all of them
    const buffer = z.buffer;
    const weights = Object.defineProperty([1, 1], 0, {
      get: () => structuredClone(buffer, { transfer: [buffer] }) && 1,
    });
    refused(ShapeError, "z has 0 elements; 4 are expected", loss({ sampleWeights: weights }));
  });

  it("dropouts, initializers and schedules", () => {
    const shape = { rows: 1, units: 1, inputs: 1 };
    const drop = (options: object) => () => op.dropoutFactors(shape, options as never);
    refused(OptionError, "dropout is undefined", drop({}));
    refused(OptionError, "dropout is 1; a number below 1", drop({ dropout: 1 }));
    refused(OptionError, "epoch is -1", drop({ dropout: 0.5, epoch: -1 }));
    refused(OptionError, 'dtype is "f16"', drop({ dropout: 0.5, dtype: "f16" }));
    refused(OptionError, 'initializer is "he"', () => op.initialWeights(shape, { initializer: "he" as never }));
    refused(OptionError, "layer is 0.5", () => op.initialWeights(shape, { layer: 0.5 }));
    const rates = (schedule: unknown, position: object) => () => op.learningRates(schedule as never, position as never);
    const position = { rate: 0.1, epoch: 0, stepsPerEpoch: 2 };
    refused(OptionError, 'schedule.type is "linear"', rates({ type: "linear" }, position));
    refused(OptionError, "rate is -1", rates({ type: "constant" }, { ...position, rate: -1 }));
    refused(OptionError, "stepsPerEpoch is 0", rates({ type: "constant" }, { ...position, stepsPerEpoch: 0 }));
    refused(OptionError, "losses[0] is undefined", rates({ type: "constant" }, { ...position, losses: Array(1) }));
    refused(
      OptionError,
      "gives NaN in epoch 0, step 0",
      rates(() => Number.NaN, position),
    );
  });

  it("steps: layers that fit, and the optimizer's state", () => {
    const parameters = [layer([1, 2], [3]), layer([4, 5], [6, 7])];
    const step = (given: unknown, gradients: unknown, options = {}) => {
      return () => op.optimizerStep(given as never, gradients as never, options);
    };
    refused(ShapeError, "parameters is an array of 0", step([], []));
    refused(OptionError, "parameters[0] is undefined", step(Array(1), []));
    refused(ShapeError, "gradients has 1 layer; 2 are expected", step(parameters, [parameters[0]]));
    refused(ShapeError, "gradients[1].biases has 1 element", step(parameters, [parameters[0], layer([4, 5], [6])]));
    refused(ShapeError, "parameters[0].weights has 3 elements", step([layer([1, 2, 3], [1, 2])], [layer([1], [1])]));
    refused(ShapeError, "parameters[1].weights has 4 elements; 2 is expected", () =>
      op.optimizerStep([layer([1, 2], [3]), layer([1, 2, 3, 4], [5, 6])], parameters),
    );
    refused(ShapeError, "parameters[0].weights has 0 elements", step([layer([], [1])], [layer([], [1])]));
    refused(ShapeError, "parameters[0].weights has 1 element", step([layer([1], [])], [layer([1], [])]));
    const options = (options: object) => step(parameters, parameters, options);
    refused(OptionError, 'optimizer.type is "sdg"', options({ optimizer: "sdg" }));
    refused(OptionError, "optimizer.epsilon is 0", options({ optimizer: { type: "adam", epsilon: 0 } }));
    refused(OptionError, "learningRate is -1", options({ learningRate: -1 }));
    refused(OptionError, "layers[1].l2 is -1", options({ layers: [{}, { l2: -1 }] }));
    refused(OptionError, "layers[0].trainable is 1", options({ layers: [{ trainable: 1 }, {}] }));
    refused(ShapeError, "layers has 1 layer; 2 are expected", options({ layers: [{}] }));
    const state = { slots: [parameters], steps: 0, momentumProduct: 1 };
    refused(ShapeError, "state.slots has 1 element; sgd has 0 here", options({ state }));
    refused(ShapeError, "state.slots has 1 element; adam has 2 here", options({ optimizer: "adam", state }));
    refused(OptionError, "state.steps is 0.5", options({ optimizer: "lion", state: { ...state, steps: 0.5 } }));
    // arguments are left alone
    const { parameters: after } = op.optimizerStep(parameters, parameters, { optimizer: "lion", state });
    expect(parameters).toEqual([layer([1, 2], [3]), layer([4, 5], [6, 7])]);
    expect(after[0]!.biases[0]).toBe(3 - 0.0001);
  });
});
