// Receipts that somebody else wrote: whatever is in them, they are read, or refused by a FormatError.

import { Network } from "bitgrad";
import { type Receipt, Recorder, type RecorderOptions, readReceipt, replay, writeReceipt } from "bitgrad/receipts";
import { beforeAll, expect, it } from "vitest";

const [x, y] = [
  [
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  [[1], [1], [0]],
];
let text: string;
beforeAll(async () => {
  using net = await Network.create({ inputs: 2, layers: [{ units: 2, dropout: 0.5 }, { units: 1 }] });
  const recorder = new Recorder({ every: 2, notes: { from: "a test" } });
  const fit = { epochs: 5, sampleWeights: [1, 2, 3], classWeights: undefined, metrics: ["mae"] } as const;
  const { classWeights: _, ...asked } = fit;
  net.fit(x, y, { ...asked, validation: [x, y], earlyStopping: {}, schedule: { type: "plateau" }, receipt: recorder });
  text = writeReceipt(recorder.receipt!);
});

/** All values within, as [the object, its key]. */
function* places(value: unknown): Generator<[Record<string, unknown>, string]> {
  if (typeof value !== "object" || value === null) return;
  for (const key of Object.keys(value)) {
    yield [value as Record<string, unknown>, key];
    yield* places((value as Record<string, unknown>)[key]);
  }
}

const ODD = [null, true, "", "a", -1, 0, 0.5, 1e308, 2 ** 53, "0".repeat(64), [], [[]], {}, { length: 2 ** 40 }];

it("every value replaced by odd ones, taken out, or beside an unknown one", () => {
  const count = [...places(JSON.parse(text))].length;
  expect(count).toBeGreaterThan(100);
  let refused = 0;
  const removable = new Set<string>();
  for (let n = 0; n < count; n++) {
    for (const change of [...ODD.map((odd) => ({ odd })), "remove", "add"] as const) {
      const receipt = JSON.parse(text) as Receipt;
      const [owner, key] = [...places(receipt)][n]!;
      const isNote = JSON.stringify(receipt.predicate.notes) !== "{}" && owner === receipt.predicate.notes;
      if (change === "remove") delete owner[key];
      else if (change === "add") owner.unknown = 1;
      else owner[key] = change.odd;
      try {
        readReceipt(receipt);
      } catch (error) {
        expect(error, `${key} ${JSON.stringify(change)}`).toMatchObject({ code: "FORMAT" });
        expect((error as Error).message).toMatch(/^the receipt can't be read: /);
        refused++;
        continue;
      }
      if (change === "remove" && !isNote) removable.add(key);
    }
  }
  expect(refused).toBeGreaterThan(count * 8);
  // it is then a receipt of another recipe, or says less
  const ofEntries = ["mae", "metrics", "trainingMetrics", "validationLoss"];
  const ofOptions = ["dropout", "earlyStopping", "name", "schedule", "threshold", "validation", "weights"];
  const others = ["bestEpoch", "end", "notes"];
  expect([...removable].filter((key) => ![...ofEntries, ...ofOptions, ...others].includes(key))).toEqual([]);
});

it("texts that are none, or too large, or nested deep, and objects that bite", () => {
  for (const [given, message] of [
    ["", "it is no JSON text"],
    ["{", "it is no JSON text"],
    ["[]", "the receipt can't be read"],
    ["1", "the receipt can't be read"],
    [`${"[".repeat(1e5)}${"]".repeat(1e5)}`, "the receipt can't be read"],
    [`"${"a".repeat(2 ** 24)}"`, "the receipt has 16777218 characters; at most 16777216 are expected"],
    [null as never, "the receipt can't be read"],
    [undefined as never, "the receipt can't be read"],
    [(() => 0) as never, "the receipt can't be read"],
    [2n as never, "the receipt can't be read"],
    [
      {
        get predicate() {
          throw new Error("bites");
        },
      } as never,
      'the receipt can\'t be read: "bites"',
    ],
    [Proxy.revocable({}, {}).proxy as never, "the receipt can't be read"],
  ] as const) {
    expect(() => readReceipt(given), String(message)).toThrow(expect.objectContaining({ code: "FORMAT" }));
    expect(() => readReceipt(given)).toThrow(message);
  }
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  expect(() => readReceipt(revoked.proxy as never)).toThrow(expect.objectContaining({ code: "FORMAT" }));
});

it("other versions of the contract, other statements, half a surrogate pair", () => {
  const changed = (change: (receipt: { predicate: Record<string, unknown> }) => void) => {
    const receipt = JSON.parse(text);
    change(receipt);
    return () => readReceipt(receipt);
  };
  expect(changed(({ predicate }) => Object.assign(predicate, { contract: 2 }))).toThrow(
    "contract is 2; this release computes by version 1",
  );
  expect(changed((receipt) => Object.assign(receipt, { _type: "https://in-toto.io/Statement/v0.1" }))).toThrow("_type");
  expect(changed(({ predicate }) => Object.assign(predicate, { notes: "\ud800" }))).toThrow(/surrogate/);
  expect(changed(({ predicate }) => (predicate.epochs as unknown[]).reverse())).toThrow(/epochs\[1\]\.epoch is/);
});

it("a receipt whose data have other sizes is refused before anything is trained", async () => {
  await expect(replay(text, { x: [[1, 2, 3]], y: [[1]], validation: [x, y] })).rejects.toThrow(/columns/);
  await expect(replay(text, { x, y })).rejects.toMatchObject({ code: expect.stringMatching(/OPTION|DATA/) });
  await expect(replay(text, { x, y, z: 1 } as never)).rejects.toMatchObject({ code: "OPTION" });
  await expect(replay(text, null as never)).rejects.toMatchObject({ code: "OPTION" });
  const found = await replay(text, { x, y, sampleWeights: [1, 2, 3], validation: [x, y] });
  expect(found.confirmed).toBe(true);
});

it("recorders refuse what they can't write", async () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  for (const given of [
    { every: 0 },
    { every: "now" },
    { every: 1.5 },
    { notes: () => 1 },
    { notes: circle },
    { notes: "\udc00" },
    { notes: "a".repeat(70_000) },
    { unknown: 1 },
  ]) {
    expect(() => new Recorder(given as RecorderOptions), Object.keys(given)[0]).toThrow(
      expect.objectContaining({ code: "OPTION" }),
    );
  }
  expect(() => new Recorder({ expected: "{}" })).toThrow(expect.objectContaining({ code: "FORMAT" }));
  expect(new Recorder().receipt).toBeUndefined();
  using net = await Network.create({ inputs: 2, layers: [{ units: 1 }] });
  for (const receipt of [null, {}, "auto", true]) {
    expect(() => net.fit(x, y, { receipt: receipt as never })).toThrow(
      /receipt is .*; a Recorder of "bitgrad\/receipts"/,
    );
  }
  expect(() => net.fit(() => [], { receipt: new Recorder() } as never)).toThrow(
    /receipts are of trainings on matrices/,
  );
  const recorder = new Recorder({ every: 1 });
  expect(() => net.fit([[Number.NaN, 1]], [[1]], { receipt: recorder })).toThrow(/x\[0\]\[0\]/);
  expect(recorder.receipt).toBeUndefined();
});
