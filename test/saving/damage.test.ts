// Damage to what was saved is found: every bit of every byte, every end, and text and headers that were changed with
// their sums.

import { type BitgradError, Encoder, FormatError, Network } from "bitgrad";
import { describe, expect, it } from "vitest";
import { readTensors, writeTensors } from "../../bindings/saving/safetensors.ts";
import { xorshift } from "../../bindings/verify/cases.ts";
import { errorOf } from "../faults/expect-error.ts";
import { signed } from "../fixtures/signed.ts";

const encoders = {
  x: Encoder.learn(
    [
      ["é", 0.1, 3],
      ["b", 0.7, 5],
    ],
    ["oneHot", "standard", "minMax"],
  ),
};
const net = Network.createSync({
  inputs: 4,
  layers: [
    {
      units: 2,
      activation: "leakyRelu",
      dropout: 0.25,
      l2: 0.01,
      initializer: { type: "normal", mean: 0, deviation: 0.3 },
    },
    { units: 2, activation: "softmax", trainable: false },
  ],
  loss: { type: "categoricalCrossEntropy", labelSmoothing: 0.1 },
  optimizer: { type: "nadam", clipNorm: 1 },
  seed: 2 ** 40 + 1,
  encoders,
  engine: "reference",
});
const x = [
  [1, 0, 0.5, 1],
  [0, 1, 0.25, 0],
];
const y = [
  [1, 0],
  [0, 1],
];
let file = new Uint8Array();
net.fit(x, y, {
  epochs: 5,
  validation: [x, y],
  metrics: ["auc"],
  earlyStopping: {},
  onEpoch: () => {
    file = net.save(); // of a training
  },
});
const text = JSON.stringify(net);
const whole = net.save();

/** The saved network that a text or a file is of; undefined where it is refused. */
function reload(load: () => Network): Uint8Array | undefined {
  try {
    using found = load();
    return found.save();
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return undefined;
  }
}

const fromText = (json: string) => reload(() => Network.fromJSONSync(json, { engine: "reference" }));
const fromFile = (bytes: Uint8Array) => reload(() => Network.loadSync(bytes, { engine: "reference" }));

describe("JSON", () => {
  it("loads as the network it is of", () => expect(fromText(text)).toEqual(whole));

  it("every bit of every character: refused, or the same network", () => {
    const same: string[] = [];
    for (let n = 0; n < text.length; n++) {
      for (let bit = 0; bit < 16; bit++) {
        const changed = String.fromCharCode(text.charCodeAt(n) ^ (1 << bit));
        const found = fromText(text.slice(0, n) + changed + text.slice(n + 1));
        if (found === undefined) continue;
        expect(Buffer.compare(found, whole), `${changed} in place of ${text.slice(n - 9, n + 9)}`).toBe(0);
        same.push(text[n]! + changed);
      }
    }
    // an exponent's E, a bracket's space
    expect(same.every((pair) => pair.toLowerCase()[0] === pair.toLowerCase()[1] || /\d\d/.test(pair))).toBe(true);
    expect(same.length).toBeLessThan(20);
  });

  it("every end is refused", () => {
    for (let n = 0; n < text.length; n++) expect(fromText(text.slice(0, n)), `${n}`).toBe(undefined);
  });

  it("characters that are taken out or put in: refused, or the same network", () => {
    for (let n = 0; n < text.length; n++) {
      for (const changed of [text.slice(0, n) + text.slice(n + 1), text.slice(0, n) + text[n] + text.slice(n)]) {
        const found = fromText(changed);
        if (found !== undefined) expect(Buffer.compare(found, whole), changed.slice(n - 9, n + 9)).toBe(0);
      }
    }
  });

  it("changed with its sums: a FormatError, or a network", () => {
    const next = xorshift("JSON with its sums");
    const values = [0, -1, 1.5, 2 ** 53, 1e308, "", "x", "1", null, true, [], {}, [1], { type: "huber" }];
    const ends = { read: 0, refused: 0 };
    for (let n = 0; n < 3000; n++) {
      const json = JSON.parse(text);
      for (let changes = 1 + (next() % 2); changes > 0; changes--) change(json, next, values);
      let bad = json;
      try {
        bad = signed(json);
      } catch {
        // there is nothing to sum
      }
      ends[fromText(JSON.stringify(bad)) === undefined ? "refused" : "read"]++;
    }
    expect(ends.read).toBeGreaterThan(9);
    expect(ends.refused).toBeGreaterThan(1000);
  });
});

/** Another value somewhere inside, a key less or one more. */
function change(json: Record<string, unknown>, next: () => number, values: readonly unknown[]): void {
  const places: [Record<string, unknown>, string][] = [];
  const walk = (value: unknown) => {
    if (typeof value !== "object" || value === null) return;
    for (const key of Object.keys(value)) {
      places.push([value as Record<string, unknown>, key]);
      walk((value as Record<string, unknown>)[key]);
    }
  };
  walk(json);
  const [owner, key] = places[next() % places.length]!;
  const kind = next() % 8;
  const old = owner[key];
  if (kind === 0) delete owner[key];
  else if (kind === 1) owner[`${key}x`] = old;
  else if (kind < 4 && typeof old === "number") owner[key] = old + (kind === 2 ? 1 : -0.5);
  else if (kind === 4 && typeof old === "string") owner[key] = old.slice(1);
  else owner[key] = values[next() % values.length];
}

describe("a file", () => {
  it("loads as what it is of", () => expect(fromFile(file)).toEqual(file));

  it("every bit of every byte, and every end, is refused", () => {
    const changed = file.slice();
    for (let n = 0; n < file.length; n++) {
      for (let bit = 0; bit < 8; bit++) {
        changed[n] = file[n]! ^ (1 << bit);
        expect(fromFile(changed), `bit ${bit} of byte ${n}`).toBe(undefined);
      }
      changed[n] = file[n]!;
      expect(fromFile(file.subarray(0, n)), `${n} bytes`).toBe(undefined);
    }
    expect(fromFile(changed)).toEqual(file);
  });

  it("changed with its sum: a FormatError, or a network that is saved as that file", () => {
    const next = xorshift("a file with its sum");
    const values = [0, -1, 1.5, 2 ** 53, "NaN", "-0", "x", null, true, [], {}, [1]];
    const { tensors, metadata } = readTensors(file);
    const head = metadata.get("bitgrad")!;
    const ends = { read: 0, refused: 0 };
    for (let n = 0; n < 3000; n++) {
      const json = JSON.parse(head);
      const changed = new Map(tensors);
      const kind = next() % 4;
      if (kind > 0) change(json, next, values);
      else {
        const name = [...tensors.keys()][next() % tensors.size]!;
        const { shape, data } = tensors.get(name)!;
        changed.delete(name);
        const other = next() % 5;
        const numbers = data.slice();
        numbers[next() % numbers.length] = [Number.NaN, Infinity, -0, 1e-40, 3][next() % 5]!;
        if (other === 0) changed.set(name, { shape, data: numbers });
        if (other === 1) changed.set(`${name}x`, { shape, data });
        if (other === 2) changed.set(name, { shape: [1, ...shape], data });
        if (other === 3) changed.set(name, { shape: [data.length - 1], data: data.slice(1) });
      }
      const found = fromFile(writeTensors(changed, { bitgrad: JSON.stringify(json) }));
      ends[found === undefined ? "refused" : "read"]++;
    }
    expect(ends.read).toBeGreaterThan(9);
    expect(ends.refused).toBeGreaterThan(1000);
  });
});

it("what is refused is a FormatError of few words", () => {
  const sizes = { inputs: 2 ** 24, layers: [{ units: 2 ** 24, activation: "sigmoid" }] };
  for (const json of [
    { ...net.toJSON(), ...sizes },
    { ...net.toJSON(), layers: Array(65_537).fill({ units: 1, activation: "sigmoid" }) },
    { ...net.toJSON(), sha256: "x".repeat(1e6) },
    { ...net.toJSON(), encoders: { x: { columns: Array(1e5).fill({ kind: "x".repeat(100) }) } } },
  ]) {
    const error = errorOf(() => Network.fromJSONSync(JSON.stringify(json))) as BitgradError;
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message.length).toBeLessThan(500);
  }
});
