// Arguments whose reading runs a caller's code: it disposes of the network, trains it, detaches arrays, shrinks them or
// makes memory grow. Nobody else's memory is touched, and what comes out is what the numbers that were read give, or an
// error that names it.

import {
  BitgradError,
  BusyError,
  DataError,
  DisposedError,
  type FitAsyncOptions,
  type MatrixLike,
  Network,
  type NetworkOptions,
  OptionError,
  ShapeError,
} from "bitgrad";
import { describe, expect, it } from "vitest";
import { errorOf, wrong } from "../faults/expect-error.ts";
import { ENGINES } from "../fixtures/bits.ts";
import { TEXTBOOK } from "../support/textbook.ts";

const X = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const Y = [[0], [1], [1], [0]];
/** A training that is under way when the call returns. */
const LONG: FitAsyncOptions = { epochs: 20, onEpoch: () => Promise.resolve() };
const OPTIONS: NetworkOptions = { ...TEXTBOOK, inputs: 2, layers: [{ units: 3 }, { units: 1 }], seed: 4 };

/** The value, whose property runs `run` before it is read, the first time. */
function trapped<T extends object>(value: T, key: keyof T, run: () => void): T {
  const found = value[key];
  let ran = false;
  return Object.defineProperty(value, key, {
    get() {
      if (!ran) run();
      ran = true;
      return found;
    },
  });
}

const typed = (values = X): MatrixLike & { data: Float64Array; shape: [number, number] } => ({
  data: Float64Array.from(values.flat()),
  shape: [values.length, values[0]!.length],
});

/** The call, whose refusal is swallowed. */
function attempt(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(BitgradError);
  }
}

function transfer(array: { buffer: ArrayBufferLike }): void {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
}

describe.each(ENGINES)("%s", (engine) => {
  const create = (options: Partial<NetworkOptions> = {}) =>
    Network.createSync({ ...TEXTBOOK, engine, ...OPTIONS, ...options });
  /** A network of other shape that holds the memory a disposed one leaves. */
  const next = () => create({ layers: [{ units: 7 }, { units: 1 }], seed: 9 });

  /** Every place of data where code may run. */
  const traps: readonly (readonly [string, (run: () => void) => MatrixLike])[] = [
    [
      "a row",
      (run) =>
        trapped(
          X.map((row) => [...row]),
          1,
          run,
        ),
    ],
    ["a cell", (run) => [[0, 0], trapped([0, 1], 1, run), [1, 0], [1, 1]]],
    ["the last cell", (run) => [...X.slice(0, 3), trapped([1, 1], 1, run)]],
    ["data", (run) => trapped(typed(), "data", run)],
    ["shape", (run) => trapped(typed(), "shape", run)],
    ["a size", (run) => ({ ...typed(), shape: trapped([4, 2], 1, run) })],
    [
      "a proxy",
      (run) => {
        let ran = false;
        return new Proxy(X, {
          get(rows, key, receiver) {
            if (key === "2" && !ran) {
              ran = true;
              run();
            }
            return Reflect.get(rows, key, receiver);
          },
        });
      },
    ],
  ];

  describe.each(traps)("code that runs where %s is read", (_, given) => {
    const calls: readonly (readonly [string, (net: Network, x: MatrixLike) => unknown])[] = [
      ["predict", (net, x) => net.predict(x)],
      ["predict into an array", (net, x) => net.predict(x, new Float32Array(4))],
      ["evaluate", (net, x) => net.evaluate(x, Y, { metrics: ["accuracy", "mae"] })],
    ];

    it.each(calls)("%s: disposes, and another network has the memory", (_, call) => {
      const net = create();
      let other: Network | undefined;
      let before = "";
      const x = given(() => {
        net.dispose();
        other = next();
        before = JSON.stringify(other);
      });
      expect(errorOf(() => call(net, x))).toBeInstanceOf(DisposedError);
      expect(JSON.stringify(other)).toBe(before);
      other!.dispose();
    });

    it.each(calls)("%s: predicts much, and memory grows", (_, call) => {
      using net = create();
      using other = create({ inputs: 500, layers: [{ units: 4 }] });
      const wanted = call(net, X);
      const x = given(() => other.predict({ data: new Float32Array(3e6), shape: [6000, 500] }));
      const found = call(net, x) as { data?: ArrayLike<number> } & ArrayLike<number>;
      expect(JSON.stringify(found.data ? { ...found.data } : found)).toBe(
        JSON.stringify(found.data ? { ...Float32Array.from((wanted as number[][]).flat()) } : wanted),
      );
    });

    it.each(calls)("%s: predicts others on the same network", (_, call) => {
      using net = create();
      const wanted = call(net, X);
      const x = given(() => {
        net.predict([[9, 9]]);
        net.predict({ data: Float32Array.of(5, 5, 5, 5), shape: [2, 2] });
      });
      const found = call(net, x) as { data?: Float32Array };
      expect(found.data ? [...found.data] : found).toEqual(found.data ? (wanted as number[][]).flat() : wanted);
    });

    it.each(["fit", "fitAsync"] as const)("%s: predicts, and memory grows", async (call) => {
      using net = create();
      using growing = create({ inputs: 500, layers: [{ units: 4 }] });
      const x = given(() => {
        growing.predict({ data: new Float32Array(5e6), shape: [10_000, 500] });
        net.predict(X);
      });
      const history = await net[call](x, Y, { epochs: 3 });
      using same = create();
      expect(history.loss).toEqual(same.fit(X, Y, { epochs: 3 }).loss);
      expect(net.digest()).toBe(same.digest());
    });

    it.each(["fit", "fitAsync"] as const)(
      "%s: trains and disposes, and another network has the memory",
      async (call) => {
        const net = create();
        let other: Network | undefined;
        let before = "";
        const x = given(() => {
          attempt(() => net.fit(X, Y, { epochs: 1 }));
          attempt(() => net.dispose());
          other = next();
          before = JSON.stringify(other);
        });
        const train = async () => net[call](x, Y, { epochs: 3 });
        await train().catch((error) => expect(error).toBeInstanceOf(BitgradError));
        expect(JSON.stringify(other)).toBe(before);
        other!.dispose();
      },
    );
  });

  it("memory that grows while data are read gives the loss of the numbers that were read", () => {
    const raw = { data: Float32Array.from({ length: 600_000 }, (_, n) => (n % 7) / 7), shape: [60_000, 10] as const };
    const wide = { ...TEXTBOOK, inputs: 10, layers: [{ units: 10, activation: "linear" as const }] };
    using net = create(wide);
    using other = create(wide);
    const plain = { data: other.predict(raw).data, shape: raw.shape };
    const wanted = net.evaluate(plain, plain).loss;
    using fresh = create(wide);
    const x = {
      get data() {
        return fresh.predict(raw).data;
      },
      shape: raw.shape,
    };
    expect(net.evaluate(x, x).loss).toBe(wanted);
    expect(net.predict(x).data.every(Number.isFinite)).toBe(true);
  });

  describe("setParameters", () => {
    const layers = () => [
      { weights: [1, 2, 3, 4, 5, 6], biases: [1, 2, 3] },
      { weights: [1, 2, 3], biases: [1] },
    ];

    it("a getter that disposes, and another network has the memory", () => {
      const net = create();
      let other: Network | undefined;
      let before = "";
      const given = layers();
      trapped(given[1]!, "biases", () => {
        net.dispose();
        other = next();
        before = JSON.stringify(other);
      });
      expect(errorOf(() => net.setParameters(given))).toBeInstanceOf(DisposedError);
      expect(JSON.stringify(other)).toBe(before);
      other!.dispose();
    });

    it("a getter that starts a training", async () => {
      using net = create();
      let training: Promise<unknown> | undefined;
      const given = layers();
      trapped(given[0]!, "weights", () => {
        training = net.fitAsync(X, Y, LONG);
      });
      expect(errorOf(() => net.setParameters(given))).toBeInstanceOf(BusyError);
      await training;
      using same = create();
      same.fit(X, Y, { epochs: 20 });
      expect(net.digest()).toBe(same.digest());
    });

    it("bigints and shapes that change", () => {
      using net = create();
      const before = JSON.stringify(net);
      const big = [{ weights: new BigInt64Array(6), biases: [1, 2, 3] }, layers()[1]!];
      expect(errorOf(() => net.setParameters(wrong(big)))).toMatchObject({
        code: "DATA",
        message: expect.stringContaining("parameters[0].weights[0] is 0n"),
      });
      const shrinking = layers();
      trapped(shrinking[0]!.weights, 2, () => {
        shrinking[0]!.weights.length = 3;
      });
      expect(errorOf(() => net.setParameters(shrinking))).toBeInstanceOf(DataError);
      expect(JSON.stringify(net)).toBe(before);
    });

    it("arrays of another realm's kind and typed arrays are taken", () => {
      using net = create();
      net.setParameters([
        { weights: Uint8Array.from([1, 2, 3, 4, 5, 6]), biases: new Float64Array([1, 2, 3]) },
        { weights: { length: 3, 0: 1, 1: 2, 2: 3 }, biases: [1] },
      ]);
      using same = create();
      same.setParameters(layers());
      expect(net.digest()).toBe(same.digest());
    });
  });

  describe("weights", () => {
    it.each(["sampleWeights", "classWeights"] as const)("%s: a getter that starts a training", async (name) => {
      using net = create();
      let training: Promise<unknown> | undefined;
      const weights = name === "classWeights" ? [1, 2] : [1, 2, 1, 2];
      trapped(weights, 1, () => {
        training = net.fitAsync(X, Y, LONG).catch((error) => error);
      });
      const error = await net.fitAsync(X, Y, { epochs: 1, ...LONG, [name]: weights }).catch((error) => error);
      const other = await training;
      // one of the two was refused, whichever came first; the network was trained once
      expect([error, other].filter((result) => result instanceof BusyError)).toHaveLength(1);
      using same = create();
      same.fit(X, Y, { epochs: 20, ...(error instanceof BusyError ? {} : { [name]: [...weights] }) });
      expect(net.digest()).toBe(same.digest());
    });

    it.each(["sampleWeights", "classWeights"] as const)("%s: a getter that disposes", async (name) => {
      const net = create();
      let other: Network | undefined;
      let before = "";
      const weights = name === "classWeights" ? [1, 2] : [1, 2, 1, 2];
      trapped(weights, 1, () => {
        attempt(() => net.dispose());
        other = next();
        before = JSON.stringify(other);
      });
      attempt(() => net.fit(X, Y, { [name]: weights }));
      expect(JSON.stringify(other)).toBe(before);
      other!.dispose();
    });

    it("sampleWeights while whose reading memory grows", () => {
      using net = create();
      using growing = create({ inputs: 500, layers: [{ units: 4 }] });
      const weights = trapped([1, 2, 1, 2], 2, () =>
        growing.predict({ data: new Float32Array(7e6), shape: [14_000, 500] }),
      );
      net.fit(X, Y, { sampleWeights: weights, epochs: 2 });
      using same = create();
      same.fit(X, Y, { sampleWeights: [1, 2, 1, 2], epochs: 2 });
      expect(net.digest()).toBe(same.digest());
    });
  });

  describe("data that change while they are read", () => {
    const many = 400_000;
    const rows = (): number[][] => Array.from({ length: many }, (_, s) => [s % 2, (s >> 1) % 2]);
    const targets = (): number[][] => Array.from({ length: many }, (_, s) => [s % 2]);

    /**
     * How much was read before they changed is the machine's to say: all of it, and they were trained on, or the change
     * is told.
     */
    async function expectWholeOrRefused(net: ReturnType<typeof create>, training: Promise<unknown>, words: string) {
      const before = JSON.stringify(net);
      const error = await training.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) {
        using same = create();
        same.fit(rows(), targets(), { epochs: 1, batchSize: 1000 });
        expect(net.digest()).toBe(same.digest());
      } else {
        expect(error).toMatchObject({ code: "SHAPE", message: expect.stringContaining(words) });
        expect(JSON.stringify(net)).toBe(before);
      }
      expect(net.fit(X, Y, { epochs: 1 }).loss).toHaveLength(1);
    }

    it.each([
      ["emptied rows", "x[", (x: number[][]) => x.splice(0)],
      ["a row cut off", `x[${many - 1}] is`, (x: number[][]) => x[many - 1]!.splice(1)],
      ["a row that is none", `x[${many - 2}] is null`, (x: number[][]) => x.splice(many - 2, 1, wrong(null))],
    ] as const)("fitAsync: %s", async (_, words, change) => {
      using net = create();
      const x = rows();
      const training = net.fitAsync(x, targets(), { epochs: 1, batchSize: 1000 });
      change(x);
      await expectWholeOrRefused(net, training, words);
    });

    it.each(["x", "y"] as const)("fitAsync: a transfer of %s", async (which) => {
      using net = create();
      const x = { data: Float32Array.from(rows().flat()), shape: [many, 2] };
      const y = { data: Float32Array.from(targets().flat()), shape: [many, 1] };
      const training = net.fitAsync(x, y, { epochs: 1, batchSize: 1000 });
      transfer({ x, y }[which].data);
      await expectWholeOrRefused(net, training, `${which}.data has 0 elements`);
    });

    it("one argument's getter detaches the other's", () => {
      using net = create();
      for (const call of [
        (x: MatrixLike, y: MatrixLike) => net.fit(x, y, { epochs: 1 }),
        (x: MatrixLike, y: MatrixLike) => net.evaluate(x, y),
      ]) {
        const x = typed();
        const y = trapped(typed(Y), "shape", () => transfer(x.data));
        expect(errorOf(() => call(x, y))).toMatchObject({
          code: "SHAPE",
          message: expect.stringContaining("x.data has 0"),
        });
      }
    });

    it("an array that its own shape detaches", () => {
      using net = create();
      const x = typed();
      trapped(x, "shape", () => transfer(x.data));
      expect(errorOf(() => net.predict(x))).toMatchObject({
        code: "SHAPE",
        message: expect.stringContaining("0 elements"),
      });
    });

    it("rows that say another length each time", () => {
      using net = create();
      let width = 3;
      const row = new Proxy([1, 1], { get: (cells, key) => (key === "length" ? --width : Reflect.get(cells, key)) });
      expect(errorOf(() => net.predict([row]))).toMatchObject({
        code: "SHAPE",
        message: expect.stringContaining("x[0] is"),
      });
    });

    it("options whose getters say something else the second time", () => {
      let [engines, sizes] = [0, 0];
      using net = Network.createSync({
        get engine(): typeof engine {
          return engines++ === 0 ? engine : wrong("gpu");
        },
        inputs: 2,
        get layers(): { units: number }[] {
          return sizes++ === 0 ? [{ units: 1 }] : [];
        },
      });
      expect([net.engine, net.outputs, engines, sizes]).toEqual([engine, 1, 1, 1]);
    });

    it("validation, metrics and early stopping are read once", () => {
      using net = create();
      const reads: string[] = [];
      const counted = <T extends object>(name: string, value: T): T =>
        new Proxy(value, {
          get(target, key, receiver) {
            reads.push(`${name}.${String(key)}`);
            return Reflect.get(target, key, receiver);
          },
        });
      const { metrics } = net.fit(X, Y, {
        validation: counted("validation", [X, Y]) as [number[][], number[][]],
        metrics: counted("metrics", ["mae", "accuracy"] as const),
      });
      expect(Object.keys(metrics!)).toEqual(["mae", "accuracy"]);
      for (const name of ["validation.0", "validation.1", "metrics.0", "metrics.1"]) {
        expect(
          reads.filter((read) => read === name),
          name,
        ).toHaveLength(1);
      }
    });
  });

  it.each([
    ["metrics twice", { metrics: ["mae", "mae"] }, 'metrics[1] is "mae"'],
    ["a share of a string", { validationSplit: "0.5" }, 'validationSplit is "0.5"'],
    ["an array of too many metrics", { metrics: Array(1e6).fill("mae") }, 'metrics[1] is "mae"'],
    ["metrics that are no array", { metrics: { length: 1, 0: "mae" } }, "metrics is"],
    ["metrics with a hole", { metrics: new Array(1) }, "metrics[0] is undefined"],
    ["a pair of one", { validation: [X] }, "validation is an array of 1"],
  ] as const)("%s", (_, options, words) => {
    using net = create();
    const error = errorOf(() => net.fit(X, Y, wrong(options)));
    expect(error).toBeInstanceOf(OptionError);
    expect((error as Error).message).toContain(words);
  });

  it("validation data are named", () => {
    using net = create();
    const bad: readonly (readonly [MatrixLike, MatrixLike, string])[] = [
      [[[Number.NaN, 0]], [[0]], "validation[0][0][0] is NaN"],
      [[[0, 0]], [[2]], "validation[1][0][0] is 2"],
      [[[0, 0]], [[0], [1]], "validation[1] has 2 rows; validation[0] has 1"],
    ];
    for (const [x, y, words] of bad) {
      expect((errorOf(() => net.fit(X, Y, { epochs: 1, validation: [x, y] })) as Error).message).toContain(words);
    }
  });

  describe("out", () => {
    it("may be x itself", () => {
      using net = create({ layers: [{ units: 2 }] });
      for (const rows of [1, 4, 100]) {
        const data = Float32Array.from({ length: 2 * rows }, (_, n) => n / 7);
        const wanted = net.predict({ data: data.slice(), shape: [rows, 2] }).data;
        expect(net.predict({ data, shape: [rows, 2] }, data)).toBe(data);
        expect(data).toEqual(wanted);
        // one after the other in the same memory
        const both = new Float32Array(2 * rows + 2);
        const x = both.subarray(2);
        x.set(wanted);
        const further = net.predict({ data: x.slice(), shape: [rows, 2] }).data;
        expect(net.predict({ data: x, shape: [rows, 2] }, both.subarray(0, 2 * rows))).toEqual(further);
      }
    });

    it("that was detached, shrank, or is detached as x is read, is refused", () => {
      using net = create();
      const detached = new Float32Array(4);
      transfer(detached);
      const late = new Float32Array(4);
      const x = trapped(
        X.map((row) => [...row]),
        2,
        () => transfer(late),
      );
      for (const [given, out] of [
        [X, detached],
        [x, late],
      ] as const) {
        expect(errorOf(() => net.predict(given, out))).toMatchObject({
          code: "SHAPE",
          message: "out has 0 elements; 4 are expected",
        });
      }
    });

    it("its own methods and getters are not called", () => {
      using net = create();
      class Sly extends Float32Array {
        override set(): never {
          throw new Error("set ran");
        }
        override get length(): never {
          throw new Error("length ran");
        }
      }
      for (const rows of [1, 100]) {
        const x = { data: new Float32Array(2 * rows), shape: [rows, 2] };
        const out = new Sly(rows);
        net.predict(x, out);
        expect(out[rows - 1]).toBe(net.predict(x).data[rows - 1]);
      }
    });
  });

  it("every kind of typed array is a row, a matrix, and shared memory too", () => {
    using net = create();
    const wanted = net.predict([[1, 1]]);
    for (const Type of [
      Float32Array,
      Float64Array,
      Int8Array,
      Uint8Array,
      Uint8ClampedArray,
      Int16Array,
      Uint32Array,
    ]) {
      expect(net.predict([Type.of(1, 1)])).toEqual(wanted);
      expect([...net.predict({ data: Type.of(1, 1), shape: [1, 2] }).data]).toEqual(wanted[0]);
    }
    const shared = new Float32Array(new SharedArrayBuffer(8)).fill(1);
    const out = new Float32Array(new SharedArrayBuffer(4));
    expect([...net.predict({ data: shared, shape: [1, 2] }, out)]).toEqual(wanted[0]);
    expect(errorOf(() => net.predict(wrong([new BigInt64Array(2)])))).toBeInstanceOf(ShapeError);
  });
});
