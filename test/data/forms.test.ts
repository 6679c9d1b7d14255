// Matrices in every form that holds numbers by an index: the same bits as rows of numbers, on both engines.

import { DataError, type MatrixLike, Network, ShapeError } from "bitgrad";
import { Predictor } from "bitgrad/predict";
import { describe, expect, expectTypeOf, it } from "vitest";
import { errorOf, wrong } from "../faults/expect-error.ts";
import { ENGINES } from "../fixtures/bits.ts";

const X = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const Y = [[0], [1], [1], [0]];
const flat = [0, 1, 1, 0];

/** Whatever a caller's class makes of it. */
class Vector {
  [index: number]: number;
  readonly length: number;
  constructor(...numbers: number[]) {
    this.length = numbers.length;
    numbers.forEach((value, i) => {
      this[i] = value;
    });
  }
}

describe.each(ENGINES)("%s", (engine) => {
  const create = (inputs = 2) => Network.createSync({ engine, inputs, layers: [{ units: 3 }, { units: 1 }], seed: 3 });
  const trained = (x: MatrixLike, y: MatrixLike) => {
    using net = create();
    net.fit(x, y, { epochs: 3, validation: [x, y] });
    return net.digest();
  };
  const wanted = trained(X, Y);

  it.each<[string, MatrixLike]>([
    ["a list of numbers", flat],
    ["booleans", [false, true, true, false]],
    ["rows of booleans", [[false], [true], [true], [false]]],
    ["integers", Uint8Array.from(flat)],
    ["a typed array", Float64Array.from(flat)],
    ["an array-like", { length: 4, 0: 0, 1: 1, 2: 1, 3: 0 }],
    ["a vector of one's own", new Vector(...flat)],
    ["rows of vectors", flat.map((value) => new Vector(value))],
    ["a typed array with its shape", { data: Int16Array.from(flat), shape: [4, 1] }],
  ])("y as %s", (_, y) => expect(trained(X, y)).toBe(wanted));

  it.each<[string, MatrixLike]>([
    ["rows of booleans", X.map((row) => row.map(Boolean))],
    ["vectors", X.map((row) => new Vector(...row))],
    ["an array-like of rows", { ...X, length: 4 }],
    ["typed rows", X.map((row) => Uint8Array.from(row))],
  ])("x as %s", (_, x) => expect(trained(x, Y)).toBe(wanted));

  it("sparse classes as a list, and the loss over them", () => {
    const make = () =>
      Network.createSync({ engine, inputs: 2, layers: [{ units: 3 }], loss: "sparseCategoricalCrossEntropy" });
    using net = make();
    using same = make();
    net.fit(X, [0, 2, 1, 0], { epochs: 2 });
    same.fit(X, [[0], [2], [1], [0]], { epochs: 2 });
    expect(net.digest()).toBe(same.digest());
    expect(net.evaluate(X, Uint8Array.of(0, 2, 1, 0))).toEqual(same.evaluate(X, [[0], [2], [1], [0]]));
  });

  it("fitAsync and crossValidate take them, too", async () => {
    using net = create();
    await net.fitAsync(X, flat, { epochs: 3, validation: [X, flat] });
    expect(net.digest()).toBe(wanted);
    const options = { engine, inputs: 2, layers: [{ units: 1 }] } as const;
    const fit = { folds: 2, epochs: 2 };
    expect(await Network.crossValidate(options, X, flat, fit)).toEqual(await Network.crossValidate(options, X, Y, fit));
  });

  it("one input: a list of numbers is a column", () => {
    using net = create(1);
    const predictor = Predictor.load(net.save());
    const rows = net.predict([[1], [2]]);
    for (const { predict } of [{ predict: net.predict.bind(net) }, { predict: predictor.predict.bind(predictor) }]) {
      expect(predict([1, 2])).toEqual(rows);
      expect(predict({ length: 2, 0: [1], 1: [2] })).toEqual(rows);
      const typed = predict(Float32Array.of(1, 2));
      expect([typed.shape, [...typed.data]]).toEqual([[2, 1], rows.flat()]);
      const matrix: MatrixLike = [1, 2];
      expect(predict(matrix as MatrixLike)).toEqual(rows);
    }
  });

  it("what can't be read is refused by its place", () => {
    using net = create();
    const refused = (x: unknown, y: unknown, type: new (message: string) => Error, message: string) => {
      const error = errorOf(() => net.fit(wrong(x), wrong(y))) as Error;
      expect(error).toBeInstanceOf(type);
      expect(error.message).toBe(message);
    };
    const rows = "the network takes 2: rows have brackets of their own, [[0, 1]]";
    refused([0, 1], flat, ShapeError, `x is a list of numbers, which is one column; ${rows}`);
    refused(Float32Array.of(0, 1), flat, ShapeError, `x is a list of numbers, which is one column; ${rows}`);
    refused(X, [0, 1, Number.NaN, 0], DataError, "y[2] is NaN; finite numbers are expected");
    refused(X, [0, 1, "1", 0], DataError, 'y[2] is "1"; finite numbers are expected');
    refused(X, Float64Array.of(0, 1, 1, Infinity), DataError, "y[3] is Infinity; finite numbers are expected");
    refused(X, [0, 1, 1], ShapeError, "y has 3 rows; x has 4");
    refused(X, [0, [1], 1, 0], DataError, "y[1] is an array of 1; finite numbers are expected");
    refused(
      [
        [0, 0],
        [0, null],
        [1, 0],
        [1, 1],
      ],
      flat,
      DataError,
      "x[1][1] is null; finite numbers are expected",
    );
    refused(
      { length: 4, 0: [0, 0] },
      flat,
      ShapeError,
      "x[1] is undefined; a row, an array of numbers, is expected: [[0], [1]] has two",
    );
    for (const none of [BigInt64Array.of(1n), { length: -1, 0: 1 }, "01", new Set([1])]) {
      expect(errorOf(() => net.fit(X, wrong(none)))).toBeInstanceOf(ShapeError);
    }
  });
});

it("types", () => {
  const shape = [1, 2]; // number[]
  const net = Network.createSync({ inputs: 2, layers: [{ units: 1 }] });
  expectTypeOf(net.predict([[true, false]])).toEqualTypeOf<number[][]>();
  expectTypeOf(net.predict({ data: new Int8Array(2), shape }).data).toEqualTypeOf<Float32Array | Float64Array>();
  const any = (x: MatrixLike) => net.predict(x);
  expectTypeOf(any).parameter(0).toEqualTypeOf<MatrixLike>();
});
