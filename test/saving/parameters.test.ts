// Parameters that a caller gives: to start with, and later.

import { Network, type NetworkOptions } from "bitgrad";
import * as reference from "bitgrad/reference";
import { describe, expect, it } from "vitest";
import { errorOf, rejectionOf, wrong } from "../faults/expect-error.ts";

const SHAPE = { inputs: 2, layers: [{ units: 3 }, { units: 1 }], seed: 5 } as const;
const trained = Network.createSync(SHAPE);
trained.fit([[0, 1]], [[1]], { epochs: 3 });
const parameters = trained.getParameters();

describe.each([Network, reference.Network])("parameters of create", (Class) => {
  it("are what the network starts with; the rest is as without them", async () => {
    const made = [await Class.create({ ...SHAPE, parameters }), Class.createSync({ ...SHAPE, parameters })];
    for (const net of made) {
      expect(net.digest()).toBe(trained.digest());
      expect([net.epochs, net.seed]).toEqual([0, 5]);
      expect(JSON.stringify(net.toJSON())).not.toContain("weights");
    }
    const drawn = await Class.create(SHAPE);
    drawn.setParameters(parameters);
    expect(made[0]!.save()).toEqual(drawn.save());
    // also where an initializer other than Glorot's would draw
    const layers = [{ units: 3, initializer: "orthogonal" }, { units: 1 }] as const;
    expect((await Class.create({ ...SHAPE, layers, parameters })).digest()).toBe(trained.digest());
  });

  it("are checked before anything is made", async () => {
    const [first, second] = parameters as [(typeof parameters)[0], (typeof parameters)[0]];
    const refused: [NetworkOptions["parameters"], string, RegExp][] = [
      [[first], "SHAPE", /parameters is an array of 1; an array of 2 layers/],
      [wrong(7), "SHAPE", /parameters is 7/],
      [wrong([first, null]), "SHAPE", /parameters\[1\]\.weights is undefined/],
      [[first, { ...second, biases: [1, 2] }], "SHAPE", /parameters\[1\]\.biases has 2 elements; 1 is expected/],
      [[{ ...first, weights: [1, 2, 3, 4, 5, Number.NaN] }, second], "DATA", /parameters\[0\]\.weights\[5\] is NaN/],
    ];
    for (const [given, code, message] of refused) {
      const options = { ...SHAPE, parameters: given! };
      for (const error of [errorOf(() => Class.createSync(options)), await rejectionOf(Class.create(options))]) {
        expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
      }
    }
  });
});

it("each fold of a cross-validation starts with them", async () => {
  const x = [
    [0, 1],
    [1, 0],
    [1, 1],
    [0, 0],
  ];
  const options = { ...SHAPE, parameters, optimizer: { type: "sgd", learningRate: 1e-300 } } as const;
  const { folds } = await Network.crossValidate(options, x, [[1], [0], [1], [0]], { folds: 2, epochs: 1 });
  const losses = folds.map(({ loss }) => loss);
  expect(losses).toHaveLength(2);
  const rows = (of: number[]) => of.map((n) => trained.evaluate([x[n]!], [[(n + 1) % 2]]).loss);
  const all = rows([0, 1, 2, 3]);
  expect((losses[0]! + losses[1]!) / 2).toBeCloseTo(all.reduce((sum, loss) => sum + loss, 0) / 4, 6);
  const refused = Network.crossValidate({ ...options, parameters: [] }, x, [[1], [0], [1], [0]], { folds: 2 });
  expect(await rejectionOf(refused)).toMatchObject({
    code: "SHAPE",
    message: expect.stringMatching(/parameters is an array of 0/),
  });
});

describe("shapes of parameters", () => {
  const shaped = (weights: number[]) => [
    { weights: { data: parameters[0]!.weights, shape: weights }, biases: { data: parameters[0]!.biases, shape: [3] } },
    parameters[1]!,
  ];

  it("are checked where they are given", () => {
    const net = Network.createSync(SHAPE);
    net.setParameters(shaped([2, 3]));
    expect(net.digest()).toBe(trained.digest());
    expect(Network.createSync({ ...SHAPE, parameters: shaped([2, 3]) }).digest()).toBe(trained.digest());
    for (const [shape, words] of [
      [[3, 2], "parameters[0].weights has shape [3, 2]; [2, 3] is expected: it is transposed"],
      [[6], "parameters[0].weights has shape [6]; [2, 3] is expected"],
      [5, "parameters[0].weights has shape 5; [2, 3]"],
      [[2, "3", 1], 'has shape [2, "3", 1]'],
    ] as const) {
      const error = errorOf(() => net.setParameters(shaped(wrong(shape))));
      expect(error).toMatchObject({ code: "SHAPE", message: expect.stringContaining(words) });
    }
    const short = [{ weights: { data: [1], shape: [2, 3] }, biases: [1, 2, 3] }, parameters[1]!];
    expect(errorOf(() => net.setParameters(short))).toMatchObject({ code: "SHAPE" });
    expect(net.digest()).toBe(trained.digest());
  });
});

describe.each([Network, reference.Network])("files of weights only", (Class) => {
  it("are a third of adam's, and load as the network with a new optimizer", async () => {
    const net = Class.createSync({ inputs: 40, layers: [{ units: 50 }, { units: 1 }], seed: 2 });
    const x = Array.from({ length: 8 }, (_, s) => Array.from({ length: 40 }, (_, i) => ((s * i) % 7) / 7));
    const y = x.map(([first]) => [first!]);
    net.fit(x, y, { epochs: 4 });
    const [whole, small] = [net.save(), net.save({ weightsOnly: true })];
    expect(net.save({ weightsOnly: false })).toEqual(whole);
    expect(small.length).toBeLessThan(whole.length / 2.5);
    const joined = Buffer.concat(net.saveChunks({ weightsOnly: true }));
    expect(new Uint8Array(joined)).toEqual(small);
    const loaded = await Class.load(small);
    expect([loaded.digest(), loaded.epochs]).toEqual([net.digest(), 4]);
    const { Predictor } = await import("bitgrad/predict");
    expect(Predictor.load(small).predict(x)).toEqual(net.predict(x));
    net.resetOptimizer();
    expect(loaded.save()).toEqual(net.save());
    expect(loaded.fit(x, y, { epochs: 2 })).toEqual(net.fit(x, y, { epochs: 2 }));
    expect(errorOf(() => net.save(wrong({ weightsOnly: 1 })))).toMatchObject({ code: "OPTION" });
    expect(errorOf(() => net.save(wrong({ weights: true })))).toMatchObject({ code: "OPTION" });
  });
});

describe("load", () => {
  const file = trained.save();

  it("takes a Blob, a Response, streams and buffers", async () => {
    const stream = () => new Response(file).body!;
    // Safari's streams can't be iterated
    const old = { getReader: () => stream().getReader() };
    for (const given of [new Blob([file]), new Response(file), stream(), file.buffer, wrong(old)]) {
      expect((await Network.load(given as Blob)).digest()).toBe(trained.digest());
    }
  });

  it("refuses what only looks like them", async () => {
    const thrown = {
      get arrayBuffer() {
        throw new Error("a getter");
      },
    };
    for (const given of [{ arrayBuffer: async () => 7 }, { arrayBuffer: 7 }, thrown, new Blob(["no network"])]) {
      expect(await rejectionOf(Network.load(wrong(given)))).toMatchObject({ code: "FORMAT" });
    }
    const failed = { arrayBuffer: () => Promise.reject(new RangeError("cut off")) };
    expect(await rejectionOf(Network.load(failed))).toBeInstanceOf(RangeError);
  });
});
