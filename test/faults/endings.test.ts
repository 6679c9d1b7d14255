// How trainings end before their time: abort, dispose, promises, falsy listeners, refusals in a later epoch. In this
// thread and in a worker, on both engines.

import { type FitAsyncOptions, type FitOptions, type History, type NetworkOptions, OptionError } from "bitgrad";
import { DataError, DisposedError, Network, NotFiniteError } from "bitgrad/worker";
import { describe, expect, it, vi } from "vitest";
import { ENGINES } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";
import { TEXTBOOK } from "../support/textbook.ts";
import { errorOf, rejectionOf } from "./expect-error.ts";

const { x, y } = new Random(70).dataset("f32", 12, 4, 1);
const signs = { data: y.data.map((value) => Number(value > 0.5)), shape: y.shape };
const ones = { data: new Float32Array(12).fill(1), shape: [12, 1] } as const;
const never = () => new Promise<void>(() => {});

const historyOf = (error: unknown) => (error as { history?: History }).history;

describe.each(ENGINES)("%s", (engine) => {
  const create = (more: Partial<NetworkOptions> = {}) =>
    Network.createSync({
      ...TEXTBOOK,
      inputs: 4,
      layers: [{ units: 5, activation: "tanh" }, { units: 1 }],
      seed: 6,
      engine,
      ...more,
    });

  /** The network after so many epochs, and their losses. */
  function trained(epochs: number, options: FitOptions = {}) {
    using net = create();
    const { loss } = net.fit(x, y, { batchSize: 4, ...options, epochs });
    return { saved: JSON.stringify(net), loss };
  }

  describe.each([
    ["in this thread", false],
    ["in a worker", true],
  ])("%s", (_where, worker) => {
    it.each([
      ["onEpoch", (wait: () => unknown): FitAsyncOptions => ({ onEpoch: ({ epoch }) => epoch < 2 || wait() })],
      [
        "checkpoint.save",
        (wait: () => unknown): FitAsyncOptions => ({ checkpoint: { everyEpochs: 2, save: wait }, onEpoch() {} }),
      ],
    ])(
      "an abort while %s's promise is pending rejects, with whole epochs and their history",
      async (_name, options) => {
        using net = create();
        const controller = new AbortController();
        let waits = false;
        const fit = options(() => {
          waits = true;
          setTimeout(() => controller.abort(), 1);
          return never();
        });
        const error = await rejectionOf(
          net.fitAsync(x, y, { epochs: 9, batchSize: 4, ...fit, signal: controller.signal, worker }),
        );
        expect(waits).toBe(true);
        expect(error).toBe(controller.signal.reason);
        const whole = trained(2);
        expect(historyOf(error)).toEqual({ loss: whole.loss });
        expect(JSON.stringify(net)).toBe(whole.saved);
        net.fit(x, y, { epochs: 1, batchSize: 4 });
        expect(JSON.stringify(net)).toBe(trained(3).saved);
      },
    );

    it.each([
      ["onEpoch", (end: () => void): FitAsyncOptions => ({ onEpoch: ({ epoch }) => epoch < 3 || end() })],
      [
        "an async onEpoch",
        (end: () => void): FitAsyncOptions => ({ onEpoch: async ({ epoch }) => epoch < 3 || end() }),
      ],
      ["checkpoint.save", (end: () => void): FitAsyncOptions => ({ checkpoint: { everyEpochs: 3, save: end } })],
      [
        "an async checkpoint.save",
        (end: () => void): FitAsyncOptions => ({
          checkpoint: { everyEpochs: 3, save: async () => end() },
          onEpoch() {},
        }),
      ],
      [
        "onEpoch, with a best epoch to restore",
        (end: () => void): FitAsyncOptions => ({
          onEpoch: ({ epoch }) => epoch < 3 || end(),
          earlyStopping: { minDelta: 1e9, patience: 2 },
        }),
      ],
    ])("an abort or dispose in %s after the last epoch rejects, and all epochs are kept", async (_name, options) => {
      const whole = trained(3);
      using net = create();
      const controller = new AbortController();
      const { signal } = controller;
      const fit = { epochs: 3, batchSize: 4, worker };
      const error = await rejectionOf(net.fitAsync(x, y, { ...fit, ...options(() => controller.abort()), signal }));
      expect(error).toBe(signal.reason);
      expect(historyOf(error)).toMatchObject({ loss: whole.loss });
      expect(JSON.stringify(net)).toBe(whole.saved);
      const disposed = create();
      const end = await rejectionOf(disposed.fitAsync(x, y, { ...fit, ...options(() => disposed.dispose()) }));
      expect(end).toBeInstanceOf(DisposedError);
      expect(historyOf(end)).toMatchObject({ loss: whole.loss });
    });

    it.each(["a word", 5, null, Object.freeze({}), new Error("mine")])(
      "signal.reason is what is rejected: %s",
      async (reason) => {
        using net = create();
        const controller = new AbortController();
        const onEpoch = () => controller.abort(reason);
        const error = await rejectionOf(net.fitAsync(x, y, { epochs: 9, onEpoch, signal: controller.signal, worker }));
        expect(error).toBe(reason);
        expect(net.epochs).toBe(1);
        if (reason instanceof Error) expect(historyOf(reason)?.loss).toHaveLength(1);
      },
    );

    it.each(["dispose", "abort and dispose"])("%s ends it, and takes effect when it has ended", async (how) => {
      for (const pending of [true, false]) {
        const net = create();
        const controller = new AbortController();
        const listener = {
          onEpoch: async ({ epoch }: { epoch: number }) => {
            if (epoch < 2) return;
            setTimeout(end, 0);
            await never();
          },
        };
        const end = () => {
          if (how !== "dispose") controller.abort();
          net.dispose();
          net.dispose();
          expect(errorOf(() => net.predict(x))).toBeInstanceOf(DisposedError);
        };
        const training = net.fitAsync(x, y, {
          epochs: 1e6,
          signal: controller.signal,
          worker,
          ...(pending && listener),
        });
        if (!pending) setTimeout(end, 5);
        const error = await rejectionOf(training);
        if (how === "dispose") expect(error).toBeInstanceOf(DisposedError);
        else expect(error).toBe(controller.signal.reason);
        expect(historyOf(error)?.loss.length).toBeGreaterThanOrEqual(pending ? 2 : 0);
        expect(await rejectionOf(net.fitAsync(x, y, { epochs: 1 }))).toBeInstanceOf(DisposedError);
      }
    });

    it.each([
      [
        "a schedule function's NaN",
        { schedule: ({ epoch }) => (epoch < 2 ? 0.1 : Number.NaN) },
        OptionError,
        "NaN in epoch 2",
      ],
      [
        "a schedule function's promise",
        { schedule: (async () => Promise.reject(new Error("lost"))) as never },
        OptionError,
        "a Promise object in epoch 1",
      ],
      [
        "early stopping by an AUC of one class",
        { metrics: ["auc"], validation: [x, ones], earlyStopping: { monitor: "auc" } },
        DataError,
        'earlyStopping.monitor is "auc"',
      ],
      [
        "NaN in validation[0]",
        { validation: [[[1, 2, 3, Number.NaN]], [[0]]] },
        DataError,
        "validation[0][0][3] is NaN",
      ],
      [
        "NaN in validation[1]",
        { validation: [[[1, 2, 3, 4]], [[Number.NaN]]] },
        DataError,
        "validation[1][0][0] is NaN",
      ],
    ] as [string, FitAsyncOptions, typeof OptionError, string][])(
      "%s leaves the network as it was",
      async (_what, options, type, words) => {
        using net = create({ optimizer: "adam" });
        net.fit(x, signs, { epochs: 1, schedule: { type: "plateau", patience: 0 } });
        const before = JSON.stringify(net);
        const heard: number[] = [];
        const onEpoch = ({ epoch }: { epoch: number }) => void heard.push(epoch);
        const error = await rejectionOf(
          net.fitAsync(x, signs, { epochs: 5, batchSize: 4, onEpoch, worker, ...options }),
        );
        expect(error).toBeInstanceOf(type);
        expect((error as Error).message).toContain(words);
        expect(JSON.stringify(net)).toBe(before);
        expect(net.epochs).toBe(1);
        if (words.startsWith("validation")) expect(heard).toEqual([]);
      },
    );

    it("history is on what a listener throws, and on a NotFiniteError", async () => {
      using net = create();
      const reason = new Error("enough");
      const onEpoch = ({ epoch }: { epoch: number }) => {
        if (epoch === 2) throw reason;
      };
      expect(await rejectionOf(net.fitAsync(x, y, { epochs: 5, batchSize: 4, onEpoch, worker }))).toBe(reason);
      expect(historyOf(reason)).toEqual({ loss: trained(2).loss });
      using wild = create({
        layers: [{ units: 1, activation: "linear" }],
        optimizer: { type: "sgd", learningRate: 1e12 },
      });
      const error = await rejectionOf(wild.fitAsync(x, y, { epochs: 99, worker }));
      expect(error).toBeInstanceOf(NotFiniteError);
      expect(historyOf(error)).toEqual({ loss: (error as NotFiniteError).loss });
    });

    it("a listener ends it by stop alone, at once or later, without a warning", async () => {
      using net = create();
      const ends: [onEpoch: NonNullable<FitAsyncOptions["onEpoch"]>, loss: number, stopped?: "listener"][] = [
        [({ epoch, stop }) => epoch === 2 && stop(), 2, "listener"],
        [(info) => (info.epoch === 2 ? Promise.resolve().then(() => info.stop()) : undefined), 2, "listener"],
        [({ stop }) => stop(), 1, "listener"],
        [({ epoch, stop }) => epoch === 4 && stop(), 4], // the last: nothing is left out
      ];
      let kept: (() => void) | undefined; // and called later, as by a button
      const keep: FitAsyncOptions["onEpoch"] = ({ stop }) => {
        kept?.();
        kept = stop;
      };
      ends.push([keep, 2, "listener"]);
      for (const [onEpoch, length, stopped] of ends) {
        const history = await net.fitAsync(x, y, { epochs: 4, onEpoch, worker });
        expect([history.loss.length, history.stopped, history.warnings]).toEqual([length, stopped, undefined]);
      }
      for (const other of [false, true, 0, "", "stop", null, undefined, Number.NaN, {}, [false]]) {
        const history = await net.fitAsync(x, y, { epochs: 2, onEpoch: () => other, worker });
        expect([history.loss.length, history.stopped, history.warnings]).toEqual([2, undefined, undefined]);
      }
    });

    it("what a listener is given can be posted and saved", async () => {
      using net = create();
      const infos: unknown[] = [];
      const { loss } = await net.fitAsync(x, y, {
        epochs: 2,
        onEpoch: (info) => infos.push(structuredClone(info)),
        worker,
      });
      expect(infos).toEqual(loss.map((value, n) => ({ epoch: n + 1, epochs: 2, loss: value })));
    });

    it.each([0, 1])("patience %d ends it after the first epoch without a gain", async (patience) => {
      using net = create({ optimizer: { type: "sgd", learningRate: 0 } });
      const history = await net.fitAsync(x, y, { epochs: 9, earlyStopping: { patience }, worker });
      expect([history.loss.length, history.stopped, history.bestEpoch]).toEqual([2, "earlyStopping", 1]);
    });

    it("a signal that tells no listener is heard, while a promise is pending, too", async () => {
      const signal = { aborted: false, reason: new Error("enough"), addEventListener() {}, removeEventListener() {} };
      for (const onEpoch of [{}, { onEpoch: never }]) {
        signal.aborted = false;
        using net = create();
        const training = net.fitAsync(x, y, { epochs: 1e9, signal: signal as never, worker, ...onEpoch });
        setTimeout(() => {
          signal.aborted = true;
        }, 5);
        expect(await rejectionOf(training)).toBe(signal.reason);
      }
    });

    it("a signal whose getter throws ends it with that error", async () => {
      const reason = new Error("of the getter");
      let reads = 0;
      const signal = {
        get aborted() {
          if (reads++ > 2) throw reason;
          return false;
        },
        addEventListener() {},
        removeEventListener() {},
      };
      using net = create();
      expect(await rejectionOf(net.fitAsync(x, y, { epochs: 1e9, signal: signal as never, worker }))).toBe(reason);
    });

    it("what a listener returns is awaited as await does: a getter of then that throws, a function with then", async () => {
      const reason = new Error("of the getter");
      const throwing = {
        // biome-ignore lint/suspicious/noThenProperty: it is what is tested
        get then() {
          throw reason;
        },
      };
      const callable = Object.assign(() => {}, {
        // biome-ignore lint/suspicious/noThenProperty: it is what is tested
        then: (_: unknown, reject: (reason: unknown) => void) => reject(reason),
      });
      for (const returned of [throwing, callable]) {
        const onEpoch = () => returned;
        using net = create();
        const error = await rejectionOf(net.fitAsync(x, y, { epochs: 3, batchSize: 4, onEpoch, worker }));
        expect(error).toBe(reason);
        expect(JSON.stringify(net)).toBe(trained(1).saved);
        using kept = create();
        const checkpoint = { everyEpochs: 2, save: onEpoch };
        expect(await rejectionOf(kept.fitAsync(x, y, { epochs: 3, batchSize: 4, checkpoint, worker }))).toBe(reason);
      }
    });

    it.each([
      ["throwIfAborted alone", { throwIfAborted() {} }],
      ["aborted alone", { aborted: false }],
      ["null", null],
    ])("a signal with %s is refused", async (_what, signal) => {
      using net = create();
      expect(await rejectionOf(net.fitAsync(x, y, { epochs: 1, signal: signal as never, worker }))).toBeInstanceOf(
        OptionError,
      );
      expect(net.epochs).toBe(0);
    });

    it("a signal of an older platform, without throwIfAborted and reason, works", async () => {
      class OldSignal extends EventTarget {
        aborted = false;
      }
      const signal = new OldSignal();
      using net = create();
      const onEpoch = () => {
        signal.aborted = true;
        signal.dispatchEvent(new Event("abort"));
      };
      const error = await rejectionOf(net.fitAsync(x, y, { epochs: 9, onEpoch, signal: signal as never, worker }));
      expect((error as Error).name).toBe("AbortError");
      expect(net.epochs).toBe(1);
    });
  });

  describe("fit", () => {
    it.each([
      ["onEpoch", (promise: () => unknown): FitOptions => ({ onEpoch: promise })],
      ["checkpoint.save", (promise: () => unknown): FitOptions => ({ checkpoint: { everyEpochs: 1, save: promise } })],
    ])("refuses a promise of %s, whose rejection no one hears of", async (name, options) => {
      const unheard = vi.fn();
      process.on("unhandledRejection", unheard);
      try {
        using net = create();
        const before = JSON.stringify(net);
        const fit = options(() => Promise.reject(new Error("unheard")));
        const error = errorOf(() => net.fit(x, y, { epochs: 5, ...fit }));
        expect(error).toBeInstanceOf(OptionError);
        expect((error as Error).message).toContain(`${name} returned a promise`);
        expect(JSON.stringify(net)).toBe(before);
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(unheard).not.toHaveBeenCalled();
      } finally {
        process.off("unhandledRejection", unheard);
      }
    });

    it("ends where a listener disposes of the network", () => {
      const net = create();
      let epochs = 0;
      const onEpoch = () => {
        epochs++;
        net.dispose();
      };
      const error = errorOf(() => net.fit(x, y, { epochs: 5, onEpoch }));
      expect(error).toBeInstanceOf(DisposedError);
      expect(historyOf(error)?.loss).toHaveLength(1);
      expect(epochs).toBe(1);
      expect(errorOf(() => net.digest())).toBeInstanceOf(DisposedError);
    });

    it("metrics over the rows that are trained on don't change with the caller's arrays", () => {
      const fit: FitOptions = { epochs: 5, batchSize: 4, metrics: ["mae", "accuracy"] };
      using untouched = create();
      const wanted = untouched.fit(x, signs, fit);
      for (const validation of [undefined, [x, signs] as const]) {
        const mine = { data: x.data.slice(), shape: x.shape };
        const targets = { data: signs.data.slice(), shape: y.shape };
        using net = create();
        const found = net.fit(x, signs, {
          ...fit,
          ...(validation && { validation: [mine, targets] }),
          onEpoch: ({ epoch }) => {
            if (epoch !== 2) return;
            mine.data.fill(1);
            targets.data.fill(1);
          },
        });
        expect(found.metrics).toEqual(wanted.metrics);
      }
      const targets = { data: signs.data.slice(), shape: y.shape };
      using net = create();
      const onEpoch = ({ epoch }: { epoch: number }) => void (epoch === 2 && targets.data.fill(1));
      expect(net.fit(x, targets, { epochs: 1, ...fit, onEpoch })).toEqual(wanted);
    });

    it("the losses that a schedule function sees can be read, not changed", () => {
      using net = create();
      const refused: unknown[] = [];
      const seen: number[][] = [];
      const { loss } = net.fit(x, y, {
        epochs: 4,
        schedule({ losses, rate }) {
          seen.push([...losses]);
          for (const change of ["sort", "reverse", "pop", "fill"] as const) {
            if (losses.length > 1) refused.push(errorOf(() => (losses as number[])[change](0 as never)));
          }
          return rate;
        },
      });
      expect(loss).toEqual(trained(4, { batchSize: 32 }).loss);
      expect(seen).toEqual([0, 1, 2, 3].map((n) => loss.slice(0, n)));
      expect(refused.length).toBe(8);
      for (const error of refused) expect(error).toBeInstanceOf(TypeError);
    });

    it("a validation loss that is infinite at first is no worse than none, NaN no gain", () => {
      // two epochs of huge weights over huge data, then small ones: the loss of the data is infinite, then finite
      using net = create({ inputs: 1, layers: [{ units: 1, activation: "linear" }], dtype: "f32", loss: "mse" });
      net.setParameters([{ weights: [1e30], biases: [0] }]);
      const validation = [[[1e30]], [[0]]] as const;
      net.learningRate = 0;
      const { stopped, loss } = net.fit([[0]], [[0]], { epochs: 9, validation, earlyStopping: { patience: 3 } });
      expect([stopped, loss.length]).toEqual(["earlyStopping", 4]);
    });
  });
});
