// The referee: single bits that are turned over in the middle of trainings are named to their step, layer and element.

import { Network } from "bitgrad";
import { party, type Receipt, Recorder, referee, type Verdict } from "bitgrad/receipts";
import { Network as ReferenceNetwork } from "bitgrad/reference";
import { expect, it } from "vitest";
import { uniform } from "../support/random.ts";
import { howMany } from "../support/slow.ts";

const ROWS = 24;
const EPOCHS = 4;
const random = uniform(11);
const below = (count: number) => Math.floor(random() * count);
const x = { data: Float64Array.from({ length: ROWS * 3 }, random), shape: [ROWS, 3] } as const;
const y = {
  data: Float64Array.from({ length: ROWS }, (_, n) => x.data[3 * n]! - x.data[3 * n + 1]!),
  shape: [ROWS, 1],
} as const;
const data = { x, y };
const fit = { epochs: EPOCHS, batchSize: 7 };

type Stage = Parameters<NonNullable<ConstructorParameters<typeof Recorder>[0]>["onStage"] & object>[0];
type Values = Float32Array | Float64Array;

/** Trains and writes a receipt; `onStage` may break it. */
async function receiptOf(Net: typeof Network, options: object, onStage?: (stage: Stage, values: Values) => void) {
  using net = await Net.create(options as never);
  const recorder = new Recorder({ every: 1, ...(onStage && { onStage }) });
  try {
    await net.fitAsync(x, y, { ...fit, receipt: recorder });
  } catch (error) {
    expect(error).toMatchObject({ code: "NOT_FINITE" });
  }
  return recorder.receipt!;
}

/** Turns a bit over. */
function flip(values: Values, element: number, bit: number): void {
  const bytes = new Uint8Array(values.buffer, values.byteOffset + element * values.BYTES_PER_ELEMENT);
  bytes[bit >> 3]! ^= 1 << (bit & 7);
}

const NETWORKS = [
  { layers: [{ units: 4, dropout: 0.25 }, { type: "batchNormalization" }, { units: 1 }], optimizer: "adam" },
  {
    layers: [{ units: 3 }, { type: "layerNormalization" }, { units: 2, l2: 0.01 }, { units: 1 }],
    optimizer: "rmsprop",
  },
  { layers: [{ units: 4 }, { units: 1 }], optimizer: { type: "sgd", learningRate: 0.1, momentum: 0.9, clipNorm: 1 } },
];

const COUNT = howMany(1000, 48);
const KINDS = ["parameter", "slot", "a", "gradient", "z", "delta"] as const;

it(`${COUNT} single-bit faults`, { timeout: 900_000 }, async () => {
  const honest = new Map<object, Receipt>();
  let [named, masked] = [0, 0];
  for (let n = 0; n < COUNT; n++) {
    const dtype = n % 2 === 0 ? "f32" : "f64";
    const shape = NETWORKS[n % NETWORKS.length]!;
    const options = { inputs: 3, ...shape, dtype, seed: 5 };
    const key = `${dtype}${n % NETWORKS.length}`;
    const engine = n % 4 < 2 ? Network : ReferenceNetwork; // of the party that is right
    const right = honest.get(key as never) ?? (await receiptOf(engine, options));
    honest.set(key as never, right);
    const kind = KINDS[n % KINDS.length]!;
    const [epoch, step, layer] = [below(EPOCHS), below(4), below(shape.layers.length)];
    const [part, bits] = [random(), below(dtype === "f32" ? 32 : 64)];
    let element = -1;
    let index = -1;
    const breaks = () => {
      let done = false;
      return (stage: Stage, values: Values) => {
        if (done || stage.epoch !== epoch || stage.step !== step || stage.layer !== layer || stage.kind !== kind)
          return;
        if (values.length === 0) return;
        done = true;
        element = Math.floor(part * values.length);
        index = stage.index;
        flip(values, element, bits);
      };
    };
    const wrong = await receiptOf(ReferenceNetwork, options, breaks());
    if (element < 0) continue; // such a layer has no parameters
    // a party of its own for each request: a fault comes back whenever it computes
    const turned = faulty(wrong, breaks);
    const order = n % 3 === 0 ? ([turned, party(right, data)] as const) : ([party(right, data), turned] as const);
    const verdict = await referee(order, data);
    if (verdict === undefined) {
      masked++; // the bit changed nothing: the receipts are equal
      expect(wrong.predicate).toEqual(right.predicate);
      continue;
    }
    named++;
    const where = `${n}: ${key} ${kind} ${epoch} ${step} ${layer} ${index} ${element} bit ${bits}`;
    expect(verdict, where).toMatchObject({ epoch: epoch + 1, step, layer, kind, index, element });
    expect(verdict.wrong, where).toEqual([order.indexOf(turned)]);
    checkRow(verdict);
  }
  expect(named).toBeGreaterThan(COUNT * 0.6);
  expect(masked).toBeLessThan(COUNT * 0.3);
});

function faulty(receipt: Receipt, breaks: () => (stage: Stage, values: Values) => void) {
  const own = () => party(receipt, data, { onStage: breaks() });
  return {
    receipt,
    steps: (epoch: number) => own().steps(epoch),
    stages: (epoch: number, step: number) => own().stages(epoch, step),
    values: (epoch: number, step: number, stage: number) => own().values(epoch, step, stage),
  };
}

/** The sum by hand. */
function checkRow({ row, value }: Verdict): void {
  if (row === undefined) return;
  expect(Object.is(row.value, value)).toBe(true);
}

it("trains at most three epochs again, from a checkpoint that both agree on, and shows the row", async () => {
  const options = { inputs: 3, layers: [{ units: 4 }, { units: 1 }], dtype: "f32", seed: 1 };
  const files: Uint8Array[] = [];
  using net = await Network.create(options as never);
  const recorder = new Recorder({ every: 1 });
  const checkpoint = { everyEpochs: 1, save: (file: Uint8Array) => void files.push(file) };
  net.fit(x, y, { epochs: 100, batchSize: 7, receipt: recorder, checkpoint });
  const right = recorder.receipt!;
  const breaks = () => (stage: Stage, values: Values) => {
    if (stage.epoch === 60 && stage.step === 2 && stage.layer === 0 && stage.kind === "z") flip(values, 5, 20);
  };
  using other = await ReferenceNetwork.create(options as never);
  const broken = new Recorder({ every: 1, onStage: breaks() });
  other.fit(x, y, { epochs: 100, batchSize: 7, receipt: broken });
  const from = files[59]!;
  const parties = [party(right, data, { from }), party(broken.receipt!, data, { from, onStage: breaks() })] as const;
  const verdict = (await referee(parties, data, { from }))!;
  expect(verdict).toMatchObject({ epoch: 61, step: 2, layer: 0, kind: "z", element: 5, wrong: [1] });
  expect(verdict.epochs).toBeLessThanOrEqual(3);
  const { row, claims } = verdict;
  let sum = row!.start;
  for (const [one, two] of row!.factors) sum = Math.fround(sum + Math.fround(one * two));
  expect(row).toMatchObject({ formula: "b[j] + Σ x[s][i] · w[i][j]", value: sum });
  expect(claims[0]).toBe(sum);
  expect(claims[1]).not.toBe(sum);
  expect(await referee([party(right, data), party(right, data)], data)).toBeUndefined();
  await expect(referee([party(right, data), party(broken.receipt!, data)], data)).rejects.toThrow(
    /one doesn't answer for its own/,
  );
});
