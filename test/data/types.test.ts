// What compiles: `tsc -p .` checks this file. What must not is marked, and an error that doesn't come is one itself.

import { type MatrixLike, measure, metric, Network, type Rows, type TypedMatrix, type TypedMatrixLike } from "bitgrad";
import { expect, expectTypeOf, it } from "vitest";

const net = Network.createSync({ engine: "reference", inputs: 2, layers: [{ units: 2 }] });

it("a shape in a variable", () => {
  const shape = [1, 2];
  const x = { data: new Float32Array([0, 1]), shape: [1, 2] };
  const y = { data: new Uint8Array([0, 1]), shape };
  net.fit(x, y, { validation: [x, y] });
  expect(net.evaluate(x, y).loss).toBeGreaterThan(0);
  expectTypeOf(net.predict(x)).toEqualTypeOf<TypedMatrix<Float32Array | Float64Array>>();
  const [rows, columns] = net.predict(x).shape;
  expectTypeOf(rows).toEqualTypeOf<number>();
  expect([rows, columns]).toEqual([1, 2]);
});

it("any matrix", () => {
  const predict = (m: MatrixLike) => net.predict(m);
  expectTypeOf(predict).returns.toEqualTypeOf<number[][] | TypedMatrix<Float32Array | Float64Array>>();
  expect(predict([[0, 1]])).toHaveLength(1);
  const rows: Rows = [new Uint8Array([0, 1]), [1, 1], new Float32Array([1, 0])];
  expectTypeOf(net.predict(rows)).toEqualTypeOf<number[][]>();
  const into = (m: MatrixLike, out: Float32Array) => net.predict(m, out);
  expectTypeOf(into).returns.toEqualTypeOf<Float32Array>();
  const like: TypedMatrixLike = { data: Buffer.from([0, 1]), shape: [1, 2] };
  expect(net.predict(like).data).toHaveLength(2);
});

it("what predict gives is taken again", () => {
  const typed = net.predict({ data: new Float32Array([0, 1]), shape: [1, 2] });
  const rows = net.predict([[0, 1]]);
  expect(net.predict(typed).data).toHaveLength(2);
  expect([metric("mae", typed, rows), measure(["mae"], rows, typed.data).mae]).toEqual([0, 0]);
});

it("what is no matrix is a type error", () => {
  // @ts-expect-error: texts are no numbers
  expect(() => net.predict([["0", "1"]])).toThrow();
  // @ts-expect-error: bigints are no numbers
  expect(() => net.predict({ data: new BigInt64Array(2), shape: [1, 2] })).toThrow();
  // @ts-expect-error: a matrix has a shape
  expect(() => net.predict({ data: new Float32Array(2) })).toThrow();
  // @ts-expect-error: a metric has one of the names
  expect(() => metric("f2", [1], [1], 1)).toThrow();
});
