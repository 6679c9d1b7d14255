// What a caller's own code throws as an argument is read. A saved form that can't be read is a FormatError, with what
// was thrown as its cause. Of all other arguments, and of streams, it is passed on as it is, and nothing has changed.

import { Encoder, FormatError, Network } from "bitgrad";
import { Predictor } from "bitgrad/predict";
import { describe, expect, it } from "vitest";
import { ENGINES } from "../fixtures/bits.ts";
import { errorOf, rejectionOf, wrong } from "./expect-error.ts";

const thrown = new RangeError("of a getter");

function fail(): never {
  throw thrown;
}

/** The paths to everything in a value. */
function* pathsIn(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (path.length > 0) yield path;
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) yield* pathsIn(member, [...path, key]);
}

/** A copy in which reading what is at the path throws. */
function throwing(value: unknown, [key, ...path]: readonly string[]): unknown {
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  const get = path.length === 0 ? fail : () => throwing(Reflect.get(value as object, key!), path);
  return Object.defineProperty(copy, key!, { get, enumerable: true });
}

const encoders = { x: Encoder.learn([[1, "a", 0.5]], ["minMax", "oneHot", "standard"]) };
const optimizer = { type: "adam", learningRate: 0.1 } as const;
const options = { inputs: 3, layers: [{ units: 2 }, { units: 1 }], optimizer, encoders };
const x = [[1, 2, 3]];
const y = [[1]];

describe.each(ENGINES)("%s", (engine) => {
  const net = Network.createSync({ ...options, engine });
  net.fit(x, y);
  const saved = net.toJSON();
  const readers: Readonly<Record<string, (value: unknown) => unknown>> = {
    fromJSON: (value) => Network.fromJSON(wrong(value), { engine }),
    fromJSONSync: (value) => Network.fromJSONSync(wrong(value), { engine }),
    "Predictor.load": (value) => Predictor.load(wrong(value)),
    "Encoder.fromJSON": (value) => Encoder.fromJSON((value as typeof saved).encoders?.x),
  };

  it.each(Object.entries(readers))("%s: a FormatError with the cause, wherever it is", async (name, read) => {
    await read(saved);
    const all = [...pathsIn(saved)];
    const prefix = name === "Encoder.fromJSON" ? ["encoders", "x"] : [];
    const paths = all.filter((path) => path.length > prefix.length && prefix.every((key, n) => path[n] === key));
    expect(paths.length).toBeGreaterThan(8);
    for (const path of paths) {
      const error = (await rejectionOf(Promise.resolve().then(() => read(throwing(saved, path))))) as Error;
      expect(error, path.join(".")).toBeInstanceOf(FormatError);
      if (error.cause !== thrown)
        expect(error.message).toContain(`what its toJSON returned, is expected ("${thrown.message}")`);
    }
  });

  it.each(Object.entries(readers).slice(0, 3))("%s: a proxy's traps, a circle, a long list", async (_, read) => {
    const circle: Record<string, unknown> = { ...saved };
    circle.layers = [circle];
    for (const bad of [
      new Proxy(saved, { ownKeys: fail }),
      new Proxy(saved, { get: fail }),
      circle,
      { ...saved, layers: new Array(2 ** 32 - 1) },
      JSON.parse(JSON.stringify(saved).replace("{", '{"__proto__":{},')),
    ]) {
      expect(await rejectionOf(Promise.resolve().then(() => read(bad)))).toBeInstanceOf(FormatError);
    }
  });

  it("a file: a FormatError of what can't be iterated, and what a stream throws, itself", async () => {
    const broken = async function* () {
      yield net.save().subarray(0, 9);
      fail();
    };
    for (const key of [Symbol.iterator, Symbol.asyncIterator]) {
      for (const file of [
        Object.defineProperty({}, key, { get: fail }),
        { [key]: fail },
        new Proxy({}, { has: fail }),
      ]) {
        const error = await rejectionOf(Network.load(wrong(file), { engine }));
        expect(error).toBeInstanceOf(FormatError);
        expect((error as Error).cause).toBe(thrown);
      }
    }
    for (const iterator of [1, undefined, "text"]) {
      const file = { [Symbol.iterator]: () => iterator };
      expect(errorOf(() => Network.loadSync(wrong(file), { engine }))).toBeInstanceOf(FormatError);
    }
    for (const file of [{ [Symbol.iterator]: fail }, new Proxy({}, { has: fail })]) {
      expect(errorOf(() => Network.loadSync(wrong(file), { engine }))).toMatchObject({ code: "FORMAT", cause: thrown });
    }
    expect(await rejectionOf(Network.load(broken(), { engine }))).toBe(thrown);
    const list = function* () {
      yield net.save().subarray(0, 9);
      fail();
    };
    expect(errorOf(() => Network.loadSync(list(), { engine }))).toBe(thrown);
  });

  it("options and data: itself, and nothing has changed", async () => {
    const before = JSON.stringify(net);
    for (const path of pathsIn({ ...options, engine, encoders: {} })) {
      expect(errorOf(() => Network.createSync(wrong(throwing({ ...options, engine }, path))))).toBe(thrown);
    }
    expect(errorOf(() => Network.fromJSONSync(saved, wrong(throwing({ engine }, ["engine"]))))).toBe(thrown);
    const fit = {
      epochs: 2,
      metrics: ["mae"],
      schedule: { type: "cosine", epochs: 2 },
      earlyStopping: { monitor: "loss" },
      checkpoint: { everyEpochs: 1, save() {} },
      validation: [x, y],
    } as const;
    for (const path of pathsIn(fit)) {
      expect(
        errorOf(() => net.fit(x, y, wrong(throwing(fit, path)))),
        path.join("."),
      ).toBe(thrown);
      expect(await rejectionOf(net.fitAsync(x, y, wrong(throwing(fit, path)))), path.join(".")).toBe(thrown);
    }
    for (const path of pathsIn(x)) expect(errorOf(() => net.predict(wrong(throwing(x, path))))).toBe(thrown);
    expect(JSON.stringify(net)).toBe(before);
  });
});
