// Arrays of another realm, as of an iframe: everything that is taken from this one is taken from there.

import { createContext, runInContext } from "node:vm";
import { Encoder, metric, Network } from "bitgrad";
import { describe, expect, it } from "vitest";
import { ENGINES } from "../fixtures/bits.ts";
import { TEXTBOOK } from "../support/textbook.ts";

const realm = createContext({});
const foreign = <T>(code: string): T => runInContext(code, realm) as T;

it("are of another realm", () => {
  expect(foreign<unknown>("new Float32Array(1)")).not.toBeInstanceOf(Float32Array);
  expect(foreign<unknown>("[]")).not.toBeInstanceOf(Array);
});

describe.each(ENGINES)("%s", (engine) => {
  const create = (dtype: "f32" | "f64" = "f32") =>
    Network.createSync({ ...TEXTBOOK, engine, inputs: 2, layers: [{ units: 3 }, { units: 1 }], seed: 4, dtype });

  it.each(["f32", "f64"] as const)("predict takes x from there and writes out there, %s", (dtype) => {
    using net = create(dtype);
    const Type = dtype === "f32" ? "Float32Array" : "Float64Array";
    const [[wanted]] = net.predict([[0.5, 1]]) as [[number]];
    const x = foreign<{ data: Float32Array; shape: [number, number] }>(
      "({ data: Float32Array.of(0.5, 1), shape: [1, 2] })",
    );
    const out = foreign<Float32Array>(`new ${Type}(1)`);
    expect(net.predict(x, out)).toBe(out);
    expect(out[0]).toBe(wanted);
    expect(net.predict(x).data[0]).toBe(wanted);
    expect(net.predict(foreign<number[][]>("[[0.5, 1]]"))).toEqual([[wanted]]);
    expect(net.predict([foreign<Float64Array>("Float64Array.of(0.5, 1)")])).toEqual([[wanted]]);
    const many = foreign<Float32Array>(`new ${Type}(100)`); // more than are predicted at once
    net.predict({ data: foreign<Float64Array>("new Float64Array(200).fill(0.5)"), shape: [100, 2] }, many);
    expect(many[99]).toBe(net.predict([[0.5, 0.5]])[0]![0]);
  });

  it("fit, evaluate and setParameters", () => {
    const x = [[0, 0], [0, 1], [1, 0], [1, 1]]; // biome-ignore format: one line
    const y = [[0], [1], [1], [0]];
    using net = create();
    using same = create();
    const there = foreign<{ x: number[][]; y: never; weights: Float32Array; classes: Uint8Array }>(`({
      x: [[0, 0], [0, 1], [1, 0], [1, 1]],
      y: { data: Uint8Array.of(0, 1, 1, 0), shape: [4, 1] },
      weights: Float32Array.of(1, 2, 1, 2),
      classes: Uint8Array.of(1, 3),
    })`);
    const weights = { sampleWeights: there.weights, classWeights: there.classes };
    const validation = foreign<[number[][], number[][]]>("[[[1, 0]], [[1]]]");
    const history = net.fit(there.x, there.y, { epochs: 3, ...weights, validation, metrics: foreign('["mae"]') });
    const fit = { epochs: 3, sampleWeights: [1, 2, 1, 2], classWeights: [1, 3], metrics: ["mae" as const] };
    expect(history).toEqual(same.fit(x, y, { ...fit, validation: [[[1, 0]], [[1]]] }));
    expect(net.digest()).toBe(same.digest());
    expect(net.evaluate(there.x, there.y)).toEqual(same.evaluate(x, y));
    const parameters = foreign<{ weights: Float64Array; biases: number[] }[]>(
      "[{ weights: new Float64Array(6).fill(1), biases: [1, 2, 3] }, { weights: [1, 2, 3], biases: [1] }]",
    );
    net.setParameters(parameters);
    expect([...net.getParameters()[0]!.weights]).toEqual([1, 1, 1, 1, 1, 1]);
  });
});

it("metric and Encoder", () => {
  expect(
    metric("accuracy", foreign<number[][]>("[[0.9, 0.1], [0.2, 0.8]]"), foreign<number[][]>("[[1, 0], [0, 1]]")),
  ).toBe(1);
  const matrix = foreign<{ data: Float32Array; shape: number[] }>("({ data: Float32Array.of(20, 40), shape: [2, 1] })");
  expect(metric("mae", matrix, foreign<Float64Array>("Float64Array.of(21, 42)"))).toBe(1.5);
  const encoder = Encoder.learn(matrix, "minMax");
  expect([...encoder.encode(foreign<number[][]>("[[25]]")).data]).toEqual([0.25]);
  expect(encoder.decode(foreign<number[][]>("[[0.25]]"))).toEqual([[25]]);
});
