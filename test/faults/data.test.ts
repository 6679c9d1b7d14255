// Bad data: every call refuses it with a typed error, says what is wrong where, and leaves the network as it was.

import { DataError, type MatrixLike, Network, Operations, OptionError, OutOfMemoryError, ShapeError } from "bitgrad";
import { describe, expect, it } from "vitest";
import { ENGINES } from "../fixtures/bits.ts";
import { TEXTBOOK } from "../support/textbook.ts";
import { errorOf, expectError, expectRefused, type Refusal, rejectionOf, wrong } from "./expect-error.ts";

const X = [
  [0, 0],
  [0, 1],
  [1, 0],
];
const Y = [[0], [1], [1]];

const shape = (...words: string[]): Refusal => ({ error: ShapeError, code: "SHAPE", words });
const data = (...words: string[]): Refusal => ({ error: DataError, code: "DATA", words });
const typed = (values: number[], rows: number, columns: number): MatrixLike => ({
  data: Float64Array.from(values),
  shape: [rows, columns],
});

/** The array with a hole at the index. */
function holed<T>(array: T[], index: number): T[] {
  delete array[index];
  return array;
}

const BAD_X: readonly (readonly [string, MatrixLike, Refusal])[] = [
  ["ragged rows", [[0, 0], [0], [1, 0]], shape("x is ragged", "x[0] has 2 columns", "x[1] has 1")],
  ["too few columns", [[0], [0], [1]], shape("x has 1 column;", "takes 2")],
  ["too many columns", X.map((row) => [...row, 1]), shape("x has 3 columns", "takes 2")],
  ["no rows", [], shape("x is empty", "at least one row")],
  ["rows without columns", [[], [], []], shape("x has 0 columns", "takes 2")],
  [
    "NaN",
    [
      [0, 0],
      [0, Number.NaN],
      [1, 0],
    ],
    data("x[1][1] is NaN", "finite"),
  ],
  [
    "∞",
    [
      [0, 0],
      [0, 1],
      [Number.POSITIVE_INFINITY, 0],
    ],
    data("x[2][0] is Infinity", "finite"),
  ],
  [
    "−∞",
    [
      [Number.NEGATIVE_INFINITY, 0],
      [0, 1],
      [1, 0],
    ],
    data("x[0][0] is -Infinity", "finite"),
  ],
  [
    "a number infinite in f32",
    [
      [0, 0],
      [0, 1e300],
      [1, 0],
    ],
    data("x[1][1] is 1e+300", "infinite in f32"),
  ],
  [
    "a string",
    wrong([
      [0, 0],
      [0, "1"],
      [1, 0],
    ]),
    data('x[1][1] is "1"', "numbers"),
  ],
  [
    "null",
    wrong([
      [0, null],
      [0, 1],
      [1, 0],
    ]),
    data("x[0][1] is null", "numbers"),
  ],
  [
    "undefined",
    wrong([
      [0, undefined],
      [0, 1],
      [1, 0],
    ]),
    data("x[0][1] is undefined", "numbers"),
  ],
  [
    "a bigint",
    wrong([
      [0n, 0],
      [0, 1],
      [1, 0],
    ]),
    data("x[0][0] is 0n", "numbers"),
  ],
  [
    "an object",
    wrong([
      [0, 0],
      [0, {}],
      [1, 0],
    ]),
    data("x[1][1] is", "numbers"),
  ],
  ["a hole in a row", wrong([holed([0, 0], 0), [0, 1], [1, 0]]), data("x[0][0] is undefined", "numbers")],
  ["a list of numbers", [0, 1, 2], shape("x is a list of numbers, which is one column", "takes 2: rows have brackets")],
  ["rows that are none", wrong([[0, 0], 1, [1, 0]]), shape("x[1] is 1", "a row")],
  ["a row that is null", wrong([[0, 0], null, [1, 0]]), shape("x[1] is null", "a row")],
  ["a hole instead of a row", holed([...X], 1), shape("x[1] is undefined", "a row")],
  ["a hole instead of the first row", holed([...X], 0), shape("x[0] is undefined", "a row")],
  ["nothing but holes", new Array(3), shape("x[0] is undefined", "a row")],
  ["undefined for x", wrong(undefined), shape("x is undefined", "rows of numbers")],
  ["null for x", wrong(null), shape("x is null", "rows of numbers")],
  ["a number for x", wrong(5), shape("x is 5", "rows of numbers")],
  ["a string for x", wrong("0 1"), shape('x is "0 1"', "rows of numbers")],
  ["a typed array without shape", new Float32Array(6), shape("x is a list of numbers, which is one column")],
  ["a shape that isn't the data's", typed([0, 1, 2, 3, 4], 3, 2), shape("x.shape is [3, 2]", "5 elements")],
  ["a shape of fractions", typed([0, 1, 2, 3, 4, 5], 1.5, 4), shape("x.shape is [1.5, 4]")],
  ["a negative shape", typed([0, 1, 2, 3, 4, 5], -3, -2), shape("x")],
  ["a shape of strings", wrong({ data: new Float32Array(6), shape: ["3", "2"] }), shape('x.shape is ["3", "2"]')],
  ["a shape of three sizes", wrong({ data: new Float32Array(6), shape: [3, 2, 1] }), shape("x is")],
  ["a typed matrix of other width", typed([0, 1, 2, 3, 4, 5], 2, 3), shape("x has 3 columns", "takes 2")],
  ["a typed matrix without rows", typed([], 0, 2), shape("x is empty", "at least one row")],
  ["a typed matrix of bigints", wrong({ data: new BigInt64Array(6), shape: [3, 2] }), shape("x is")],
  ["a typed matrix in a DataView", wrong({ data: new DataView(new ArrayBuffer(6)), shape: [3, 2] }), shape("x is")],
  ["NaN in a typed matrix", typed([0, 1, 2, 3, Number.NaN, 5], 3, 2), data("x[2][0] is NaN", "finite")],
  ["∞ in a typed matrix", typed([0, 1, 2, Number.POSITIVE_INFINITY, 4, 5], 3, 2), data("x[1][1] is Infinity")],
  ["f64 that is infinite in f32", typed([0, -1e39, 2, 3, 4, 5], 3, 2), data("x[0][1] is -1e+39", "infinite in f32")],
];

const BAD_Y: readonly (readonly [string, MatrixLike, Refusal])[] = [
  [
    "too wide",
    [
      [0, 1],
      [1, 1],
      [1, 0],
    ],
    shape("y has 2 columns", "1"),
  ],
  ["fewer rows than x", [[0], [1]], shape("y has 2 rows", "x has 3")],
  ["more rows than x", [[0], [1], [1], [1]], shape("y has 4 rows", "x has 3")],
  ["ragged", wrong([[0], [1, 2], [1]]), shape("y is ragged", "y[1] has 2")],
  ["empty", [], shape("y is empty")],
  ["rows that are none", wrong([[0], 1, [1]]), shape("y[1] is 1", "a row")],
  ["undefined", wrong(undefined), shape("y is undefined")],
  ["NaN", [[0], [1], [Number.NaN]], data("y[2][0] is NaN", "finite")],
  ["∞", [[0], [Number.POSITIVE_INFINITY], [1]], data("y[1][0] is Infinity")],
  ["a string", wrong([[0], ["1"], [1]]), data('y[1][0] is "1"')],
  ["above 1", [[0], [1.5], [1]], data("y[1][0] is 1.5", "between 0 and 1")],
  ["below 0", [[-1], [1], [1]], data("y[0][0] is -1", "between 0 and 1")],
  ["classes 0, 1, 2", [[0], [1], [2]], data("y[2][0] is 2", "one column each")],
  ["above 1 in a typed matrix", typed([0, 1, 255], 3, 1), data("y[2][0] is 255", "between 0 and 1")],
  ["NaN in a typed matrix", typed([0, Number.NaN, 1], 3, 1), data("y[1][0] is NaN", "finite")],
];

describe.each(ENGINES)("%s", (engine) => {
  const net = Network.createSync({ ...TEXTBOOK, engine, inputs: 2, layers: [{ units: 3 }, { units: 1 }], seed: 4 });
  net.fit(X, Y, { epochs: 3 });

  it("is the engine that was asked for", () => expect(net.engine).toBe(engine));

  it.each(BAD_X)("x: %s", async (_, x, refusal) => {
    expectRefused(net, () => net.fit(x, Y, { epochs: 1 }), refusal);
    expectRefused(net, () => net.predict(wrong(x)), refusal);
    expectRefused(net, () => net.evaluate(x, Y), refusal);
    const before = JSON.stringify(net);
    expectError(await rejectionOf(net.fitAsync(x, Y, { epochs: 1 })), refusal);
    expect(JSON.stringify(net)).toBe(before);
  });

  it.each(BAD_Y)("y: %s", async (_, y, refusal) => {
    expectRefused(net, () => net.fit(X, y, { epochs: 1 }), refusal);
    expectRefused(net, () => net.evaluate(X, y), refusal);
    const before = JSON.stringify(net);
    expectError(await rejectionOf(net.fitAsync(X, y, { epochs: 1 })), refusal);
    expect(JSON.stringify(net)).toBe(before);
  });

  it("1e300 is fine in f64", () => {
    using wide = Network.createSync({ ...TEXTBOOK, engine, inputs: 1, layers: [{ units: 1 }], dtype: "f64" });
    const [[output]] = wide.predict([[1e300]]) as [[number]];
    expect([0, 1]).toContain(output);
  });

  it("data beyond all memory", () => {
    using wide = Network.createSync({
      ...TEXTBOOK,
      engine,
      inputs: 2 ** 14,
      layers: [{ units: 1 }, { units: 2 ** 14 }],
    });
    const rows: number[][] = new Array(2 ** 22).fill(new Array(2 ** 14).fill(0)); // 256 GiB as f32, one row here
    const refusal: Refusal = { error: OutOfMemoryError, code: "OUT_OF_MEMORY", words: [] };
    expectRefused(wide, () => wide.predict(rows), refusal); // as many outputs
    expectRefused(wide, () => wide.fit(rows, rows, { epochs: 1 }), refusal);
    expect(wide.predict([rows[0]!])).toHaveLength(1);
  });

  it("what was accepted trains as if nothing had been refused", () => {
    using fresh = Network.createSync({ ...TEXTBOOK, engine, inputs: 2, layers: [{ units: 3 }, { units: 1 }], seed: 4 });
    fresh.fit(X, Y, { epochs: 5 });
    net.fit(X, Y, { epochs: 2 });
    expect(JSON.stringify(net)).toBe(JSON.stringify(fresh));
  });

  describe("setParameters", () => {
    const good = () => [
      { weights: [1, 2, 3, 4, 5, 6], biases: [1, 2, 3] },
      { weights: [1, 2, 3], biases: [1] },
    ];
    const bad: readonly (readonly [string, unknown, Refusal])[] = [
      ["undefined", undefined, shape("parameters is undefined", "2 layers")],
      ["too few layers", good().slice(1), shape("parameters is an array of 1", "2 layers")],
      ["too few weights", [good()[0], { weights: [1, 2], biases: [1] }], shape("parameters[1].weights has 2", "3")],
      ["too many biases", [good()[0], { weights: [1, 2, 3], biases: [1, 1] }], shape("parameters[1].biases has 2")],
      ["no biases", [good()[0], { weights: [1, 2, 3] }], shape("parameters[1].biases is undefined")],
      ["a layer that is null", [good()[0], null], shape("parameters[1].weights is undefined")],
      ["NaN", [good()[0], { weights: [1, 2, 3], biases: [Number.NaN] }], data("parameters[1].biases[0] is NaN")],
      [
        "infinite in f32",
        [good()[0], { weights: [1, 1e39, 3], biases: [1] }],
        data("parameters[1].weights[1] is 1e+39"),
      ],
      ["a string", [good()[0], { weights: [1, 2, "3"], biases: [1] }], data('parameters[1].weights[2] is "3"')],
    ];
    it.each(bad)("%s", (_, parameters, refusal) => {
      expectRefused(net, () => net.setParameters(wrong(parameters)), refusal);
    });
  });
});

describe.each(ENGINES)("Operations on %s", (engine) => {
  const op = Operations.createSync({ engine });
  const f32 = (length: number) => new Float32Array(length);
  const sizes = { rows: 2, inputs: 3, units: 4 };
  const option = (...words: string[]): Refusal => ({ error: OptionError, code: "OPTION", words });
  const bad: readonly (readonly [string, () => unknown, Refusal])[] = [
    ["x too short", () => op.forward(f32(5), f32(12), f32(4), sizes), shape("x has 5 elements", "6")],
    ["w too long", () => op.forward(f32(6), f32(13), f32(4), sizes), shape("w has 13 elements", "12")],
    ["b too short", () => op.forward(f32(6), f32(12), f32(3), sizes), shape("b has 3 elements", "4")],
    ["mixed types", () => op.forward(f32(6), wrong(new Float64Array(12)), f32(4), sizes), shape("w is a Float64Array")],
    ["an array of numbers", () => op.sigmoid(wrong([1, 2])), shape("z is an array of 2", "Float32Array")],
    ["undefined", () => op.sigmoid(wrong(undefined)), shape("z is undefined")],
    ["integers", () => op.sigmoidDerivative(wrong(new Int32Array(2))), shape("a is an Int32Array")],
    ["a and y of two lengths", () => op.sseGradient(f32(3), f32(4)), shape("y has 4 elements", "3")],
    ["y too short", () => op.sseError(f32(8), f32(7), sizes), shape("y has 7 elements", "8")],
    ["delta too short", () => op.inputGradient(f32(7), f32(12), sizes), shape("delta has 7 elements", "8")],
    ["delta too long", () => op.weightGradient(f32(6), f32(9), sizes), shape("delta has 9 elements", "8")],
    ["delta empty", () => op.biasGradient(f32(0), sizes), shape("delta has 0 elements", "8")],
    ["g too short", () => op.update(f32(3), f32(2), 0.1), shape("g has 2 elements", "3")],
    ["a negative rate", () => op.update(f32(3), f32(3), -1), option("learningRate is -1", "0 or more")],
    ["a key of one word", () => op.threefry(wrong([1]), [0, 0]), option("key is an array of 1", "two 32-bit words")],
    [
      "a word too large",
      () => op.threefry([0, 0], [0, 2 ** 32]),
      option("counter[1] is 4294967296", "0 to 4294967295"),
    ],
    ["rows that are no whole number", () => op.shuffle(1.5, 0, 0), option("rows is 1.5", "whole number")],
    ["a negative seed", () => op.shuffle(1, -1, 0), option("seed is -1", "whole number")],
    ["an epoch that is no number", () => op.shuffle(1, 0, wrong("1")), option('epoch is "1"', "whole number")],
    ["no rate", () => op.update(f32(3), f32(3), wrong(undefined)), option("learningRate is undefined")],
    ["a fractional size", () => op.biasGradient(f32(8), { rows: 1.5, units: 4 }), option("shape.rows is 1.5")],
    ["a negative size", () => op.biasGradient(f32(8), { rows: -2, units: -4 }), option("shape.rows is -2")],
    ["a missing size", () => op.biasGradient(f32(8), wrong({ rows: 2 })), option("shape.units is undefined")],
    ["a size misspelled", () => op.biasGradient(f32(8), wrong({ rows: 2, unit: 4 })), option('"unit"', '"units"')],
    ["no shape", () => op.biasGradient(f32(8), wrong(undefined)), option("shape is undefined")],
  ];
  it.each(bad)("%s", (_, run, refusal) => expectError(errorOf(run), refusal));

  it("create: unknown names, wrong engine", async () => {
    expectError(
      errorOf(() => Operations.createSync(wrong({ engin: engine }))),
      option('"engin"', '"engine"'),
    );
    expectError(await rejectionOf(Operations.create(wrong({ engine: "gpu" }))), option('engine is "gpu"'));
  });
});
