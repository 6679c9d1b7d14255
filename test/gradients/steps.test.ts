// `gradients` and `apply` are a step of `fit`, bit for bit, and `backward` gives the gradients of any error: on both
// engines, against PyTorch's autograd, and against finite differences.

import {
  BusyError,
  DataError,
  DisposedError,
  Network,
  type NetworkOptions,
  NotFiniteError,
  Operations,
  Optimizer,
  type OptimizerOptions,
  OptionError,
  ShapeError,
} from "bitgrad";
import { describe, expect, it } from "vitest";
import { ELEMENTWISE } from "../../bindings/catalog/activations.ts";
import quantiles from "../../examples/quantiles/pytorch.json" with { type: "json" };
import { errorOf, expectError, expectRefused, type Refusal } from "../faults/expect-error.ts";
import {
  DTYPES,
  type DType,
  ENGINES,
  expectSameBits,
  expectSameNumber,
  type FloatArray,
  floats,
} from "../fixtures/bits.ts";
import fixture from "../fixtures/gradients.json" with { type: "json" };
import optimizers from "../fixtures/optimizers.json" with { type: "json" };
import { Random } from "../fixtures/random.ts";

interface Matrix {
  readonly data: FloatArray;
  readonly shape: readonly [rows: number, columns: number];
}

function rowsOf({ data, shape: [rows, columns] }: Matrix, first: number, count: number): Matrix {
  const end = Math.min(rows, first + count);
  return { data: data.slice(first * columns, end * columns), shape: [end - first, columns] };
}

const flat = (layers: readonly { readonly weights: ArrayLike<number>; readonly biases: ArrayLike<number> }[]) =>
  layers.flatMap(({ weights, biases }) => [weights as FloatArray, biases as FloatArray]);

/** What changes in a network but the number of its epochs. */
function stateOf(net: Network): unknown {
  const { epochs: _, sha256, ...rest } = net.toJSON();
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  return rest;
}

const KINDS: readonly OptimizerOptions[] = [
  { type: "sgd", learningRate: 0.1 },
  { type: "sgd", learningRate: 0.1, momentum: 0.9 },
  { type: "sgd", learningRate: 0.1, momentum: 0.9, nesterov: true },
  { type: "rmsprop" },
  { type: "adagrad" },
  { type: "adam" },
  { type: "adamw", weightDecay: 0.1 },
  { type: "nadam" },
  { type: "lion", weightDecay: 0.1 },
];
const CLIPS = [{}, { clipValue: 0.01 }, { clipNorm: 0.05 }, { clipValue: 0.05, clipNorm: 0.1 }];
const OUTPUTS: readonly (readonly [NetworkOptions["loss"], "linear" | "sigmoid" | "softmax"])[] = [
  ["sse", "sigmoid"],
  ["mse", "linear"],
  ["mae", "sigmoid"],
  [{ type: "huber", delta: 0.3 }, "linear"],
  [{ type: "binaryCrossEntropy", labelSmoothing: 0.1 }, "sigmoid"],
  ["categoricalCrossEntropy", "softmax"],
];
const HIDDEN = [
  { units: 6, activation: "tanh", dropout: 0.25, l2: 0.01 },
  { units: 9, l1: 0.001 },
  { units: 1, activation: "relu" },
  { units: 12, activation: "gelu", trainable: false },
  { units: 8, activation: "sigmoid", dropout: 0.5 },
] as const;

describe.each(ENGINES)("%s", (engine) => {
  const cases = KINDS.flatMap((kind, k) =>
    CLIPS.map((clip, c) => {
      const [loss, activation] = OUTPUTS[(k + c) % OUTPUTS.length]!;
      const hidden = [HIDDEN[(k + 2 * c) % HIDDEN.length]!, HIDDEN[(2 * k + c + 1) % HIDDEN.length]!] as object[];
      if (k % 3 === 0) hidden.unshift({ type: "dropout", rate: 0.2 });
      if (k % 4 === 1) hidden.splice(1, 0, { type: "activation", activation: "relu" }, { type: "dropout", rate: 0.4 });
      return { optimizer: { ...kind, ...clip }, loss, layers: [...hidden, { units: 3, activation }], k: k * 4 + c };
    }),
  );

  it.each(cases)("two epochs of fit are gradients and apply: $optimizer, $loss", ({ k, ...given }) => {
    for (const dtype of DTYPES) {
      const options = { ...given, dtype, engine, inputs: 5, seed: k } as unknown as NetworkOptions;
      using fitted = Network.createSync(options);
      using stepped = Network.createSync(options);
      const random = new Random(k);
      const { x, y } = random.dataset(dtype, 11, 5, 3);
      const sampleWeights = k % 3 === 0 ? floats(dtype, 11).map(() => random.unit()) : undefined;
      const batchSize = [1, 4, 11][k % 3]!;
      const schedule = k % 2 === 0 ? ({ type: "cosine", epochs: 3, warmup: 1 } as const) : undefined;
      const weights = sampleWeights && { sampleWeights };
      fitted.fit(x, y, { epochs: 2, batchSize, shuffle: false, ...weights, ...(schedule && { schedule }) });
      const op = Operations.createSync();
      const rate = stepped.learningRate;
      for (let epoch = 0; epoch < 2; epoch++) {
        const steps = Math.ceil(11 / batchSize);
        const rates = schedule && op.learningRates(schedule, { rate, epoch, stepsPerEpoch: steps });
        for (let batch = 0; batch < steps; batch++) {
          const [some, wanted] = [x, y].map((matrix) => rowsOf(matrix, batch * batchSize, batchSize));
          const ofBatch = sampleWeights && {
            sampleWeights: sampleWeights.slice(batch * batchSize, (batch + 1) * batchSize),
          };
          const { gradients } = stepped.gradients(some!, wanted!, { dropout: { epoch, batch }, ...ofBatch });
          stepped.apply(gradients, rates === undefined ? undefined : { learningRate: rates[batch]! });
        }
      }
      expect(stateOf(stepped)).toEqual(stateOf(fitted));
      expect(stepped.epochs).toBe(0);
    }
  });

  it("the loss is that of fit's epoch, and partialFit is one such step", () => {
    const make = () =>
      Network.createSync({ inputs: 4, layers: [{ units: 6 }, { units: 2 }], optimizer: "nadam", engine });
    using net = make();
    using other = make();
    const { x, y } = new Random(1).dataset("f32", 9, 4, 2);
    for (let n = 0; n < 3; n++) {
      const { loss, gradients, ...more } = net.gradients(x, y);
      net.apply(gradients);
      expectSameNumber(loss, other.partialFit(x, y), "loss");
      expect(more).toEqual({});
    }
    expect(stateOf(net)).toEqual(stateOf(other));
  });

  it.each([
    { inputs: 1, units: 16_401, what: "rows" },
    { inputs: 150, units: 130, what: "arrays" },
  ])("$what that are copied in several pieces are those of fit", ({ inputs, units }) => {
    for (const dtype of DTYPES) {
      const layers = [{ units, activation: "tanh" }, { type: "layerNormalization" }, { units: 2 }] as const;
      const make = () => Network.createSync({ inputs, layers, optimizer: "adam", dtype, engine });
      using net = make();
      using other = make();
      const { x, y } = new Random(3).dataset(dtype, 3, inputs, 2);
      const out = { gradients: net.getParameters() };
      const { gradients } = net.gradients(x, y, { out });
      out.gradients.forEach(({ weights }, l) => expect(gradients[l]!.weights === weights).toBe(l !== 1));
      net.apply(gradients);
      other.partialFit(x, y);
      expect(flat(net.getParameters())).toEqual(flat(other.getParameters()));
    }
  });

  it("mostly zeros, as rows, as a matrix or compressed, give the same bits", () => {
    const data = new Random(2).mostlyZeros("f32", 40 * 64, 0.2).map((value) => value + 0);
    const rows = Array.from({ length: 40 }, (_, s) => [...data.subarray(s * 64, (s + 1) * 64)]);
    const y = new Random(3).dataset("f32", 40, 1, 5).y;
    const listed = rows.map((row) => row.flatMap((value, i) => (value === 0 ? [] : [[value, i] as const])));
    const indptr = [0];
    for (const row of listed) indptr.push(indptr.at(-1)! + row.length);
    const compressed = {
      data: Float32Array.from(listed.flat().map(([value]) => value)),
      indices: Uint32Array.from(listed.flat().map(([, i]) => i)),
      indptr: Uint32Array.from(indptr),
      shape: [40, 64],
    } as const;
    using net = Network.createSync({ inputs: 64, layers: [{ units: 33 }, { units: 5 }], optimizer: "adam", engine });
    using reference = Network.fromJSONSync(net.toJSON(), { engine: "reference" });
    const wanted = reference.gradients({ data, shape: [40, 64] }, y, { inputGradient: true });
    for (const x of [rows, { data, shape: [40, 64] as const }, compressed]) {
      const found = net.gradients(x, y, { inputGradient: true });
      expectSameNumber(found.loss, wanted.loss, "loss");
      flat(found.gradients).forEach((array, n) => expectSameBits(array, flat(wanted.gradients)[n]!, `array ${n}`));
      expectSameBits(found.inputGradient!, wanted.inputGradient!, "inputGradient");
    }
  });

  /** PyTorch's, to 12 digits of the largest. */
  const expectClose = (found: ArrayLike<number>, wanted: readonly number[], what: string) => {
    const scale = Math.max(...wanted.map(Math.abs));
    expect(found.length).toBe(wanted.length);
    wanted.forEach((value, n) => expect(Math.abs(found[n]! - value), `${what}[${n}]`).toBeLessThan(1e-12 * scale));
  };
  const networkOf = (given: (typeof fixture.upstream)[number] | (typeof fixture.losses)[number], loss?: string) => {
    const { hidden, output, parameters } = given;
    const net = Network.createSync({
      engine,
      dtype: "f64",
      inputs: 4,
      layers: [
        { units: 6, activation: hidden as "tanh" },
        { units: 3, activation: output as "linear" },
      ],
      loss: (loss ?? (output === "softmax" ? "categoricalCrossEntropy" : "mse")) as "mse",
    });
    net.setParameters([0, 2].map((n) => ({ weights: parameters[n]!, biases: parameters[n + 1]! })));
    return net;
  };

  it.each(fixture.upstream)("backward: PyTorch's gradients, $hidden and $output", (given) => {
    using net = networkOf(given);
    const { gradients, inputGradient } = net.backward(given.x, given.upstream, { inputGradient: true });
    flat(gradients).forEach((array, n) => expectClose(array, given.gradients[n]!, `gradient ${n}`));
    expectClose(inputGradient!, given.inputGradient, "inputGradient");
  });

  it.each(fixture.losses)("gradients: PyTorch's, of $loss_name with weights of rows", (given) => {
    using net = networkOf(given, given.loss_name);
    const { sampleWeights } = given;
    const found = net.gradients(given.x, given.y, { sampleWeights, inputGradient: true });
    expectClose([found.loss], [given.loss], "loss");
    flat(found.gradients).forEach((array, n) => expectClose(array, given.gradients[n]!, `gradient ${n}`));
    expectClose(found.inputGradient!, given.inputGradient, "inputGradient");
  });

  const TRAININGS = Object.entries(optimizers.trainings) as unknown as readonly (readonly [
    string,
    { optimizer: OptimizerOptions; penalties: { l1?: number; l2?: number }; after: number[][]; losses: number[] },
  ])[];

  it.each(TRAININGS)("%s: PyTorch's parameters, by apply and by an Optimizer", (_, given) => {
    const { optimizer, penalties, after, losses } = given;
    using net = Network.createSync({
      engine,
      dtype: "f64",
      inputs: 5,
      layers: [
        { units: 7, activation: "tanh", ...penalties },
        { units: 3, activation: "linear", ...penalties },
      ],
      loss: "mse",
      optimizer,
    });
    net.setParameters([0, 2].map((n) => ({ weights: optimizers.before[n]!, biases: optimizers.before[n + 1]! })));
    using other = Network.fromJSONSync(net.toJSON(), { engine });
    const shapes = [{ shape: [5, 7] }, { shape: [7], bias: true }, { shape: [7, 3] }, { shape: [3], bias: true }];
    using alone = Optimizer.createSync({ ...optimizer, dtype: "f64", engine, parameters: shapes });
    const { x, y, batchSize } = optimizers;
    for (let epoch = 0; epoch < losses.length; epoch++) {
      for (let first = 0; first < x.length; first += batchSize) {
        const [some, wanted] = [x, y].map((rows) => rows.slice(first, first + batchSize));
        net.apply(net.gradients(some!, wanted!).gradients);
        if (Object.keys(penalties).length > 0) continue; // those are the network's
        const parameters = other.getParameters();
        alone.step(flat(parameters), flat(other.gradients(some!, wanted!).gradients));
        other.setParameters(parameters);
      }
    }
    flat(net.getParameters()).forEach((array, n) => expectClose(array, after[n]!, `array ${n}`));
    if (Object.keys(penalties).length === 0) expect(other.digest()).toBe(net.digest());
  });

  it("a quantile loss of one's own: PyTorch's losses and parameters", () => {
    const { x, y, levels, batchSize, learningRate, before, losses, after } = quantiles;
    using net = Network.createSync({
      engine,
      dtype: "f64",
      inputs: 1,
      layers: [
        { units: 8, activation: "tanh" },
        { units: 3, activation: "linear" },
      ],
      loss: "mse",
      optimizer: { type: "adam", learningRate },
    });
    net.setParameters([0, 2].map((n) => ({ weights: before[n]!, biases: before[n + 1]! })));
    const count = batchSize * levels.length;
    const found = losses.map((_, step) => {
      const first = (step * batchSize) % x.length;
      const some = x.slice(first, first + batchSize);
      let loss = 0;
      const upstream = net.predict(some).map((row, s) =>
        row.map((a, j) => {
          const d = y[first + s]![0]! - a;
          const slope = d > 0 ? levels[j]! : levels[j]! - 1;
          loss += (slope * d) / count;
          return -slope / count;
        }),
      );
      net.apply(net.backward(some, upstream).gradients);
      return loss;
    });
    expectClose(found, losses, "loss");
    flat(net.getParameters()).forEach((array, n) => expectClose(array, after[n]!, `array ${n}`));
  });

  it("gradients of frozen layers are 0, and pass through them to x", () => {
    const layers = [{ units: 4 }, { units: 3 }, { units: 2 }];
    using net = Network.createSync({ inputs: 3, layers, engine, optimizer: "adam" });
    const { x, y } = new Random(4).dataset("f32", 6, 3, 2);
    const all = net.gradients(x, y, { inputGradient: true });
    for (const frozen of [[0], [1], [0, 1], [2], [0, 1, 2]]) {
      for (const l of [0, 1, 2]) net.setTrainable(l, !frozen.includes(l));
      const found = net.gradients(x, y, { inputGradient: true });
      found.gradients.forEach(({ weights, biases }, l) => {
        const wanted = all.gradients[l]!;
        const isFrozen = frozen.includes(l);
        expectSameBits(weights, isFrozen ? weights.slice().fill(0) : wanted.weights, `weights ${l} of ${frozen}`);
        expectSameBits(biases, isFrozen ? biases.slice().fill(0) : wanted.biases, `biases ${l} of ${frozen}`);
      });
      expectSameBits(found.inputGradient!, all.inputGradient!, "inputGradient");
      flat(net.gradients(x, y).gradients).forEach((array, n) =>
        expectSameBits(array, flat(found.gradients)[n]!, "again"),
      );
      const before = net.getParameters();
      net.apply(all.gradients);
      for (const l of frozen) expect(net.getParameters()[l]).toEqual(before[l]);
      net.setParameters(before);
    }
  });

  it("writes to arrays of the caller's, and returns these", () => {
    using net = Network.createSync({ inputs: 3, layers: [{ units: 4 }, { units: 2 }], engine });
    const { x, y } = new Random(6).dataset("f32", 5, 3, 2);
    const wanted = net.gradients(x, y, { inputGradient: true });
    const out = { gradients: net.getParameters(), inputGradient: new Float32Array(15) };
    for (const inputGradient of [undefined, false, true]) {
      const found = net.gradients(x, y, { out, ...(inputGradient !== undefined && { inputGradient }) });
      expect(found.inputGradient).toBe(out.inputGradient);
      found.gradients.forEach(({ weights }, l) => expect(weights).toBe(out.gradients[l]!.weights));
      flat(out.gradients).forEach((array, n) => expectSameBits(array, flat(wanted.gradients)[n]!, `array ${n}`));
      expectSameBits(out.inputGradient, wanted.inputGradient as Float32Array, "inputGradient");
    }
    expect(net.backward(x, y, { out: { gradients: out.gradients } }).inputGradient).toBeUndefined();
  });

  it("an upstream of a − y is the squared error", () => {
    using net = Network.createSync({ inputs: 3, layers: [{ units: 4 }, { units: 2 }], loss: "sse", engine });
    const { x, y } = new Random(7).dataset("f32", 5, 3, 2);
    const a = net.predict(x).data as Float32Array;
    const upstream = { data: a.map((value, n) => value - y.data[n]!), shape: y.shape };
    const [found, wanted] = [net.backward(x, upstream), net.gradients(x, y)];
    flat(found.gradients).forEach((array, n) => expectSameBits(array, flat(wanted.gradients)[n]!, `array ${n}`));
  });

  it("dropout: none by default, as in a prediction; else that of the place", () => {
    using net = Network.createSync({ inputs: 3, layers: [{ units: 40, dropout: 0.5 }, { units: 2 }], engine });
    const { x, y } = new Random(8).dataset("f32", 5, 3, 2);
    const { dropout: _, ...layer } = net.layers[0]!;
    using plain = Network.createSync({ inputs: 3, layers: [layer, { units: 2 }], engine });
    const digest = (place?: object) => JSON.stringify(net.gradients(x, y, place && { dropout: place }));
    expect(digest()).toBe(JSON.stringify(plain.gradients(x, y)));
    const places = [{}, { batch: 1 }, { epoch: 1 }];
    expect(new Set([digest(), ...places.map(digest)]).size).toBe(4);
    expect(digest({})).toBe(digest({ epoch: 0, batch: 0 }));
    expect(digest()).toBe(JSON.stringify(plain.gradients(x, y)));
    net.fit(x, y, { epochs: 1 });
    expect(digest({})).toBe(digest({ epoch: 1, batch: 0 }));
  });

  const shape = (...words: string[]): Refusal => ({ error: ShapeError, code: "SHAPE", words });
  const data = (...words: string[]): Refusal => ({ error: DataError, code: "DATA", words });
  const option = (...words: string[]): Refusal => ({ error: OptionError, code: "OPTION", words });
  const X = [[0, 1]];
  const Y = [[1]];
  const GOOD = [{ weights: [1, 2], biases: [3] }];
  type Call = (net: Network) => unknown;
  const any = (value: unknown) => value as never;
  const REFUSED: readonly (readonly [string, Call, Refusal])[] = [
    ["x of three columns", (net) => net.gradients([[1, 2, 3]], Y), shape("x has 3 columns")],
    ["y of two rows", (net) => net.gradients(X, [[1], [0]]), shape("y has 2 rows; x has 1")],
    ["an upstream of two columns", (net) => net.backward(X, [[1, 2]]), shape("upstream has 2 columns")],
    ["an upstream of two rows", (net) => net.backward(X, [[1], [2]]), shape("upstream has 2 rows; x has 1")],
    ["an upstream of NaN", (net) => net.backward(X, [[Number.NaN]]), data("upstream[0][0] is NaN")],
    ["x of NaN", (net) => net.gradients([[0, Number.NaN]], Y), data("x[0][1] is NaN")],
    ["targets out of reach", (net) => net.gradients(X, [[2]]), data("y[0][0] is 2")],
    ["weights", (net) => net.gradients(X, Y, { sampleWeights: [-1] }), data("sampleWeights[0] is -1")],
    ["weights of two rows", (net) => net.gradients(X, Y, { sampleWeights: [1, 1] }), shape("sampleWeights has 2")],
    ["an unknown option", (net) => net.gradients(X, Y, any({ input: true })), option('options knows no "input"')],
    [
      "backward's weights",
      (net) => net.backward(X, Y, any({ sampleWeights: [1] })),
      option('knows no "sampleWeights"'),
    ],
    ["inputGradient", (net) => net.gradients(X, Y, { inputGradient: any(1) }), option("inputGradient is 1")],
    ["dropout", (net) => net.gradients(X, Y, { dropout: any(0.5) }), option("dropout is 0.5")],
    ["a batch", (net) => net.gradients(X, Y, { dropout: { batch: -1 } }), option("dropout.batch is -1")],
    ["an epoch", (net) => net.backward(X, Y, { dropout: { epoch: 2 ** 32 } }), option("dropout.epoch is 4294967296")],
    ["out", (net) => net.gradients(X, Y, { out: any([]) }), option("out is an array of 0")],
    [
      "out of no layers",
      (net) => net.gradients(X, Y, { out: { gradients: [] } }),
      shape("out.gradients is an array of 0"),
    ],
    [
      "out of another dtype",
      (net) =>
        net.gradients(X, Y, { out: { gradients: [{ weights: new Float64Array(2), biases: new Float64Array(1) }] } }),
      shape("out.gradients[0].weights is a Float64Array"),
    ],
    [
      "out of another length",
      (net) =>
        net.gradients(X, Y, { out: { gradients: [{ weights: new Float32Array(2), biases: new Float32Array(2) }] } }),
      shape("out.gradients[0].biases has 2 elements; 1 is expected"),
    ],
    [
      "out for x of another length",
      (net) => net.backward(X, Y, { out: { inputGradient: new Float32Array(3) } }),
      shape("out.inputGradient has 3 elements; 2 are expected"),
    ],
    ["gradients of no layers", (net) => net.apply([]), shape("gradients is an array of 0")],
    [
      "gradients without biases",
      (net) => net.apply(any([{ weights: [1, 2] }])),
      shape("gradients[0].biases is undefined"),
    ],
    [
      "gradients of another length",
      (net) => net.apply([{ weights: [1], biases: [1] }]),
      shape("gradients[0].weights has 1"),
    ],
    [
      "a gradient of NaN",
      (net) => net.apply([{ weights: [1, Number.NaN], biases: [1] }]),
      data("gradients[0].weights[1] is NaN"),
    ],
    [
      "a gradient infinite in f32",
      (net) => net.apply([{ weights: [1, 1e39], biases: [1] }]),
      data("gradients[0].weights[1]"),
    ],
    [
      "a gradient in words",
      (net) => net.apply([{ weights: any([1, "1"]), biases: [1] }]),
      data('gradients[0].weights[1] is "1"'),
    ],
    ["a rate", (net) => net.apply(GOOD, { learningRate: -1 }), option("learningRate is -1")],
    ["another option", (net) => net.apply(GOOD, any({ rate: 1 })), option('options knows no "rate"')],
    [
      "an argument too many",
      (net) => (net as unknown as { apply(...more: unknown[]): void }).apply(GOOD, undefined, {}),
      option("argument too many"),
    ],
  ];

  it.each(REFUSED)("refuses %s", (_, call, refusal) => {
    using net = Network.createSync({
      inputs: 2,
      layers: [{ units: 1, activation: "sigmoid" }],
      optimizer: "adam",
      engine,
    });
    net.fit(X, Y, { epochs: 1 });
    expectRefused(net, () => call(net), refusal);
  });

  it("a step that overflows is not taken; one that is only large is", () => {
    using net = Network.createSync({
      inputs: 2,
      layers: [{ units: 1 }],
      optimizer: { type: "sgd", learningRate: 2 },
      engine,
    });
    const step = (value: number) => () => net.apply([{ weights: [value, 0], biases: [0] }]);
    expectRefused(net, step(3e38), {
      error: NotFiniteError,
      code: "NOT_FINITE",
      words: ["the step leaves the finite"],
    });
    net.setParameters(GOOD);
    step(1e38)();
    expect(net.getParameters()[0]!.weights[0]).toBe(Math.fround(-2 * Math.fround(1e38)));
    expectRefused(net, () => net.gradients([[3e38, 0]], Y), {
      error: NotFiniteError,
      code: "NOT_FINITE",
      words: ["gradient is not finite"],
    });
    using after = Network.fromJSONSync(net.toJSON(), { engine });
    expect(JSON.stringify(net.gradients(X, Y))).toBe(JSON.stringify(after.gradients(X, Y)));
  });

  it("while it trains or after its end", async () => {
    const net = Network.createSync({ inputs: 2, layers: [{ units: 1 }], engine });
    const calls = [() => net.gradients(X, Y), () => net.backward(X, Y), () => net.apply(GOOD)];
    const busy = { error: BusyError, code: "BUSY", words: ["can't run: the network is being trained"] } as const;
    net.fit(X, Y, { epochs: 1, onEpoch: () => calls.forEach((call) => expectError(errorOf(call), busy)) });
    const training = net.fitAsync(X, Y, { epochs: 1 });
    for (const call of calls) expectError(errorOf(call), busy);
    await training;
    const disposes = new Proxy([[0, 1]], {
      get(target, key) {
        if (key === "0") net.dispose();
        return Reflect.get(target, key);
      },
    });
    const over = { error: DisposedError, code: "DISPOSED", words: ["can't run: the network was disposed"] } as const;
    expectError(
      errorOf(() => net.gradients(disposes, Y)),
      over,
    );
    for (const call of calls) expectError(errorOf(call), over);
  });

  it("a checkpoint's unfinished epoch is dropped by a step, and by no refusal", () => {
    const files: Uint8Array[] = [];
    using net = Network.createSync({ inputs: 2, layers: [{ units: 1 }], optimizer: "adam", engine });
    const { x, y } = new Random(9).dataset("f32", 4, 2, 1);
    net.fit(x, y, {
      epochs: 2,
      batchSize: 2,
      checkpoint: { everyEpochs: 1, save: (file) => void files.push(file.slice()) },
    });
    using loaded = Network.loadSync(files[0]!, { engine });
    expectRefused(loaded, () => loaded.apply([{ weights: [Number.NaN, 0], biases: [0] }]), data("weights[0] is NaN"));
    const options = { epochs: 2, batchSize: 2, resume: true } as const;
    expect(loaded.fit(x, y, options).loss.length).toBe(2);
    expect(loaded.digest()).toBe(net.digest());
    using stepped = Network.loadSync(files[0]!, { engine });
    stepped.apply(stepped.gradients(x, y).gradients);
    expect(stepped.fit(x, y, options).warnings?.[0]).toContain("no training to resume");
  });
});

it.each(DTYPES)(
  "%s: both engines give the same gradients for all sizes 1 to 67, and extreme numbers",
  (dtype: DType) => {
    const random = new Random(21);
    let notFinite = 0;
    const NUMBERS = [
      (count: number) => random.ordinary(dtype, count),
      (count: number) => random.wide(dtype, count),
      (count: number) => random.anyBits(dtype, count).map((value) => (Number.isFinite(value) ? value : 0.5)),
      (count: number) => random.mostlyZeros(dtype, count, 0.3),
    ];
    for (let size = 1; size <= 67; size++) {
      const [rows, inputs, units] = [
        [size, random.whole(1, 9), 5],
        [3, size, 4],
        [random.whole(1, 9), 6, size],
      ][size % 3]!;
      const outputs = random.whole(1, 9);
      const activation = ELEMENTWISE[size % ELEMENTWISE.length]!;
      const last = (["linear", "softmax", "sigmoid", "softplus"] as const)[size % 4]!;
      const isShares = last === "softmax" && outputs > 1;
      const layers = [
        { units: units!, activation, dropout: size % 2 === 0 ? 0.3 : 0 },
        { units: outputs, activation: isShares ? last : ("linear" as const) },
      ];
      if (size % 5 === 0)
        layers.unshift({ type: "activation", activation } as never, { type: "dropout", rate: 0.1 } as never);
      const loss = isShares ? "categoricalCrossEntropy" : "mse";
      const [wasm, reference] = ENGINES.map((engine) =>
        Network.createSync({ inputs: inputs!, layers, loss, dtype, engine, seed: size }),
      );
      const x = { data: NUMBERS[size % 4]!(rows! * inputs!), shape: [rows!, inputs!] as const };
      const upstream = { data: NUMBERS[(size >> 2) % 3]!(rows! * outputs), shape: [rows!, outputs] as const };
      const share = floats(dtype, rows! * outputs).fill(1 / outputs);
      const y = isShares ? { data: share, shape: upstream.shape } : upstream;
      const options = { inputGradient: true, ...(size % 4 === 0 && { dropout: { batch: size } }) };
      for (const call of [
        (net: Network) => net.gradients(x, y, options),
        (net: Network) => net.backward(x, upstream, options),
      ]) {
        const [found, wanted] = [wasm!, reference!].map((net) => {
          try {
            return call(net);
          } catch (error) {
            expect(error).toBeInstanceOf(NotFiniteError);
            return undefined;
          }
        });
        expect(found === undefined, `${size}`).toBe(wanted === undefined);
        if (found === undefined) notFinite++;
        else {
          flat(found.gradients).forEach((array, n) =>
            expectSameBits(array, flat(wanted!.gradients)[n]!, `${size}, array ${n}`),
          );
          expectSameBits(found.inputGradient!, wanted!.inputGradient!, `${size}, inputGradient`);
        }
      }
      wasm!.dispose();
    }
    expect(notFinite).toBeGreaterThan(2);
  },
);

it("input gradients and those of an error of one's own against central differences", () => {
  const random = new Random(31);
  for (const activation of ELEMENTWISE) {
    const layers = [
      { units: 5, activation },
      { units: 3, activation: "softmax" as const },
    ];
    using net = Network.createSync({ inputs: 4, layers, loss: "categoricalCrossEntropy", dtype: "f64", seed: 2 });
    const x = { data: random.ordinary("f64", 8) as Float64Array, shape: [2, 4] as const };
    const upstream = { data: random.ordinary("f64", 6) as Float64Array, shape: [2, 3] as const };
    const error = () => {
      const a = net.predict(x).data as Float64Array;
      return upstream.data.reduce((sum, value, n) => sum + value * a[n]!, 0);
    };
    const { inputGradient } = net.backward(x, upstream, { inputGradient: true });
    x.data.forEach((value, n) => {
      const [high, low] = [1e-5, -1e-5].map((step) => {
        x.data[n] = value + step;
        return error();
      });
      x.data[n] = value;
      expect(Math.abs((high! - low!) / 2e-5 - inputGradient![n]!), `${activation}, x ${n}`).toBeLessThan(1e-8);
    });
  }
});
