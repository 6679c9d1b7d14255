// A training that is called for a few steps at a time, is interrupted in the middle of an epoch, is resumed elsewhere
// or taken back. The golden cases can't ask for that: how long a call is hangs on the clock. Small networks have code
// of their own, so each is tried.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Engine, Model, ModelShape, Training, TrainingOptions } from "../../bindings/engine/engine.ts";
import { referenceEngine } from "../../bindings/engine/reference/reference-engine.ts";
import { createWasmEngine } from "../../bindings/engine/wasm/wasm-engine.ts";
import { atOnce, type RowSource } from "../../bindings/rows.ts";
import { xorshift } from "../../bindings/verify/cases.ts";
import { DTYPES, floats } from "../fixtures/bits.ts";
import { root } from "../guards/compile.ts";

const module = new WebAssembly.Module(readFileSync(join(root, "dist/bitgrad.wasm")));
const ENGINES: Record<string, () => Engine> = {
  wasm: () => createWasmEngine(new WebAssembly.Instance(module)),
  reference: () => referenceEngine,
};

const SIGMOID = { type: "sgd", activation: "sigmoid", loss: "sse" } as const;
const ADAM = { type: "adam", activation: "tanh", loss: "mse" } as const;
const NETWORKS = [
  { sizes: [2, 1], batchSize: 4, rows: 12, ...SIGMOID },
  { sizes: [2, 2, 1], batchSize: 1, rows: 5, ...SIGMOID },
  { sizes: [2, 4, 1], batchSize: 1, rows: 5, ...SIGMOID },
  { sizes: [3, 4, 1], batchSize: 1, rows: 5, ...SIGMOID },
  { sizes: [3, 1], batchSize: 2, rows: 5, ...SIGMOID },
  { sizes: [5, 6, 2], batchSize: 3, rows: 10, ...ADAM },
].flatMap((network) => [true, false].map((shuffle) => ({ ...network, shuffle })));
const EPOCHS = 3;

describe.each(DTYPES)("%s", (dtype) => {
  describe.each(Object.keys(ENGINES))("%s", (name) => {
    it.each(NETWORKS)("$sizes, shuffle $shuffle", ({ sizes, batchSize, rows, shuffle, type, activation, loss }) => {
      const engine = ENGINES[name]!();
      const [inputs, ...units] = sizes;
      const shape: ModelShape = {
        dtype,
        inputs: inputs!,
        layers: units.map((count) => ({ units: count, activation })),
        loss: { type: loss },
        optimizer: { type, ...(type === "adam" && { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }) },
      };
      const source = (what: string, columns: number): RowSource => {
        const next = xorshift(`${what} ${sizes} ${dtype}`);
        const data = floats(dtype, rows * columns).map(() => next() / 2 ** 32);
        const copyTo: RowSource["copyTo"] = (target, first = 0) =>
          target.set(data.subarray(first * columns, first * columns + target.length));
        return { rows, columns, copyTo };
      };
      const options = {
        batchSize,
        firstEpoch: 0,
        shuffle,
        seed: 7,
        learningRate: 0.5,
        scheduled: false,
        isTime: undefined,
      };
      const data = { x: source("x", inputs!), y: source("y", units.at(-1)!) };
      const start = (model: Model, given: Partial<TrainingOptions> = {}): Training => {
        const starting = model.startTraining({ ...options, ...data, epochs: EPOCHS, ...given });
        for (let next = starting.next(); ; next = starting.next()) if (next.done) return next.value;
      };
      const create = () => {
        const model = engine.createModel(shape);
        model.initialize(5);
        return model;
      };

      // whole epochs, one a call
      const whole = create();
      const states = [atOnce(whole.copyState())];
      const wholeTraining = start(whole);
      const steps = Math.ceil(rows / batchSize);
      for (let epoch = 0; epoch < EPOCHS; epoch++) {
        wholeTraining.advance(steps);
        states.push(atOnce(whole.copyState()));
        expect(atOnce(wholeTraining.interruption())).toBeUndefined();
        expect(atOnce(wholeTraining.wholeEpochState())).toEqual(states.at(-1));
      }
      const losses = wholeTraining.losses();
      expect(losses).toHaveLength(EPOCHS);

      for (const most of [1, 2, steps, steps + 1]) {
        const model = create();
        const training = start(model);
        for (let done = 0; done < EPOCHS * steps; done += most) {
          if (shuffle && done % steps === 0) {
            expect([...training.drawOrder(() => true)].length).toBeGreaterThan(0); // in slices
          }
          const status = training.advance(most);
          const now = Math.min(done + most, EPOCHS * steps);
          expect(status).toBe(now === EPOCHS * steps ? "finished" : "unfinished");
          const epoch = Math.floor(now / steps);
          expect(training.finishedEpochs).toBe(epoch);
          expect(atOnce(training.wholeEpochState())).toEqual(states[epoch]);
          const interruption = atOnce(training.interruption());
          if (now % steps === 0) {
            expect(interruption).toBeUndefined();
            continue;
          }
          expect(interruption!.position).toBe((now % steps) * batchSize);
          expect(interruption!.snapshot).toEqual(states[epoch]);

          const elsewhere = create();
          elsewhere.setState(atOnce(model.copyState()));
          const resumed = start(elsewhere, { firstEpoch: epoch, epochs: EPOCHS - epoch, resume: interruption });
          expect(resumed.advance(Number.MAX_SAFE_INTEGER)).toBe("finished");
          expect(resumed.losses()).toEqual(losses.slice(epoch));
          expect(atOnce(elsewhere.copyState())).toEqual(states.at(-1));

          const back = create();
          back.setState(atOnce(model.copyState()));
          const taken = start(back, { firstEpoch: epoch, epochs: EPOCHS - epoch, resume: interruption });
          taken.rewind();
          expect(atOnce(back.copyState())).toEqual(states[epoch]);
        }
        expect(training.losses()).toEqual(losses);
        expect(atOnce(model.copyState())).toEqual(states.at(-1));

        atOnce(training.restore(states[1]!, undefined));
        expect(atOnce(model.copyState())).toEqual(states[1]);
        const again = start(model, { firstEpoch: 1, epochs: EPOCHS - 1 });
        expect(again.advance(Number.MAX_SAFE_INTEGER)).toBe("finished");
        expect(again.losses()).toEqual(losses.slice(1));
        const other = create();
        other.setState({ ...states[2]!, steps: 77 });
        start(other, { from: states[1]! });
        expect(atOnce(other.copyState())).toEqual(states[1]);
      }
    });
  });
});
