// What can go wrong around a training: use after dispose, changes from inside a callback, callbacks that throw, aborts,
// two trainings at once, and numbers that leave the finite. The network always keeps whole epochs and stays usable.

import {
  BusyError,
  DisposedError,
  type History,
  Network,
  type NetworkOptions,
  NotFiniteError,
  OptionError,
} from "bitgrad";
import { describe, expect, it } from "vitest";
import { DTYPES, ENGINES, floats } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";
import { signed } from "../fixtures/signed.ts";
import { TEXTBOOK } from "../support/textbook.ts";
import { errorOf, expectError, expectRefused, type Refusal, rejectionOf } from "./expect-error.ts";

const disposed = (...words: string[]): Refusal => ({ error: DisposedError, code: "DISPOSED", words });
const busy = (...words: string[]): Refusal => ({ error: BusyError, code: "BUSY", words });

describe.each(ENGINES)("%s", (engine) => {
  const options = { ...TEXTBOOK, inputs: 4, layers: [{ units: 5 }, { units: 2 }], seed: 6, engine } as const;
  const { x, y } = new Random(70).dataset("f32", 10, 4, 2);
  // enough work for several turns of the event loop
  const long = new Random(71).dataset("f32", 1000, 4, 2);
  const longFit = { epochs: 100, batchSize: 1 };

  const create = (more: Partial<NetworkOptions> = {}) => Network.createSync({ ...options, ...more });

  /** The saved network after whole epochs alone. */
  function savedAfter(epochs: number, data: { x: typeof x; y: typeof y }, batchSize: number): string {
    using net = create();
    if (epochs > 0) net.fit(data.x, data.y, { epochs, batchSize });
    return JSON.stringify(net);
  }

  it("is the engine that was asked for", () => expect(create().engine).toBe(engine));

  describe("after dispose", () => {
    it("every method throws, dispose again does nothing", async () => {
      const net = create();
      const parameters = net.getParameters();
      net.dispose();
      const calls = {
        fit: () => net.fit(x, y, { epochs: 1 }),
        predict: () => net.predict(x),
        evaluate: () => net.evaluate(x, y),
        getParameters: () => net.getParameters(),
        setParameters: () => net.setParameters(parameters),
        digest: () => net.digest(),
        toJSON: () => net.toJSON(),
      };
      for (const [name, call] of Object.entries(calls)) expectError(errorOf(call), disposed(name, "was disposed"));
      expectError(
        errorOf(() => {
          net.learningRate = 1;
        }),
        disposed("learningRate", "was disposed"),
      );
      expectError(await rejectionOf(net.fitAsync(x, y, { epochs: 1 })), disposed("was disposed"));
      expect(() => net.dispose()).not.toThrow();
    });

    it("what `using` leaves is disposed", () => {
      let kept: Network;
      {
        using net = create();
        kept = net;
      }
      expectError(
        errorOf(() => kept.digest()),
        disposed("digest"),
      );
    });
  });

  describe("inside onEpoch", () => {
    const expected = savedAfter(3, { x, y }, 4);

    it.each(["fit", "fitAsync"] as const)("of %s: changes are refused, and the training goes on", async (method) => {
      using net = create();
      const parameters = net.getParameters();
      const told: number[] = [];
      const onEpoch = ({ epoch }: { epoch: number }) => {
        told.push(epoch);
        const digest = net.digest();
        for (const change of [
          () => net.fit(x, y, { epochs: 1 }),
          () => net.setParameters(parameters),
          () => {
            net.learningRate = 1;
          },
        ]) {
          expectError(errorOf(change), busy("is being trained"));
        }
        expect(net.digest()).toBe(digest);
      };
      await net[method](x, y, { epochs: 3, batchSize: 4, onEpoch });
      expect(told).toEqual([1, 2, 3]);
      expect(JSON.stringify(net)).toBe(expected);
    });

    it.each(["fit", "fitAsync"] as const)("of %s: reading is right, and changes nothing", async (method) => {
      using net = create();
      const onEpoch = ({ epoch }: { epoch: number }) => {
        using whole = Network.fromJSONSync(savedAfter(epoch, { x, y }, 4), { engine });
        expect(net.digest()).toBe(whole.digest());
        expect(net.predict(x)).toEqual(whole.predict(x));
        expect(net.evaluate(x, y)).toEqual(whole.evaluate(x, y));
        expect(net.getParameters()).toEqual(whole.getParameters());
        expect(net.epochs).toBe(epoch);
      };
      await net[method](x, y, { epochs: 3, batchSize: 4, onEpoch });
      expect(JSON.stringify(net)).toBe(expected);
    });

    it.each(["fit", "fitAsync"] as const)("of %s: an error ends the training after whole epochs", async (method) => {
      using net = create();
      const reason = new Error("enough");
      const onEpoch = ({ epoch }: { epoch: number }) => {
        if (epoch === 2) throw reason;
      };
      const run = async () => net[method](x, y, { epochs: 5, batchSize: 4, onEpoch });
      expect(await rejectionOf(run())).toBe(reason);
      expect(JSON.stringify(net)).toBe(savedAfter(2, { x, y }, 4));
      net.fit(x, y, { epochs: 1, batchSize: 4 });
      expect(JSON.stringify(net)).toBe(expected);
    });

    it("of fitAsync: a promise is waited for, and ends the training where it is rejected", async () => {
      using net = create();
      const order: string[] = [];
      const reason = new Error("enough");
      const onEpoch = async ({ epoch }: { epoch: number }) => {
        order.push(`${epoch} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${epoch} ends`);
        if (epoch === 2) throw reason;
      };
      expect(await rejectionOf(net.fitAsync(x, y, { epochs: 5, batchSize: 4, onEpoch }))).toBe(reason);
      expect(order).toEqual(["1 begins", "1 ends", "2 begins", "2 ends"]);
      expect(JSON.stringify(net)).toBe(savedAfter(2, { x, y }, 4));
    });

    it.each(["rows", "typed"] as const)("data changed after fit took it (%s) has no effect", (form) => {
      using net = create();
      const rows = {
        x: [
          [1, 2, 3, 4],
          [4, 3, 2, 1],
        ],
        y: [
          [0, 1],
          [1, 0],
        ],
      };
      const typed = {
        x: { data: Float32Array.from(rows.x.flat()), shape: [2, 4] as const },
        y: { data: Float32Array.from(rows.y.flat()), shape: [2, 2] as const },
      };
      using untouched = create();
      untouched.fit(rows.x, rows.y, { epochs: 4, batchSize: 1 });
      const data = form === "rows" ? rows : typed;
      const onEpoch = () => {
        rows.x[0]![0] = 99;
        rows.y[1] = [7, 7];
        typed.x.data.fill(Number.NaN);
        typed.y.data.fill(Number.NaN);
      };
      net.fit(data.x, data.y, { epochs: 4, batchSize: 1, onEpoch });
      expect(net.digest()).toBe(untouched.digest());
    });
  });

  describe("fitAsync", () => {
    it("lets the event loop turn while it trains", async () => {
      using net = create();
      let turns = 0;
      setImmediate(() => turns++);
      const { loss } = await net.fitAsync(long.x, long.y, longFit);
      expect(loss).toHaveLength(longFit.epochs);
      expect(turns).toBe(1);
    });

    it("is busy meanwhile, for everything that changes the network", async () => {
      using net = create();
      const parameters = net.getParameters();
      const running = net.fitAsync(long.x, long.y, longFit);
      expectError(
        errorOf(() => net.fit(x, y, { epochs: 1 })),
        busy("fit can't start"),
      );
      expectError(await rejectionOf(net.fitAsync(x, y, { epochs: 1 })), busy("fit can't start"));
      expectError(
        errorOf(() => net.setParameters(parameters)),
        busy("setParameters"),
      );
      expectError(
        errorOf(() => {
          net.learningRate = 1;
        }),
        busy("learningRate"),
      );
      expect(net.predict(x).shape).toEqual([10, 2]);
      await running;
      expect(JSON.stringify(net)).toBe(savedAfter(longFit.epochs, long, 1));
    });

    it("trains two networks side by side, with networks made and dropped in between", async () => {
      using one = create();
      using other = create({ seed: 7, dtype: "f64" });
      const both = Promise.all([one.fitAsync(long.x, long.y, longFit), other.fitAsync(long.x, long.y, longFit)]);
      for (let n = 0; n < 3; n++) {
        await new Promise((resolve) => setImmediate(resolve));
        using between = create({ inputs: 300, layers: [{ units: 300 }] });
        between.predict({ data: floats("f32", 300), shape: [1, 300] });
      }
      const [oneHistory, otherHistory] = (await both) as [History, History];
      using oneAlone = create();
      using otherAlone = create({ seed: 7, dtype: "f64" });
      expect(oneAlone.fit(long.x, long.y, longFit)).toEqual(oneHistory);
      expect(otherAlone.fit(long.x, long.y, longFit)).toEqual(otherHistory);
      expect(JSON.stringify(one)).toBe(JSON.stringify(oneAlone));
      expect(JSON.stringify(other)).toBe(JSON.stringify(otherAlone));
    });
  });

  describe("abort", () => {
    it("before the training: nothing is trained", async () => {
      using net = create();
      const reason = new Error("changed my mind");
      expect(await rejectionOf(net.fitAsync(x, y, { epochs: 1, signal: AbortSignal.abort(reason) }))).toBe(reason);
      expect(JSON.stringify(net)).toBe(savedAfter(0, { x, y }, 4));
    });

    it.each(["with", "without"])("during it, %s onEpoch: the whole epochs are kept", async (listening) => {
      using net = create();
      const controller = new AbortController();
      const reason = { my: "reason" };
      const running = net.fitAsync(long.x, long.y, {
        ...longFit,
        epochs: 100_000, // never reached
        signal: controller.signal,
        ...(listening === "with" ? { onEpoch: () => {} } : {}),
      });
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      controller.abort(reason);
      expect(await rejectionOf(running)).toBe(reason);
      expect(net.epochs).toBeLessThan(100_000);
      expect(JSON.stringify(net)).toBe(savedAfter(net.epochs, long, 1));
    });

    it("from inside onEpoch: no further epoch", async () => {
      using net = create();
      const controller = new AbortController();
      const onEpoch = ({ epoch }: { epoch: number }) => {
        if (epoch === 3) controller.abort();
      };
      const running = net.fitAsync(x, y, { epochs: 10, batchSize: 4, signal: controller.signal, onEpoch });
      expect(await rejectionOf(running)).toBe(controller.signal.reason);
      expect(net.epochs).toBe(3);
      expect(JSON.stringify(net)).toBe(savedAfter(3, { x, y }, 4));
    });

    it("after the last epoch: too late", async () => {
      using net = create();
      const controller = new AbortController();
      await net.fitAsync(x, y, { epochs: 2, batchSize: 4, signal: controller.signal });
      controller.abort();
      expect(JSON.stringify(net)).toBe(savedAfter(2, { x, y }, 4));
    });
  });

  describe.each(DTYPES)("numbers that leave %s", (dtype) => {
    // Row 0 begins saturated (z = 40: σ is 1, its slope 0), so its huge input moves nothing. Row 1 takes the bias down
    // to 0 in the first epoch; in the second, row 0 has z = 0 and a step beyond the largest number.
    const huge = dtype === "f32" ? 3e38 : 1e308;
    const data = [
      [
        [huge, 0],
        [0, -40],
      ],
      [[0], [0]],
    ] as const;
    const fitOptions = { epochs: 5, batchSize: 1, shuffle: false };

    function start(): Network {
      const optimizer = { type: "sgd", learningRate: 320 } as const;
      const net = create({ inputs: 2, layers: [{ units: 1 }], dtype, optimizer });
      net.setParameters([{ weights: [0, 1], biases: [40] }]);
      return net;
    }

    it.each(["fit", "fitAsync"] as const)("%s stops, and keeps the last epoch that ended finite", async (method) => {
      using finite = start();
      const history = finite.fit(...data, { ...fitOptions, epochs: 1 });
      expect(finite.getParameters()).toEqual([{ weights: floats(dtype, [0, 1601]), biases: floats(dtype, [0]) }]);
      for (const onEpoch of [undefined, () => {}]) {
        using net = start();
        const run = async () => net[method](...data, onEpoch ? { ...fitOptions, onEpoch } : fitOptions);
        const error = (await rejectionOf(run())) as NotFiniteError;
        expectError(error, { error: NotFiniteError, code: "NOT_FINITE", words: ["epoch 2", "learningRate"] });
        expect(error.epoch).toBe(2);
        expect(error.loss).toEqual(history.loss);
        expect(JSON.stringify(net)).toBe(JSON.stringify(finite));

        const usable = [[[1, 0]], [[1]], { epochs: 2 }] as const;
        using copy = Network.fromJSONSync(JSON.stringify(finite), { engine });
        expect(net.fit(...usable)).toEqual(copy.fit(...usable));
        expect(JSON.stringify(net)).toBe(JSON.stringify(copy));
      }
    });

    it("in the first epoch: nothing is changed", () => {
      using net = start();
      net.fit(...data, { ...fitOptions, epochs: 1 });
      const refusal = { error: NotFiniteError, code: "NOT_FINITE", words: ["epoch 1"] } as const;
      expectRefused(net, () => net.fit(...data, fitOptions), refusal);
    });
  });

  it("the 2^32nd epoch is the last", () => {
    using net = create();
    const saved = JSON.parse(JSON.stringify(net));
    using old = Network.fromJSONSync(signed({ ...saved, epochs: 2 ** 32 - 2 }), { engine });
    old.fit(x, y, { epochs: 1 });
    expect(old.epochs).toBe(2 ** 32 - 1);
    expectRefused(old, () => old.fit(x, y, { epochs: 1 }), {
      error: OptionError,
      code: "OPTION",
      words: ["epochs is 1", "2^32"],
    });
  });
});
