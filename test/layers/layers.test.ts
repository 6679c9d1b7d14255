// Layers that only activate or drop, anywhere in a network: both engines give the bits of a dense layer that has the
// activation or the dropout itself, and the inputs' dropout those of Operations.

import { type LayerOptions, Network, type NetworkOptions, Operations, OptionError } from "bitgrad";
import { Predictor } from "bitgrad/predict";
import { describe, expect, it } from "vitest";
import { errorOf } from "../faults/expect-error.ts";
import { DTYPES, ENGINES, expectSameBits, type FloatArray } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";

const FIT = { epochs: 3, batchSize: 7 };
const TANH: LayerOptions = { type: "activation", activation: "tanh" };

type Options = Omit<NetworkOptions, "engine">;

describe.each(ENGINES)("%s", (engine) => {
  const create = (options: Options) => Network.createSync({ ...options, engine });

  describe.each(DTYPES)("%s", (dtype) => {
    it("an activation layer gives the bits of the activation of a dense layer", () => {
      const random = new Random(1);
      for (const activation of ["tanh", "relu", "gelu", "sigmoid", "leakyRelu"] as const) {
        for (const units of [1, 2, 7, 8, 67]) {
          const data = random.dataset(dtype, 23, 5, 3);
          const layer = { units, initializer: "glorotUniform" } as const;
          using one = create({ dtype, inputs: 5, layers: [{ ...layer, activation }, { units: 3 }], seed: units });
          using two = create({ dtype, inputs: 5, layers: [layer, { type: "activation", activation }, { units: 3 }] });
          const [first, second] = one.getParameters() as [LayerOf, LayerOf];
          two.setParameters([first, {}, second]);
          expect(two.predict(data.x)).toEqual(one.predict(data.x));
          // the shuffle is the seed's, and not that of the layers
          const fit = { ...FIT, shuffle: false };
          expect(two.fit(data.x, data.y, fit).loss).toEqual(one.fit(data.x, data.y, fit).loss);
          expect(two.digest()).toBe(one.digest());
        }
      }
    });

    it("the last activation layer is that of the outputs", () => {
      const random = new Random(2);
      for (const [activation, loss] of [
        ["softmax", "categoricalCrossEntropy"],
        ["sigmoid", "binaryCrossEntropy"],
        ["sigmoid", "sse"],
      ] as const) {
        const data = random.dataset(dtype, 20, 4, 3);
        const layer = { units: 3, initializer: "glorotUniform" } as const;
        using one = create({ dtype, inputs: 4, layers: [{ ...layer, activation }], loss });
        using two = create({ dtype, inputs: 4, layers: [layer, { type: "activation", activation }], loss });
        expect(two.fit(data.x, data.y, FIT).loss).toEqual(one.fit(data.x, data.y, FIT).loss);
        expect(two.predict(data.x)).toEqual(one.predict(data.x));
        expect(two.evaluate(data.x, data.y)).toEqual(one.evaluate(data.x, data.y));
      }
    });

    it("dropout of the inputs: one step is that of a network without it on the inputs times the factors", () => {
      const op = Operations.createSync({ engine });
      const random = new Random(3);
      for (const inputs of [1, 2, 5, 8, 13, 70]) {
        const { x, y } = random.dataset(dtype, 6, inputs, 2);
        const options = { dtype, loss: "mse", optimizer: "sgd", inputs, seed: 9 } as const;
        using net = create({ ...options, layers: [{ type: "dropout", rate: 0.4 }, { units: 2 }] });
        using plain = create({ ...options, layers: [{ units: 2 }] });
        plain.setParameters(net.getParameters().slice(1));
        expect(net.predict(x)).toEqual(plain.predict(x)); // nothing is dropped
        const position = { dropout: 0.4, seed: 9, epoch: 0, batch: 0, layer: 0, dtype };
        const factors = op.dropoutFactors({ rows: 6, units: inputs }, position);
        const dropped = { data: x.data.map((value, n) => value * factors[n]!), shape: x.shape };
        net.partialFit(x, y);
        plain.partialFit(dropped, y);
        expect(net.digest()).toBe(plain.digest());
      }
    });

    it("saved, loaded, predicted alone, resumed and frozen", () => {
      const { x, y } = new Random(4).dataset(dtype, 20, 5, 2);
      const layers: LayerOptions[] = [{ type: "dropout", rate: 0.2 }, { units: 4 }, TANH, { units: 2 }];
      using net = create({ dtype, inputs: 5, layers, seed: 3 });
      using whole = create({ dtype, inputs: 5, layers: net.layers, seed: 3 });
      net.fit(x, y, FIT);
      for (const saved of [net.save(), net.toJSON()]) {
        expect(Predictor.load(saved).predict(x).data).toEqual(net.predict(x).data);
      }
      using loaded = Network.loadSync(net.save(), { engine });
      expect(loaded.layers).toEqual(net.layers);
      loaded.fit(x, y, FIT);
      whole.fit(x, y, { ...FIT, epochs: 6 });
      expect(loaded.digest()).toBe(whole.digest());
      const [, before] = whole.getParameters();
      for (let l = 0; l < 4; l++) whole.setTrainable(l, l === 3);
      whole.fit(x, y, FIT);
      const [, after, none] = whole.getParameters();
      expect(after).toEqual(before);
      expectSameBits(none!.weights as FloatArray, whole.dtype === "f32" ? new Float32Array() : new Float64Array(), "");
    });
  });

  it("are told from each other", () => {
    const layers: LayerOptions[] = [{ type: "dropout", rate: 0.2 }, { type: "dense", units: 4 }, TANH, { units: 1 }];
    using net = create({ inputs: 3, layers });
    expect(String(net)).toContain("layers: 3 → dropout 0.2 → 4 linear → tanh → 1 linear, parameters: 21");
    expect(net.layers).toEqual([
      { type: "dropout", units: 3, activation: "linear", rate: 0.2 },
      { units: 4, activation: "linear", initializer: "glorotUniform" },
      { type: "activation", units: 4, activation: "tanh" },
      { units: 1, activation: "linear", initializer: "glorotUniform" },
    ]);
  });

  it("a dense layer before an activation layer is linear, and its initializer follows that", () => {
    const relu: LayerOptions = { type: "activation", activation: "relu" };
    using net = create({ inputs: 2, layers: [{ units: 4 }, { type: "dropout", rate: 0.1 }, relu, { units: 3 }, TANH] });
    expect(net.layers.map(({ activation }) => activation)).toEqual(["linear", "linear", "relu", "linear", "tanh"]);
    expect(net.layers.map(({ initializer }) => initializer)).toEqual([
      "heNormal",
      undefined,
      undefined,
      "glorotUniform",
      undefined,
    ]);
  });

  it.each([
    [
      [{ type: "convolution", units: 1 }],
      'layers[0].type is "convolution"; one of "dense", "activation", "batchNormalization"',
    ],
    [[{ type: null, units: 1 }], "layers[0].type is null"],
    [[{ type: "activation", activation: "tanh" }], "layers has no dense layer"],
    [[{ type: "activation" }, { units: 1 }], "layers[0].activation is undefined"],
    [[{ type: "activation", activation: "tan" }, { units: 1 }], 'layers[0].activation is "tan"; did you mean "tanh"'],
    [[{ units: 1 }, { type: "activation", activation: "tan" }], 'layers[1].activation is "tan"; did you mean "tanh"'],
    [[{ type: "activation", activation: "tanh", rate: 0.5 }, { units: 1 }], 'layers[0], "activation", knows no "rate"'],
    [
      [{ type: "activation", activation: "tanh", units: 4 }, { units: 1 }],
      "layers[0].units is 4; 3, as many as come in",
    ],
    [[{ type: "activation", activation: "softmax" }, { units: 1 }], "that is for the last layer"],
    [[{ units: 1, rate: 0.5 }], 'layers[0] knows no "rate"'],
    [[{ type: "dropout" }, { units: 1 }], "layers[0].rate is undefined; a finite number"],
    [[{ type: "dropout", rate: 1 }, { units: 1 }], "layers[0].rate is 1; a number below 1"],
    [[{ type: "dropout", rate: Number.NaN }, { units: 1 }], "layers[0].rate is NaN"],
    [[{ type: "dropout", rate: 0.5, activation: "tanh" }, { units: 1 }], '"dropout" has none'],
    [[{ type: "dropout", rate: 0.5, trainable: 1 }, { units: 1 }], "layers[0].trainable is 1"],
    [[{ units: 1 }, { type: "dropout", rate: 0.5 }], 'layers[1].type is "dropout"; that can\'t be the last layer'],
  ])("%j is refused", (layers, message) => {
    const error = errorOf(() => create({ inputs: 3, layers: layers as unknown as LayerOptions[] }));
    expect(error).toBeInstanceOf(OptionError);
    expect((error as Error).message).toContain(message);
  });
});

type LayerOf = ReturnType<Network["getParameters"]>[number];
