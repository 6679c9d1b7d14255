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
