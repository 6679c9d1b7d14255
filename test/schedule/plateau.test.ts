// A plateau's best loss, counts and rate stay with the network: two trainings are one, wherever the second runs.
// Against PyTorch's ReduceLROnPlateau, which keeps them as long as its scheduler lives.

import { type FitOptions, FormatError, Network, type Schedule } from "bitgrad";
import { Network as WithWorker } from "bitgrad/worker";
import { describe, expect, it } from "vitest";
import { afterEpoch, plateauOf, ratesOf, resolveSchedule } from "../../bindings/options/schedule.ts";
import { atOnce } from "../../bindings/rows.ts";
import { rejectionOf } from "../faults/expect-error.ts";
import { DTYPES, ENGINES } from "../fixtures/bits.ts";
import fixture from "../fixtures/learning-rate.json" with { type: "json" };
import { Random } from "../fixtures/random.ts";
import { TEXTBOOK } from "../support/textbook.ts";

const { x, y } = new Random(70).dataset("f32", 40, 4, 2);
const plateau: Schedule = { type: "plateau", factor: 0.5, patience: 1, threshold: 0.02, cooldown: 1 };
const training = (epochs: number, schedule: Schedule | null = plateau): FitOptions => ({
  epochs,
  batchSize: 8,
  ...(schedule && { schedule }),
});

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
  expect([...atOnce(ratesOf(schedule)(0.5, 1, 3, "f64", losses, known))]).toEqual([0.5, 0.5, 0.5]);
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
