// Data that a practitioner has and that were once taken for something else: targets that are no classes, columns called
// data and shape, streams that stall, folds in which nothing was learned.

import { DataError, Encoder, Network, OptionError, OutOfMemoryError } from "bitgrad";
import { MLPClassifier, MLPRegressor } from "bitgrad/estimators";
import { classificationReport, confusionMatrix, metric } from "bitgrad/metrics";
import { parseCSV, parseCSVStream, readTable } from "bitgrad/tables";
import { describe, expect, it } from "vitest";
import { errorOf, expectError, rejectionOf, wrong } from "../faults/expect-error.ts";

const data = (...words: string[]) => ({ error: DataError, code: "DATA" as const, words });
const option = (...words: string[]) => ({ error: OptionError, code: "OPTION" as const, words });

describe("metrics of classes refuse targets that are none, as scikit-learn does", () => {
  it.each<[string, () => unknown, string]>([
    [
      "accuracy",
      () => metric("accuracy", [0.3, 2.7], [0.1, 2.5], 1),
      "targets[1] is 2.5; metrics of classes expect a class",
    ],
    ["f1", () => metric("f1", [0.3, 2.7], [1, 7], 1), "targets[1] is 7"],
    ["auc", () => metric("auc", [0.3, 2.7, 1], [0, 1, -2], 1), "targets[2] is -2"],
    ["brier", () => metric("brier", [0.3, 0.7], [0, 1.5], 1), "targets[1] is 1.5"],
    ["confusionMatrix", () => confusionMatrix([0.9, 0.1], [3, 0], 1), "targets[0] is 3"],
    ["classificationReport", () => classificationReport([0.9, 0.1], [4.8, 0], 1), "targets[0] is 4.8"],
  ])("%s", (_, run, words) => expectError(errorOf(run), data(words)));

  it.each(["wasm", "reference"] as const)("in a network, too, before anything is trained: %s", async (engine) => {
    const net = Network.createSync({ inputs: 1, layers: [{ units: 1 }], engine });
    const before = net.digest();
    const [x, y, classes] = [
      [[0], [1], [2]],
      [[0], [1], [2]],
      [[0], [1], [1]],
    ];
    const metrics = ["accuracy"] as const;
    const refusal = data("y[2] is 2; metrics of classes expect a class");
    expectError(
      errorOf(() => net.evaluate(x, y, { metrics })),
      refusal,
    );
    expectError(
      errorOf(() => net.fit(x, y, { metrics, epochs: 1 })),
      refusal,
    );
    expectError(await rejectionOf(net.fitAsync(x, y, { metrics, epochs: 1 })), refusal);
    expectError(
      errorOf(() => net.fit(x, classes, { metrics, epochs: 1, validation: [x, y] })),
      data("validation[1][2] is 2"),
    );
    const options = { inputs: 1, layers: [{ units: 1 }], engine };
    expectError(await rejectionOf(Network.crossValidate(options, x, y, { folds: 3, metrics })), refusal);
    expect(net.digest()).toBe(before);
    expect(net.evaluate(x, classes, { metrics }).accuracy).toBeGreaterThanOrEqual(0);
  });

  it("and take those that are", () => {
    expect(metric("accuracy", [0.3, 0.7], [0, 1], 1)).toBe(1);
    expect(metric("accuracy", [-0.3, 0.7], [-1, 1], 1)).toBe(1);
    expect(metric("brier", [-1, 0], [-1, 1], 1)).toBe(0.125); // probabilities 0 and 0.5 of 0 and 1
    expect(metric("mae", [0.3, 2.7], [0.1, 2.5], 1)).toBeCloseTo(0.2);
  });

  it("and matrices that don't fit into memory", () => {
    const count = 20_000;
    const outputs = { data: new Float32Array(count), shape: [1, count] };
    expect(errorOf(() => confusionMatrix(outputs, [3]))).toBeInstanceOf(OutOfMemoryError);
  });
});

it("early stopping on R² needs targets that differ", async () => {
  const x = [[0], [1], [2], [3]];
  const trained = (y: number[]) =>
    Network.createSync({ inputs: 1, layers: [{ units: 1 }] }).fit(x, [[0], [1], [2], [3]], {
      epochs: 3,
      metrics: ["r2"],
      validation: [x, y],
      earlyStopping: { monitor: "r2" },
    });
  expectError(
    errorOf(() => trained([2, 2, 2, 2])),
    data('earlyStopping.monitor is "r2", which is undefined'),
  );
  expect(trained([2, 2, 2, 3]).loss).toHaveLength(3);
});

describe("columns", () => {
  it("may be called data and shape", async () => {
    const table = readTable(parseCSV("data,shape,k\n1,2,a\n3,4,b\n"));
    expect([table.names, table.rows]).toEqual([["data", "shape", "k"], 2]);
    expect(readTable(parseCSV("data,shape\n1,2\n3,4\n")).names).toEqual(["data", "shape"]);
    const both = { data: Float64Array.of(1, 2), shape: [3, 4], k: ["a", "b"] };
    expect(readTable(both).names).toEqual(["data", "shape", "k"]);
    expect(readTable({ data: Float64Array.of(1, 2), shape: [2, 1] }).names).toBeUndefined();
    expect(readTable({ data: Float64Array.of(1, 2), shape: [1, 2] }).width).toBe(2);
  });

  it("of CSV keep their order, whatever their names", () => {
    const columns = parseCSV("b,10,2,a\n1,2,3,4\n");
    const table = readTable(columns);
    expect(table.names).toEqual(["b", "10", "2", "a"]);
    expect(table.split(0)[1].names).toEqual(["b"]);
    expect(Encoder.learn(columns, "passThrough").encode(columns).data).toEqual(Float64Array.of(1, 2, 3, 4));
    delete columns.b;
    columns[1] = ["5"];
    expect(readTable(columns).names).toEqual(["10", "2", "a", "1"]);
  });

  it("without a header are found by their indexes", async () => {
    const table = parseCSV(Array.from({ length: 20 }, (_, s) => `${s},${s % 3},${s < 10 ? "a" : "b"}`).join("\n"), {
      header: false,
    });
    const [byIndex, byName] = [await new MLPClassifier().fit(table, 2), await new MLPClassifier().fit(table, "2")];
    expect(byIndex.digest()).toBe(byName.digest());
    expectError(await rejectionOf(new MLPClassifier().fit(table, 3)), option("target is 3; an index from 0 to 2"));
  });

  it("of numbers with divided thousands are no categories", () => {
    const table = parseCSV("price;sqm\n1.234,5;80\n12.000,0;90\n", { decimal: "," });
    expectError(
      errorOf(() => Encoder.learn(table)),
      data('column "price", row 0 (line 2) is "1.234,5"', "thousands"),
    );
    expectError(
      errorOf(() => Encoder.learn(["1,234.5", "999"])),
      data('"1,234.5"'),
    );
    expect(Encoder.learn(["10.0.0.1", "192.168.100.100"]).width).toBe(2);
  });
});

describe("CSV in chunks", () => {
  it("of UTF-16 may be cut anywhere", async () => {
    const text = "\ufeffa,b\n1,ä\n";
    for (const swap of [false, true]) {
      const bytes = new Uint8Array(Uint16Array.from(text, (c) => c.charCodeAt(0)).buffer);
      if (swap) for (let n = 0; n < bytes.length; n += 2) [bytes[n], bytes[n + 1]] = [bytes[n + 1]!, bytes[n]!];
      for (const cuts of [[1], [0], [0, 1, 1], [2], [3]]) {
        const chunks: Uint8Array[] = [];
        let from = 0;
        for (const count of cuts) {
          chunks.push(bytes.slice(from, from + count));
          from += count;
        }
        chunks.push(bytes.slice(from));
        const records = [];
        for await (const record of parseCSVStream(chunks)) records.push(record);
        expect(records).toEqual([{ a: "1", b: "ä" }]);
      }
    }
  });

  it.each([null, undefined, 5, {}])("refuses %s", async (chunks) => {
    const read = async () => {
      for await (const _ of parseCSVStream(wrong(chunks))) break;
    };
    expectError(await rejectionOf(read()), option("chunks is"));
  });
});

describe("a stream", () => {
  const rows = { x: [[0], [1]], y: [[0], [1]] };
  const network = () => Network.createSync({ inputs: 1, layers: [{ units: 1 }], seed: 1 });

  it("that stalls ends by its time limit", async () => {
    for (const before of [0, 1, 3]) {
      const net = network();
      const digest = net.digest();
      let isClosed = false;
      async function* stalling() {
        try {
          for (let n = 0; n < before; n++) yield rows;
          await new Promise(() => undefined);
        } finally {
          isClosed = true; // never: it waits
        }
      }
      const history = await net.fitAsync(stalling, { epochs: 2, timeLimit: 0.05 });
      expect([history.stopped, history.loss, isClosed]).toEqual(["timeLimit", [], false]);
      expect(net.digest()).toBe(digest); // the epoch is undone
    }
    const whole = await network().fitAsync([rows], { epochs: 2, timeLimit: 60 });
    expect([whole.stopped, whole.loss.length]).toEqual([undefined, 2]);
  });

  it("may have items without rows", () => {
    const empty = { x: [], y: [] };
    const typed = { x: { data: new Float32Array(0), shape: [0, 1] }, y: [] };
    const [some, all] = [network(), network()];
    some.fit([rows, rows], { epochs: 3 });
    all.fit([empty, rows, typed, [[], []] as const, rows, empty], { epochs: 3 });
    expect(all.digest()).toBe(some.digest());
    expectError(
      errorOf(() => network().fit([empty], { epochs: 1 })),
      data("the stream has no rows in epoch 1"),
    );
  });
});

describe("a cross-validation warns", () => {
  const x = Array.from({ length: 20 }, (_, s) => [s / 20]);
  const validate = (options: object, y = x.map(([v]) => [Number(v! > 0.5)])) =>
    Network.crossValidate({ inputs: 1, layers: [{ units: 1 }], loss: "binaryCrossEntropy" }, x, y, options);

  it("of metrics that are not defined, and of folds that ran out of time", async () => {
    const oneClass = await validate(
      { folds: 2, epochs: 1, metrics: ["auc"] },
      x.map(() => [1]),
    );
    expect(oneClass.warnings).toEqual(["auc is not defined in 2 of 2 folds, so its mean is NaN"]);
    const late = await validate({ folds: 2, epochs: 1e6, timeLimit: 0 });
    expect(late.warnings).toHaveLength(2);
    expect(late.warnings![0]).toContain("timeLimit ended the training of fold 1 after");
    expect((await validate({ folds: 2, epochs: 1, metrics: ["auc"] })).warnings).toBeUndefined();
  });

  it("and refuses to resume", async () => {
    expectError(await rejectionOf(validate({ resume: true })), option('options knows no "resume"'));
  });
});

describe("a model that was loaded", () => {
  const table = { a: Array.from({ length: 30 }, (_, s) => s) };
  const labels = table.a.map((a) => (a > 14 ? "high" : "low"));

  it("learns by the options of load, or says that it learned by the defaults", async () => {
    const options = { hidden: [4], epochs: 3, seed: 5 };
    const model = await new MLPClassifier(options).fit(table, labels);
    const told = await MLPClassifier.load(model.save(), options);
    await told.fit(table, labels);
    expect([told.digest(), told.history?.warnings]).toEqual([model.digest(), undefined]);
    const untold = await MLPClassifier.load(model.save(), { Network });
    await untold.fit(table, labels);
    expect(untold.history?.warnings?.[0]).toContain("the model was loaded without options");
    await untold.fit(table, labels);
    expect(untold.history?.warnings).toBeUndefined();
    const prices = await new MLPRegressor(options).fit(table, table.a);
    const loaded = await MLPRegressor.load(prices.save(), options);
    expect((await loaded.fit(table, table.a)).digest()).toBe(prices.digest());
  });
});
