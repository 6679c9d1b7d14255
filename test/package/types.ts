// What TypeScript must say of the public API. Nothing here is run: `npm run lint` compiles it.

import {
  type CrossValidation,
  type Encoder,
  type Evaluation,
  type FitOptions,
  type History,
  type MetricName,
  measure,
  metric,
  Network,
  type NetworkOptions,
  Operations,
  type Schedule,
  type TypedMatrix,
} from "bitgrad";
import { Encoder as EncoderAlone } from "bitgrad/encoder";
import { MLPClassifier, MLPRegressor } from "bitgrad/estimators";
import type { Predictor } from "bitgrad/predict";
import { readTable } from "bitgrad/tables";
import { Network as ThreadsNetwork } from "bitgrad/threads";
import { Network as WorkerNetwork } from "bitgrad/worker";
import { expectTypeOf } from "vitest";

type Typed = TypedMatrix<Float32Array | Float64Array>;

export async function networks(net: Network): Promise<void> {
  // predict: rows give rows, a typed matrix gives one, `out` gives itself
  const shape = [1, 2]; // number[], without `as const`
  expectTypeOf(net.predict([[0, 1]])).toEqualTypeOf<number[][]>();
  expectTypeOf(net.predict([new Float32Array(2)])).toEqualTypeOf<number[][]>();
  expectTypeOf(net.predict({ data: new Uint8Array(2), shape })).toEqualTypeOf<Typed>();
  expectTypeOf(net.predict([[0, 1]], new Float64Array(1))).toExtend<Float64Array>();
  expectTypeOf<Parameters<Predictor["predict"]>>().toExtend<Parameters<Network["predict"]>>();
  // @ts-expect-error: strings are no numbers
  net.predict([["0", "1"]]);
  // @ts-expect-error: the outputs are floating-point numbers
  net.predict([[0, 1]], new Int32Array(1));

  // options: names are checked, and kept apart by `type`
  expectTypeOf(Network.create).parameter(0).toEqualTypeOf<NetworkOptions>();
  expectTypeOf(await Network.create({ inputs: 1, layers: [] })).toEqualTypeOf<Network>();
  Network.createSync({ inputs: 1, layers: [{ units: 1 }], loss: { type: "huber", delta: 2 }, optimizer: "adam" });
  // @ts-expect-error: a cross-entropy has no delta
  Network.createSync({ inputs: 1, layers: [], loss: { type: "binaryCrossEntropy", delta: 2 } });
  // @ts-expect-error: there is no such activation
  Network.createSync({ inputs: 1, layers: [{ units: 1, activation: "none" }] });
  // @ts-expect-error: there is no such option
  Network.createSync({ inputs: 1, layers: [], input: 1 });
  // @ts-expect-error: networks are made by their static functions
  new Network();
  const schedules: Schedule[] = [{ type: "step", every: 3 }, ({ epoch, rate }) => rate / (1 + epoch)];
  // @ts-expect-error: a cosine has a length
  schedules.push({ type: "cosine" });

  // history and metrics
  const history = net.fit([[0]], [[1]], { metrics: ["auc"], onEpoch: ({ metrics }) => metrics?.auc !== 1 });
  expectTypeOf(history).toEqualTypeOf<History>();
  expectTypeOf(history.loss).toEqualTypeOf<number[]>();
  expectTypeOf(history.validationLoss).toEqualTypeOf<number[] | undefined>();
  expectTypeOf(history.metrics?.auc).toEqualTypeOf<number[] | undefined>();
  expectTypeOf(history.stopped).toEqualTypeOf<"earlyStopping" | "timeLimit" | "listener" | undefined>();
  expectTypeOf(net.fitAsync([[0]], [[1]])).toEqualTypeOf<Promise<History>>();
  expectTypeOf(net.evaluate([[0]], [[1]])).toExtend<Evaluation>();
  expectTypeOf(net.evaluate([[0]], [[1]], { metrics: ["f1", "auc"] }).f1).toEqualTypeOf<number>();
  // @ts-expect-error: a metric that was not asked for
  net.evaluate([[0]], [[1]], { metrics: ["f1"] }).auc;
  // @ts-expect-error: fit can't wait for a signal
  const options: FitOptions = { signal: new AbortController().signal };
  expectTypeOf(measure(["mae"], [1], [1], 1)).toEqualTypeOf<Record<"mae", number>>();
  expectTypeOf(metric).parameter(0).toEqualTypeOf<MetricName>();
  expectTypeOf<"accuracy" | "f1" | "auc" | "r2">().toExtend<MetricName>();
  const weighted = { type: "f1", average: "weighted", name: "weightedF1" } as const;
  const found = net.evaluate([[0]], [[1]], { metrics: ["f1", weighted, { type: "auc", class: 0 }] });
  expectTypeOf(found.weightedF1).toEqualTypeOf<number>();
  expectTypeOf(found.auc).toEqualTypeOf<number>();
  // @ts-expect-error: it was not asked for
  found.accuracy;
  expectTypeOf(net.fit([[0]], [[1]], { metrics: [weighted] }).metrics?.weightedF1).toEqualTypeOf<
    number[] | undefined
  >();

  // what one entry makes, another takes; a class of one's own makes its own
  const other: Network = await ThreadsNetwork.load((await WorkerNetwork.create({ inputs: 1, layers: [] })).save());
  const encoder: Encoder = EncoderAlone.learn([["a"]], "oneHot");
  class Own extends Network {
    readonly mine = true;
  }
  expectTypeOf(Own.fromJSONSync(other.toJSON())).toEqualTypeOf<Own>();
  expectTypeOf(encoder.encode([["a"]])).toExtend<TypedMatrix<Float64Array>>();
  const operations = Operations.createSync();
  expectTypeOf(operations.sigmoid(new Float32Array(1))).toExtend<Float32Array>();
  // @ts-expect-error: one type of numbers in a call
  operations.sigmoid<Float32Array>(new Float64Array(1));
  expectTypeOf(options).toExtend<object>();
}

export async function estimators(file: Uint8Array): Promise<void> {
  // what was loaded has the labels that the variable has, or the call
  const one: MLPClassifier<"flat" | "house"> = await MLPClassifier.load(file);
  const both: MLPClassifier<[kind: string, garden: boolean]> = await MLPClassifier.load(file);
  const numbers: MLPRegressor<number[]> = await MLPRegressor.load(file);
  expectTypeOf(one.predict([[1]])).toEqualTypeOf<("flat" | "house")[]>();
  expectTypeOf((await MLPClassifier.load<string>(file)).predict([[1]])).toEqualTypeOf<string[]>();
  expectTypeOf((await MLPClassifier.load(file)).predict([[1]])).toEqualTypeOf<(string | number | boolean)[]>();
  expectTypeOf((await MLPRegressor.load(file)).predict([[1]])).toEqualTypeOf<number[]>();
  expectTypeOf(numbers.predict([[1]])).toEqualTypeOf<number[][]>();
  class Own extends MLPClassifier<boolean> {
    readonly mine = true;
  }
  expectTypeOf(await Own.load(file)).toEqualTypeOf<Own>();
  class Service {
    model: MLPClassifier<string> | undefined;
    regressor = new MLPRegressor<[rain: number, wind: number]>();
    async open(): Promise<void> {
      this.model = await MLPClassifier.load(file);
      this.regressor = await MLPRegressor.load(file);
    }
  }
  await new Service().open();

  // of several targets, classes are a list for each
  expectTypeOf(one.classes).toEqualTypeOf<readonly ("flat" | "house")[]>();
  expectTypeOf(both.classes).toEqualTypeOf<readonly [kind: readonly string[], garden: readonly boolean[]]>();
  expectTypeOf(both.predict([[1]])).toEqualTypeOf<[kind: string, garden: boolean][]>();
  expectTypeOf(new MLPClassifier().classes).toEqualTypeOf<readonly (string | number | boolean)[]>();
}

export async function texts(): Promise<void> {
  // @ts-expect-error: the name of a file is no table
  await new MLPClassifier().fit("iris.csv", "species");
  // @ts-expect-error: nor is it one for an encoder
  EncoderAlone.learn("iris.csv");
  await new MLPClassifier().fit([[1], [2]], ["a", "b"]);
}

export async function crossValidation(options: NetworkOptions): Promise<void> {
  const x = [[0], [1]];
  const mse = { type: "mse", name: "error" } as const;
  const { mean, folds } = await Network.crossValidate(options, x, x, { metrics: ["mae", mse] });
  expectTypeOf(mean.mae).toEqualTypeOf<number>();
  expectTypeOf(folds[0]?.error).toEqualTypeOf<number | undefined>();
  expectTypeOf(mean.r2).toEqualTypeOf<number | undefined>();
  const any: CrossValidation = await Network.crossValidate(options, x, x, { metrics: ["mae"] });
  expectTypeOf(any.mean.mae).toEqualTypeOf<number | undefined>();
  expectTypeOf((await Network.crossValidate(options, x, x)).mean.loss).toEqualTypeOf<number>();
}

interface Flat {
  readonly sqm: number;
  readonly city: string;
}

interface Flats {
  readonly sqm: number[];
  readonly city: readonly string[];
}

class Home {
  readonly sqm = 80;
  readonly city = "Bonn";
}

/** Tables of interfaces and classes, which have no index signature. */
export async function tables(flats: readonly Flat[], columns: Flats): Promise<void> {
  const classifier = await new MLPClassifier<string>().fit(flats, "city");
  expectTypeOf(classifier.predict([new Home()])).toEqualTypeOf<string[]>();
  expectTypeOf(classifier.predict(columns)).toEqualTypeOf<string[]>();
  expectTypeOf(classifier.score(columns, "city")).toEqualTypeOf<number>();
  const regressor = await new MLPRegressor().fit(columns, "sqm");
  expectTypeOf(regressor.predict(flats)).toEqualTypeOf<number[]>();
  expectTypeOf(EncoderAlone.learn(flats).encode(columns)).toExtend<TypedMatrix<Float64Array>>();
  expectTypeOf(EncoderAlone.learn(columns).encode(flats, { sparse: true }).indices).toEqualTypeOf<Uint32Array>();
  expectTypeOf(readTable(columns)).toEqualTypeOf(readTable(flats));
  expectTypeOf(readTable([[1, "a"]])).toEqualTypeOf(readTable({ sqm: Float64Array.of(1), city: ["a"] }));
  // @ts-expect-error: a column is a list of cells
  readTable({ sqm: 5 });
  // @ts-expect-error: a number is no table
  readTable(5);
  // @ts-expect-error: cells are no objects
  readTable({ sqm: [{}] });
}
