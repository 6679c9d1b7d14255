// Records of a stream, encoded some at a time: the numbers of the whole table, and a training on them has the bits of
// one on arrays.

import { DataError, Encoder, Network, type NetworkOptions, OptionError, ShapeError } from "bitgrad";
import { parseCSVStream, parseCSVTables, readTable } from "bitgrad/tables";
import { describe, expect, it } from "vitest";
import { errorOf, rejectionOf, wrong } from "../faults/expect-error.ts";

const ROWS = 1000;
const records = Array.from({ length: ROWS }, (_, s) => ({
  sqm: 20 + ((s * 37) % 101),
  city: ["Bonn", "Köln", "Ulm"][(s * 7) % 3]!,
  price: ((s * 13) % 50) + 2 * ((s * 37) % 101),
}));
const [tableX, tableY] = readTable(records).split("price");
const [x, y] = [Encoder.learn(tableX), Encoder.learn(tableY)];
const csv = ["sqm,city,price", ...records.map((record) => Object.values(record).join())].join("\n");
const options: NetworkOptions = { inputs: x.width, layers: [{ units: 6 }, { units: 1 }], seed: 1 };

async function* slowly<T>(items: Iterable<T>) {
  for (const item of items) {
    await Promise.resolve();
    yield item;
  }
}

async function chunksOf<T>(items: Iterable<T> | AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe("the numbers of the table", () => {
  const numbers = (batches: readonly { x: { data: Float64Array } }[]) => batches.flatMap((batch) => [...batch.x.data]);
  const expected = [...x.encode(records).data];

  it.each([
    ["records", () => records],
    ["a function", () => () => records.values()],
    ["async records", () => slowly(records)],
    ["a function that is waited for", () => async () => slowly(records)],
    ["records of CSV", () => () => parseCSVStream([csv])],
    ["tables of CSV", () => () => parseCSVTables([csv], { rows: 300 })],
    ["tables", () => [readTable(records.slice(0, 10)), records.slice(10, 500), readTable(records.slice(500))]],
    ["both", () => [...records.slice(0, 3), records.slice(3, 500), ...records.slice(500)]],
  ])("of %s", async (_, given) => {
    const found = await chunksOf(x.encodeStream(wrong(given()), { y }));
    expect(numbers(found)).toEqual(expected);
    expect(found.flatMap((batch) => [...batch.y.data])).toEqual([...y.encode(records).data]);
  });

  it("some at a time, compressed if it is asked for, without targets", () => {
    const found = [...x.encodeStream(records, { rows: 300 })];
    expect(found.map((batch) => batch.x.shape)).toEqual([300, 300, 300, 100].map((rows) => [rows, x.width]));
    expect(Object.keys(found[0]!)).toEqual(["x"]);
    const [first] = x.encodeStream(records, { rows: 300, sparse: true });
    expect(first!.x).toEqual(x.encode(records.slice(0, 300), { sparse: true }));
    expect([...x.encodeStream([])]).toEqual([]);
  });
});

it("a training on it has the bits of one on arrays, epoch by epoch", async () => {
  using full = Network.createSync(options);
  const fit = { epochs: 3, batchSize: 32 };
  const { loss } = full.fit(x.encode(records), y.encode(records), { ...fit, shuffle: false });
  for (const train of [
    (net: Network) => net.fit(x.encodeStream(records, { y }), fit),
    (net: Network) =>
      net.fit(
        x.encodeStream(() => records, { y, rows: 7, sparse: true }),
        fit,
      ),
    (net: Network) =>
      net.fitAsync(
        x.encodeStream(() => parseCSVStream([csv]), { y }),
        fit,
      ),
    (net: Network) =>
      net.fitAsync(
        x.encodeStream(() => slowly(records), { y }),
        fit,
      ),
  ]) {
    using net = Network.createSync(options);
    expect((await train(net)).loss).toEqual(loss);
    expect(net.digest()).toBe(full.digest());
  }
});

it("says which items are refused, and leaves the network as it was", async () => {
  const odd = records.map((record, s) => (s === 700 ? { ...record, city: "Rome" } : record));
  using net = Network.createSync(options);
  const before = net.digest();
  const error = errorOf(() => net.fit(x.encodeStream(odd, { y }), { epochs: 1 }));
  expect(error).toBeInstanceOf(DataError);
  expect((error as Error).message).toBe(
    'from item 512 of the stream on: column "city", row 188 is "Rome"; one of "Bonn", "Köln", "Ulm" is expected',
  );
  expect(net.digest()).toBe(before);
  const lacking = await rejectionOf(chunksOf(x.encodeStream(slowly([{ sqm: 1 }]))));
  expect(lacking).toBeInstanceOf(ShapeError);
  expect((lacking as Error).message).toContain('table has no column "city"');
});

it("refuses what is no stream, a second epoch of what can be read once, and options that there are not", () => {
  expect((errorOf(() => [...x.encodeStream(slowly(records))]) as Error).message).toContain(
    "with fitAsync an async one",
  );
  expect(errorOf(() => [...x.encodeStream(wrong(7))])).toBeInstanceOf(OptionError);
  expect(errorOf(() => x.encodeStream(records, { rows: 0 }))).toBeInstanceOf(OptionError);
  expect(errorOf(() => x.encodeStream(records, { y: wrong({}) }))).toBeInstanceOf(OptionError);
  expect(errorOf(() => x.encodeStream(records, wrong({ targets: y })))).toBeInstanceOf(OptionError);
  using net = Network.createSync(options);
  const once = errorOf(() => net.fit(x.encodeStream(records.values(), { y }), { epochs: 2 }));
  expect((once as Error).message).toContain("it has to give them anew in each epoch");
});
