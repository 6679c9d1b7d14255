// A plateau's best loss, counts and rate stay with the network: two trainings are one, wherever the second runs.
// Against PyTorch's ReduceLROnPlateau, which keeps them as long as its scheduler lives.

import { DataError, type FitAsyncOptions, type FitOptions, FormatError, Network, type Schedule } from "bitgrad";
import { Network as WithWorker } from "bitgrad/worker";
import { describe, expect, it } from "vitest";
import { afterEpoch, plateauOf } from "../../bindings/options/plateau.ts";
import { ratesOf, resolveSchedule } from "../../bindings/options/schedule.ts";
import { atOnce } from "../../bindings/rows.ts";
import { rejectionOf, wrong } from "../faults/expect-error.ts";
import { DTYPES, ENGINES } from "../fixtures/bits.ts";
import fixture from "../fixtures/learning-rate.json" with { type: "json" };
import { Random } from "../fixtures/random.ts";
import { TEXTBOOK } from "../support/textbook.ts";

const { x, y } = new Random(70).dataset("f32", 40, 4, 2);
const plateau = { type: "plateau", factor: 0.5, patience: 1, threshold: 0.02, cooldown: 1 } as const;
const training = (epochs: number, schedule: Schedule | null = plateau): FitOptions => ({
  epochs,
  batchSize: 8,
  ...(schedule && { schedule }),
});
/** Trainings of plateaus that watch something else. */
const WATCHING: readonly FitOptions[] = [
  { schedule: { ...plateau, monitor: "validationLoss" }, validationSplit: 0.3 },
  { schedule: { ...plateau, monitor: "r2" }, metrics: ["r2"] },
  { schedule: { ...plateau, monitor: "mae" }, metrics: ["accuracy", "mae"], validation: [x, y] },
];

describe.each(DTYPES)("%s", (dtype) => {
  describe.each(ENGINES)("%s", (engine) => {
    const create = () =>
      WithWorker.createSync({
        inputs: 4,
        layers: [{ units: 5, activation: "tanh" }, { units: 2 }],
        optimizer: { type: "sgd", learningRate: 2 },
        seed: 6,
        dtype,
        engine,
      });

    /** The network after one training. */
    function once(epochs: number): { json: string; digest: string } {
      using net = create();
      net.fit(x, y, training(epochs));
      return { json: JSON.stringify(net), digest: net.digest() };
    }

    it("two trainings are one, wherever the first ended and however the second was saved", async () => {
      const whole = once(24);
      for (let first = 1; first < 24; first++) {
        using net = create();
        net.fit(x, y, training(first));
        const other = engine === "wasm" ? "reference" : "wasm";
        using json = Network.fromJSONSync(JSON.stringify(net), { engine: other });
        using file = Network.loadSync(net.save(), { engine: other });
        expect(file.save()).toEqual(net.save());
        for (const rest of [net, json, file]) {
          rest.fit(x, y, training(24 - first));
          expect(JSON.stringify(rest), `after ${first}`).toBe(whole.json);
        }
      }
      for (const places of [
        [true, false],
        [false, true],
        [true, true],
      ]) {
        using net = create();
        for (const worker of places) await net.fitAsync(x, y, { ...training(12), worker });
        expect(JSON.stringify(net)).toBe(whole.json);
      }
    });

    it.each(WATCHING)("so are two that watch something else: %j", async (fit) => {
      const given = { batchSize: 8, ...fit };
      using whole = create();
      const { validationLoss, metrics } = whole.fit(x, y, { ...given, epochs: 24 });
      const json = JSON.stringify(whole);
      const { monitor } = fit.schedule as { monitor: "validationLoss" | "r2" | "mae" };
      const values = monitor === "validationLoss" ? validationLoss! : metrics![monitor]!;
      const known = values.reduce(afterEpoch, plateauOf(resolveSchedule("schedule", fit.schedule), 2)!);
      expect(known.rate).toBeLessThan(2); // it was reached
      const { schedule: _, ...state } = known;
      expect(JSON.parse(json).plateau).toMatchObject({ ...state, monitor });
      for (const first of [1, 7, 23]) {
        for (const worker of [false, true]) {
          using net = create();
          await net.fitAsync(x, y, { ...given, epochs: first, worker });
          using loaded = WithWorker.loadSync(net.save(), { engine });
          for (const rest of [net, loaded]) {
            await rest.fitAsync(x, y, { ...given, epochs: 24 - first, worker });
            expect(JSON.stringify(rest), `after ${first}`).toBe(json);
          }
        }
      }
      // from every step of one that is saved again and again, in the middle of epochs and between them
      const files: Uint8Array[] = [];
      using saved = create();
      const save = (file: Uint8Array) => void files.push(file.slice());
      await saved.fitAsync(x, y, { ...given, epochs: 24, checkpoint: { everySeconds: 0, everyEpochs: 1, save } });
      expect(files.length).toBeGreaterThan(24);
      for (const file of files) {
        using loaded = WithWorker.loadSync(file, { engine });
        loaded.fit(x, y, { ...given, epochs: 24, resume: true });
        expect(JSON.stringify(loaded)).toBe(json);
      }
    });

    it("begins anew with another schedule, without one, and where learningRate is set", () => {
      const second = (between: (net: Network) => void) => {
        using net = create();
        net.fit(x, y, training(12));
        const parameters = net.getParameters();
        between(net);
        net.setParameters(parameters);
        const epochs = net.epochs;
        const { loss } = net.fit(x, y, { ...training(8), shuffle: false });
        return { loss, epochs };
      };
      const kept = second(() => {});
      const fresh = second((net) => {
        net.learningRate = 2;
      });
      expect(fresh.loss).not.toEqual(kept.loss);
      expect(second((net) => net.fit(x, y, training(1, null))).loss).toEqual(fresh.loss);
      expect(second((net) => net.fit(x, y, training(1, { type: "constant" }))).loss).toEqual(fresh.loss);
      expect(second((net) => net.fit(x, y, training(1, { ...plateau, patience: 3 }))).loss).toEqual(fresh.loss);
      const other: FitOptions = { ...training(1, { ...plateau, monitor: "mae" }), metrics: ["mae"] };
      expect(second((net) => net.fit(x, y, other)).loss).toEqual(fresh.loss);
    });

    it("an abort keeps what is known of the whole epochs", async () => {
      using net = create();
      const controller = new AbortController();
      const onEpoch = ({ epoch }: { epoch: number }) => epoch === 9 && controller.abort();
      const aborted = net.fitAsync(x, y, {
        ...training(24),
        onEpoch: (info) => void onEpoch(info),
        signal: controller.signal,
      });
      const error = await rejectionOf(aborted);
      expect(error).toBe(controller.signal.reason);
      net.fit(x, y, training(24 - net.epochs));
      expect(JSON.stringify(net)).toBe(once(24).json);
    });
  });
});

it("PyTorch's rates, epoch by epoch, to 12 digits", () => {
  const cases = fixture.cases.filter(({ schedule }) => schedule.type === "plateau");
  expect(cases.length).toBeGreaterThan(3);
  for (const { schedule, rate, losses, rates } of cases) {
    let known = plateauOf(resolveSchedule("schedule", schedule), rate)!;
    rates.forEach(([wanted], epoch) => {
      expect(Math.abs(known.rate - wanted!)).toBeLessThanOrEqual(1e-12 * wanted!);
      if (epoch < losses.length) known = afterEpoch(known, losses[epoch]!);
    });
  }
});

it("the work of an epoch doesn't grow with the history", () => {
  const schedule = resolveSchedule("schedule", plateau);
  const losses = new Proxy<number[]>([], {
    get() {
      throw new Error("the history was read");
    },
  });
  const known = afterEpoch(plateauOf(schedule, 0.5)!, 1);
  expect([
    ...atOnce(ratesOf(schedule)(0.5, 1, 3, "f64", { losses, validationLosses: [], metrics: {} }, known)),
  ]).toEqual([0.5, 0.5, 0.5]);
});

it("damaged ones are refused", () => {
  using net = Network.createSync({ ...TEXTBOOK, inputs: 4, layers: [{ units: 2 }] });
  net.fit(x, y, training(2));
  const saved = JSON.parse(JSON.stringify(net));
  const known = saved.plateau;
  expect(known).toMatchObject({ factor: 0.5, patience: 1, threshold: 0.02, cooldown: 1, minimum: 0, rate: 0.1 });
  const changes = [
    { rate: -1 },
    { badEpochs: 0.5 },
    { cooling: -1 },
    { best: "x" },
    { factor: 2 },
    { more: 1 },
    { monitor: "accuracies" },
    { best: null },
    { rate: 0.05 },
  ];
  for (const change of changes) {
    const text = JSON.stringify({ ...saved, plateau: { ...known, ...change } });
    expect(() => Network.fromJSONSync(text), JSON.stringify(change)).toThrow(FormatError);
  }
  for (const plateau of [null, 5, [], undefined]) {
    expect(() => Network.fromJSONSync(JSON.stringify({ ...saved, plateau }))).toThrow(FormatError);
  }
});

describe("what a training watches", () => {
  const create = () => WithWorker.createSync({ inputs: 4, layers: [{ units: 1 }], loss: "binaryCrossEntropy" });
  const watching = (monitor: string): Schedule => ({ ...plateau, monitor: monitor as "auc" });
  /** 40 rows, of which the first are of another class. */
  const rare = (count: number) => ({
    data: Uint8Array.from({ length: 40 }, (_, s) => Number(s >= count)),
    shape: [40, 1],
  });

  it.each([
    [{ schedule: watching("auc") }, 'schedule.monitor is "auc"; metrics: ["auc"] is expected with it'],
    [{ schedule: watching("validationLoss") }, "validation or validationSplit is expected with it"],
    [{ schedule: watching("acuracy"), metrics: ["accuracy"] }, 'did you mean "accuracy"?'],
    [{ earlyStopping: { monitor: wrong("acuracy") }, metrics: ["accuracy"] }, 'did you mean "accuracy"?'],
  ] as [FitOptions, string][])("it has to have: %j", (fit, words) => {
    using net = create();
    expect(() => net.fit(x, rare(9), fit)).toThrow(words);
  });

  it.each([
    ["schedule", { schedule: watching("auc") }],
    ["earlyStopping", { earlyStopping: { monitor: "auc" } }],
  ] as [string, FitOptions][])(
    "%s: an undefined metric is an error that leaves the network be",
    async (name, watcher) => {
      for (const worker of [false, true]) {
        using net = create();
        const before = net.digest();
        const fit: FitAsyncOptions = { epochs: 2, metrics: ["auc"], validationSplit: 0.2, ...watcher, worker };
        for (const count of [0, 2]) {
          // of two rows in 40, 0.4 are to be kept out: none is
          const error = await rejectionOf(net.fitAsync(x, rare(count), fit));
          expect(error).toBeInstanceOf(DataError);
          expect((error as Error).message).toBe(
            `${name}.monitor is "auc", which is undefined over the data after epoch 1 (an AUC needs rows of more than one class)`,
          );
          expect([net.digest(), net.epochs]).toEqual([before, 0]);
        }
        const { metrics } = await net.fitAsync(x, rare(3), fit); // 0.6 of three
        expect(metrics!.auc!.every((value) => value >= 0)).toBe(true);
      }
    },
  );
});
