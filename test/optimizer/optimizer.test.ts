// An optimizer alone: the bits of a network's step on both engines, steps of all sizes, what it remembers, and what it
// refuses.

import {
  DataError,
  DisposedError,
  FormatError,
  NotFiniteError,
  Operations,
  Optimizer,
  type OptimizerOptions,
  type OptimizerState,
  OptionError,
  ShapeError,
} from "bitgrad";
import { describe, expect, it } from "vitest";
import { errorOf, expectError, wrong } from "../faults/expect-error.ts";
import { DTYPES, ENGINES, expectSameBits, type FloatArray, floats } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";

const KINDS: readonly OptimizerOptions[] = [
  { type: "sgd" },
  { type: "sgd", momentum: 0.9 },
  { type: "sgd", momentum: 0.9, nesterov: true },
  { type: "rmsprop" },
  { type: "adagrad" },
  { type: "adam" },
  { type: "adamw", weightDecay: 0.1 },
  { type: "nadam" },
  { type: "lion", learningRate: 0.01, weightDecay: 0.1 },
];
const CLIPS = [{}, { clipValue: 0.5 }, { clipNorm: 0.7 }, { clipValue: 1, clipNorm: 0.9 }];
const ALL = KINDS.flatMap((kind) => CLIPS.map((clip) => ({ ...kind, ...clip }) as OptimizerOptions));
const SIZES = [
  [5, 7],
  [7, 9],
  [9, 1],
] as const;

/** Each layer's weights and biases, in f32 or f64. */
const parametersOf = (array: (length: number) => FloatArray) =>
  SIZES.map(([inputs, units]) => ({ weights: array(inputs * units), biases: array(units) }));
const flat = (layers: readonly { weights: FloatArray; biases: FloatArray }[]) =>
  layers.flatMap(({ weights, biases }) => [weights, biases]);
const SHAPES = SIZES.flatMap(([inputs, units]) => [{ shape: [inputs, units] }, { shape: [units], bias: true }]);

describe.each(ENGINES)("%s", (engine) => {
  it.each(DTYPES)("%s: every optimizer steps as Operations.optimizerStep does", (dtype) => {
    const op = Operations.createSync({ engine: "reference" });
    for (const options of ALL) {
      const random = new Random(7);
      using optimizer = Optimizer.createSync({ ...options, dtype, engine, parameters: SHAPES });
      let layers = parametersOf((length) => random.ordinary(dtype, length));
      const mine = flat(layers).map((array) => array.slice());
      let state: OptimizerState<FloatArray> | undefined;
      for (let step = 0; step < 4; step++) {
        const gradients = parametersOf((length) => random.ordinary(dtype, length));
        const before = flat(gradients).map((array) => array.slice());
        ({ parameters: layers, state } = op.optimizerStep(layers, gradients, {
          optimizer: options,
          ...(state !== undefined && { state }),
        }));
        optimizer.step(mine, flat(gradients));
        for (const [k, wanted] of flat(layers).entries()) {
          expectSameBits(mine[k]!, wanted, `${JSON.stringify(options)}, step ${step}, array ${k}`);
        }
        flat(gradients).forEach((array, k) => expectSameBits(array, before[k]!, "a gradient"));
      }
      const { steps, momentumProduct } = optimizer.toJSON();
      expect({ steps, momentumProduct }).toEqual({ steps: state!.steps, momentumProduct: state!.momentumProduct });
    }
  });

  it("adam's first step is its learning rate, against the gradient's sign", () => {
    const w = new Float64Array([1, -2, 3]);
    using adam = Optimizer.createSync({ type: "adam", learningRate: 0.25, dtype: "f64", engine, parameters: [3] });
    adam.step(w, new Float64Array([4, -0.5, 100]));
    for (const [n, wanted] of [0.75, -1.75, 2.75].entries()) expect(w[n]).toBeCloseTo(wanted, 7);
  });

  it("clipNorm is of all arrays together", () => {
    const [a, b] = [new Float64Array(2), new Float64Array(1)];
    using sgd = Optimizer.createSync({
      type: "sgd",
      learningRate: 1,
      clipNorm: 6.5,
      dtype: "f64",
      engine,
      parameters: [2, 1],
    });
    sgd.step([a, b], [new Float64Array([3, 4]), new Float64Array([12])]);
    expect([...a, ...b]).toEqual([-1.5, -2, -6]);
  });

  it("decoupled weight decay is of weights, not of biases", () => {
    const arrays = [new Float64Array([2, 2]), new Float64Array([2, 2])];
    const parameters = [{ shape: [1, 2] }, { shape: [2], bias: true }];
    const decay = { type: "adamw", learningRate: 0.5, weightDecay: 0.5, dtype: "f64" } as const;
    using adamw = Optimizer.createSync({ ...decay, engine, parameters });
    adamw.step(arrays, [new Float64Array(2), new Float64Array(2)]);
    expect(arrays.map((array) => [...array])).toEqual([
      [1.5, 1.5],
      [2, 2],
    ]);
  });

  it("takes one array, another realm's subclass, shared memory, and parameters that gradients share", () => {
    class Mine extends Float32Array {
      override get length(): number {
        throw new Error("no one asks");
      }
    }
    const w = new Mine([1, 2]);
    using sgd = Optimizer.createSync({ type: "sgd", learningRate: 0.5, engine, parameters: [2] });
    sgd.step<Float32Array>(w, new Float32Array(new SharedArrayBuffer(8)).fill(1));
    expect([w[0], w[1]]).toEqual([0.5, 1.5]);
    sgd.step([w], w);
    expect([w[0], w[1]]).toEqual([0.25, 0.75]);
  });

  it("steps after memory has grown, which detaches what it had", () => {
    const w = new Float32Array([1]);
    using sgd = Optimizer.createSync({ type: "sgd", momentum: 0.5, learningRate: 1, engine, parameters: [1] });
    sgd.step(w, Float32Array.of(1));
    using large = Optimizer.createSync({ type: "adam", engine, parameters: [4_000_000] });
    sgd.step(w, Float32Array.of(1));
    expect(w[0]).toBe(1 - 1 - 1.5);
    expect(large.parameters).toEqual([{ shape: [4_000_000] }]);
  });

  it("a learning rate that is set counts from the next step on, and is saved", () => {
    const w = new Float32Array([1]);
    using sgd = Optimizer.createSync({ type: "sgd", learningRate: 1, engine, parameters: [1] });
    sgd.learningRate = 0.25;
    sgd.step(w, Float32Array.of(1));
    expect(w[0]).toBe(0.75);
    expect(Optimizer.fromJSONSync(sgd.toJSON()).learningRate).toBe(0.25);
    expectError(
      errorOf(() => {
        sgd.learningRate = Number.NaN;
      }),
      { error: OptionError, code: "OPTION", words: ["learningRate is NaN"] },
    );
  });

  it.each(KINDS)("%o: saved and loaded on the other engine, it goes on with the same bits", (options) => {
    const other = engine === "wasm" ? "reference" : "wasm";
    const random = new Random(3);
    const gradients = Array.from({ length: 6 }, () => [random.ordinary("f32", 5), random.ordinary("f32", 3)]);
    const [whole, divided] = [0, 1].map(() => [floats("f32", 5).fill(1), floats("f32", 3).fill(-1)] as Float32Array[]);
    using through = Optimizer.createSync({ ...options, engine, parameters: [5, { shape: [1, 3] }] });
    for (const by of gradients) through.step(whole!, by as Float32Array[]);
    using first = Optimizer.createSync({ ...options, engine, parameters: [5, { shape: [1, 3] }] });
    for (const by of gradients.slice(0, 3)) first.step(divided!, by as Float32Array[]);
    using second = Optimizer.fromJSONSync(JSON.stringify(first), { engine: other });
    for (const by of gradients.slice(3)) second.step(divided!, by as Float32Array[]);
    whole!.forEach((array, k) => expectSameBits(divided![k]!, array, `array ${k}`));
    expect(second.toJSON()).toEqual(through.toJSON());
  });

  const REFUSED: readonly (readonly [string, object, object])[] = [
    ["more arrays", { parameters: [new Float32Array(2)] }, { error: ShapeError, words: ["parameters has 1 array; 2"] }],
    ["one array of two", { parameters: new Float32Array(2) }, { error: ShapeError, words: ["2 arrays is expected"] }],
    ["no list", { gradients: "g" }, { error: ShapeError, words: ['gradients is "g"', "Float32Array"] }],
    [
      "f64",
      { gradients: [new Float64Array(2), new Float64Array(1)] },
      { error: ShapeError, words: ["gradients[0] is a Float64Array"] },
    ],
    ["numbers", { gradients: [[1, 2], [1]] }, { error: ShapeError, words: ["gradients[0] is an array of 2"] }],
    [
      "a length",
      { gradients: [new Float32Array(3), new Float32Array(1)] },
      { error: ShapeError, words: ["gradients[0] has 3 elements; 2 are expected"] },
    ],
    [
      "NaN",
      { gradients: [Float32Array.of(0, Number.NaN), new Float32Array(1)] },
      { error: DataError, words: ["gradients[0][1] is NaN"] },
    ],
    [
      "infinite parameters",
      { parameters: [new Float32Array(2), Float32Array.of(-Infinity)] },
      { error: DataError, words: ["parameters[1][0] is -Infinity"] },
    ],
  ];

  it.each(REFUSED)("refuses %s, and changes nothing", (_, given, refusal) => {
    using adam = Optimizer.createSync({ type: "adam", engine, parameters: [2, 1] });
    const arrays = {
      parameters: [Float32Array.of(1, 2), Float32Array.of(3)],
      gradients: [new Float32Array(2).fill(1), new Float32Array(1)],
    };
    adam.step(arrays.parameters, arrays.gradients);
    const before = JSON.stringify([adam, arrays]);
    const { parameters, gradients } = { ...arrays, ...given } as never;
    const code = (refusal as { error: unknown }).error === ShapeError ? "SHAPE" : "DATA";
    expectError(
      errorOf(() => adam.step(parameters, gradients)),
      { code, ...refusal } as never,
    );
    expect(JSON.stringify([adam, arrays])).toBe(before);
  });

  it("refuses parameters that share memory, and detached ones", () => {
    const buffer = new ArrayBuffer(16);
    const [a, b] = [new Float32Array(buffer, 0, 2), new Float32Array(buffer, 4, 1)];
    using sgd = Optimizer.createSync({ type: "sgd", engine, parameters: [2, 1] });
    const by = [new Float32Array(2), new Float32Array(1)];
    expectError(
      errorOf(() => sgd.step([a, b], by)),
      { error: ShapeError, code: "SHAPE", words: ["parameters[1] shares memory with parameters[0]"] },
    );
    sgd.step([a, new Float32Array(buffer, 8, 1)], by);
    structuredClone(buffer, { transfer: [buffer] });
    expectError(
      errorOf(() => sgd.step([a, b], by)),
      { error: ShapeError, code: "SHAPE", words: ["parameters[0] has 0 elements"] },
    );
  });

  it("a getter that steps or disposes meanwhile", () => {
    const w = new Float32Array([1]);
    using sgd = Optimizer.createSync({ type: "sgd", learningRate: 1, engine, parameters: [1] });
    const list = (run: () => void) =>
      new Proxy([w], {
        get(target, key) {
          if (key === "0") run();
          return Reflect.get(target, key);
        },
      });
    sgd.step(
      list(() => sgd.step(w, Float32Array.of(0.25))),
      Float32Array.of(0.5),
    );
    expect(w[0]).toBe(0.25);
    expectError(
      errorOf(() =>
        sgd.step(
          list(() => sgd.dispose()),
          w,
        ),
      ),
      { error: DisposedError, code: "DISPOSED", words: ["step can't run"] },
    );
    for (const call of [() => sgd.toJSON(), () => sgd.step(w, w)]) {
      expectError(errorOf(call), { error: DisposedError, code: "DISPOSED", words: ["the optimizer was disposed"] });
    }
    sgd.dispose();
    expect(String(sgd)).toContain("disposed");
  });

  const OPTIONS: readonly (readonly [object, readonly string[]])[] = [
    [{ parameters: undefined }, ["parameters is undefined", "shapes"]],
    [{ parameters: [] }, ["parameters is an array of 0"]],
    [{ parameters: [0] }, ["parameters[0][0] is 0"]],
    [{ parameters: [new Float32Array(2)] }, ["parameters[0] is a Float32Array object", "length or { shape, bias }"]],
    [{ parameters: [[2, 3]] }, ["parameters[0] is an array of 2", "length or { shape, bias }"]],
    [{ parameters: ["2"] }, ['parameters[0] is "2"', "length or { shape, bias }"]],
    [{ parameters: [{ shape: [2, -1] }] }, ["parameters[0].shape[1] is -1"]],
    [{ parameters: [{ shapes: [2] }] }, ['parameters[0] knows no "shapes"', 'did you mean "shape"']],
    [{ parameters: [{ shape: [2], bias: 1 }] }, ["parameters[0].bias is 1"]],
    [{ type: "adm" }, ['optimizer.type is "adm"']],
    [{ momentum: 0.5 }, ["momentum"]],
    [{ learningRates: 0.5 }, ['options knows no "learningRates"', 'did you mean "learningRate"']],
    [{ dtype: "f16" }, ['dtype is "f16"']],
    [{ beta1: 1 }, ["optimizer.beta1 is 1"]],
  ];

  it.each(OPTIONS)("refuses %o", async (changed, words) => {
    const options = { type: "adam", parameters: [2], engine, ...changed } as never;
    expectError(
      errorOf(() => Optimizer.createSync(options)),
      { error: OptionError, code: "OPTION", words },
    );
    await expect(Optimizer.create(options)).rejects.toThrow(words[0]!);
  });

  it("refuses a bias that doesn't fit the array before it", () => {
    for (const parameters of [
      [{ shape: [2], bias: true }],
      [6, { shape: [2], bias: true }],
      [{ shape: [3, 2] }, { shape: [3], bias: true }],
    ]) {
      const error = errorOf(() => Optimizer.createSync({ type: "sgd", engine, parameters }));
      expectError(error, { error: ShapeError, code: "SHAPE", words: ["is a bias of shape"] });
    }
  });

  it("refuses a damaged text, and numbers that aren't finite", () => {
    using adam = Optimizer.createSync({ type: "adam", engine, parameters: [2] });
    adam.step(new Float32Array(2), new Float32Array([1, 2]));
    const saved = adam.toJSON();
    for (const changed of [
      { steps: 2 },
      { version: 2 },
      { format: "bitgrad" },
      { slots: saved.slots.replace(/^../, "AA") },
      { slots: saved.slots.slice(4) },
      { dtype: "f64" },
      { parameters: [{ shape: [1] }] },
      { momentumProduct: Number.NaN },
      { extra: 1 },
    ]) {
      const error = errorOf(() => Optimizer.fromJSONSync(wrong({ ...saved, ...changed }), { engine }));
      expectError(error, { error: FormatError, code: "FORMAT", words: ["the saved optimizer can't be read"] });
    }
    expect(() => Optimizer.fromJSONSync("{", { engine })).toThrow(FormatError);
  });
});

describe.each(DTYPES)("%s: both engines", (dtype) => {
  const huge = dtype === "f32" ? 3e38 : 1.7e308;
  const VALUES: readonly ((random: Random, length: number) => FloatArray)[] = [
    (random, length) => random.ordinary(dtype, length),
    (random, length) => random.wide(dtype, length),
    (random, length) => random.anyBits(dtype, length).map((value) => (Number.isFinite(value) ? value : 1)),
    (random, length) => random.ordinary(dtype, length).map((value) => (value > 1.9 ? huge : value)),
  ];

  /** What a step did, and where it left everything. */
  function outcome(optimizer: Optimizer, parameters: FloatArray[], gradients: readonly FloatArray[]): string {
    const before = JSON.stringify([optimizer, parameters.map((array) => [...array])]);
    try {
      optimizer.step(parameters, gradients);
      return "done";
    } catch (error) {
      expect(error).toBeInstanceOf(NotFiniteError);
      expect(JSON.stringify([optimizer, parameters.map((array) => [...array])])).toBe(before);
      return (error as Error).message;
    }
  }

  it("of all sizes 1 to 67, by ordinary and extreme numbers, give the same bits and the same errors", () => {
    const seen = new Set<string>();
    const random = new Random(11);
    for (let length = 1; length <= 67; length++) {
      const kind = ALL[length % ALL.length]!;
      const options = length % 3 === 0 ? { ...kind, learningRate: 1e30 } : kind;
      const shapes = [{ shape: [random.whole(1, 4), length] }, { shape: [length], bias: true }, length];
      const [wasm, reference] = ENGINES.map((engine) =>
        Optimizer.createSync({ ...options, dtype, engine, parameters: shapes }),
      );
      const lengths = wasm!.parameters.map(({ shape }) => shape.reduce((product, size) => product * size, 1));
      const arrays = lengths.map((count) => VALUES[length % 4]!(random, count));
      const copies = arrays.map((array) => array.slice());
      for (let step = 0; step < 4; step++) {
        const gradients = lengths.map((count) => VALUES[(length + step) % 4]!(random, count));
        const done = outcome(wasm!, arrays, gradients);
        seen.add(done);
        expect(outcome(reference!, copies, gradients)).toBe(done);
        arrays.forEach((array, k) => expectSameBits(array, copies[k]!, `${length}, step ${step}, array ${k}`));
      }
      expect({ ...wasm!.toJSON() }).toEqual({ ...reference!.toJSON() });
      wasm!.dispose();
    }
    expect(seen.size).toBe(2);
  });
});
