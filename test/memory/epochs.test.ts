// A training has memory for the epochs it has had, not for those it may have: losses are taken out of WebAssembly's
// memory as many at a time as the module notes in one call (MAX_LOSSES in assembly/epoch.ts).

import { type EpochInfo, type History, Network, type NotFiniteError } from "bitgrad";
import { Network as Threads } from "bitgrad/threads";
import { describe, expect, it } from "vitest";
import { TEXTBOOK } from "../support/textbook.ts";

const ENGINES = ["wasm", "reference"] as const;
const CALL = 65_536;

// the ways that a step is taken: registers.ts for one unit and for a hidden layer, and the loop of train.ts
const WAYS = {
  unit: {
    inputs: 2,
    layers: [{ units: 1 }],
    batchSize: 4,
    x: [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ],
    y: [[0], [0], [0], [1]],
  },
  hidden: {
    inputs: 2,
    layers: [{ units: 2 }, { units: 1 }],
    batchSize: 1,
    x: [
      [0, 1],
      [1, 1],
    ],
    y: [[1], [0]],
  },
  loop: {
    inputs: 1,
    layers: [{ units: 2, activation: "tanh" }, { units: 1 }],
    batchSize: 2,
    x: [[0], [1]],
    y: [[1], [0]],
  },
} as const;

describe.each(Object.keys(WAYS) as (keyof typeof WAYS)[])("%s", (way) => {
  const { x, y, batchSize, ...options } = WAYS[way];
  const create = (engine: (typeof ENGINES)[number]) => Network.createSync({ ...TEXTBOOK, ...options, seed: 3, engine });

  it.each(ENGINES)("%s: of 2^31 epochs a listener ends the fifth", async (engine) => {
    using net = create(engine);
    const epochs = 2 ** 31;
    const onEpoch = ({ epoch, stop }: EpochInfo) => epoch === 5 && stop();
    expect(net.fit(x, y, { epochs, batchSize, onEpoch }).loss).toHaveLength(5);
    expect((await net.fitAsync(x, y, { epochs, batchSize, onEpoch })).loss).toHaveLength(5);
    expect(net.fit(x, y, { epochs, batchSize, timeLimit: 0.01 }).stopped).toBe("timeLimit");
  });

  it("more epochs than one call records, in any pieces, and the reference: the same losses and parameters", async () => {
    const epochs = 2 * CALL + 3;
    const run = async (
      train: (net: Network) => History | Promise<History>,
      engine: (typeof ENGINES)[number] = "wasm",
    ) => {
      using net = create(engine);
      const { loss } = await train(net);
      expect(net.epochs).toBe(loss.length);
      return { digest: net.digest(), loss: Float64Array.from(loss) };
    };
    const whole = await run((net) => net.fit(x, y, { epochs, batchSize }));
    expect(whole.loss).toHaveLength(epochs);
    expect(whole.loss.every((value) => value > 0)).toBe(true);
    expect(await run((net) => net.fit(x, y, { epochs, batchSize }), "reference")).toEqual(whole);
    expect(await run((net) => net.fitAsync(x, y, { epochs, batchSize }))).toEqual(whole);
    let asked = 0;
    const listened = await run((net) =>
      net.fit(x, y, {
        epochs,
        batchSize,
        onEpoch: ({ loss }) => {
          asked += loss;
        },
      }),
    );
    expect(listened).toEqual(whole);
    expect(asked).toBe(whole.loss.reduce((sum, value) => sum + value, 0));
    const pieces = await run((net) => {
      const loss = [CALL - 1, 1, CALL, 3].flatMap((some) => net.fit(x, y, { epochs: some, batchSize }).loss);
      return { loss };
    });
    expect(pieces).toEqual(whole);
  });
});

it("a training that goes on from what was saved after its 65,540th epoch", () => {
  const { x, y, batchSize: _, ...options } = WAYS.loop;
  const fitOptions = { epochs: CALL + 10, batchSize: 1 };
  using whole = Network.createSync({ ...TEXTBOOK, ...options, seed: 3 });
  const expected = whole.fit(x, y, fitOptions);
  using net = Network.createSync({ ...TEXTBOOK, ...options, seed: 3 });
  let file: Uint8Array<ArrayBuffer> | undefined;
  const onEpoch = ({ epoch }: { epoch: number }) => {
    if (epoch === CALL + 4) file = net.save();
    return epoch < CALL + 5;
  };
  net.fit(x, y, { ...fitOptions, onEpoch });
  using loaded = Network.loadSync(file!);
  expect(loaded.fit(x, y, { ...fitOptions, resume: true })).toEqual(expected);
  expect(loaded.digest()).toBe(whole.digest());
});

it("threads: more epochs than one call records", async () => {
  const options = {
    ...TEXTBOOK,
    inputs: 8,
    layers: [{ units: 8, activation: "relu" as const }, { units: 8 }],
    seed: 2,
  };
  const data = (columns: number) =>
    Array.from({ length: 2 }, (_, s) => Array.from({ length: columns }, (_, i) => (s + i) % 2));
  const epochs = CALL + 2;
  using alone = Network.createSync(options);
  using net = await Threads.create({ ...options, threads: 2 });
  expect(net.threads).toEqual({ count: 2 });
  expect(net.fit(data(8), data(8), { epochs })).toEqual(alone.fit(data(8), data(8), { epochs }));
  expect(net.digest()).toBe(alone.digest());
});

it("a training that ends not finite, after more epochs than one call records, has all losses before that", () => {
  const run = (engine: (typeof ENGINES)[number]) => {
    const optimizer = { type: "sgd", learningRate: 1.00063 } as const;
    using net = Network.createSync({
      ...TEXTBOOK,
      inputs: 1,
      layers: [{ units: 1, activation: "linear" }],
      optimizer,
      engine,
    });
    net.setParameters([{ weights: [0.5], biases: [0.5] }]);
    try {
      net.fit([[1]], [[0]], { epochs: 200_000 });
    } catch (error) {
      const { epoch, loss } = error as NotFiniteError;
      return { epoch, loss: Float64Array.from(loss), epochs: net.epochs, digest: net.digest() };
    }
    throw new Error("it stayed finite");
  };
  const { epoch, loss, epochs, digest } = run("wasm");
  // w + b takes the factor 1 − 2 · 1.00063 in each epoch, and f32 ends at 3.4e38
  expect(epoch).toBeGreaterThan(Math.log(3.4e38) / Math.log(1.00126) - 1000);
  expect(epoch).toBeLessThan(Math.log(3.4e38) / Math.log(1.00126) + 1000);
  expect(loss).toHaveLength(epoch - 1);
  expect(epochs).toBe(epoch - 1);
  expect(run("reference")).toEqual({ epoch, loss, epochs, digest });
});
