// Arrays that only a proxy or a hole can make: lengths that are none, lists without elements, proxies that were
// revoked.

import { Encoder, measure, metric, Network, Operations, OptionError, OutOfMemoryError, ShapeError } from "bitgrad";
import { describe, expect, it } from "vitest";
import { ENGINES } from "../fixtures/bits.ts";
import { errorOf, revoked, wrong } from "./expect-error.ts";

const f32 = (...values: number[]) => Float32Array.from(values);
const LAYER = { weights: f32(1, 2), biases: f32(1) };
const LENGTHS = [Number.POSITIVE_INFINITY, Number.NaN, -1, 1.5, "2", 2n, 2 ** 32, Symbol("s"), {}, null, undefined];

/** An array whose length is what is said, with this element at every place. */
function withLength(length: unknown, element: unknown): never {
  const get = (target: unknown[], key: string | symbol) => {
    if (key === "length") return length;
    return typeof key === "string" && /^\d+$/.test(key) ? element : Reflect.get(target, key);
  };
  return wrong(new Proxy([], { get }));
}

describe.each(ENGINES)("%s", (engine) => {
  const op = Operations.createSync({ engine });
  const create = () => Network.createSync({ engine, inputs: 2, layers: [{ units: 1 }] });
  const rates = (losses: never) =>
    op.learningRates({ type: "plateau" }, { rate: 1, epoch: 0, stepsPerEpoch: 1, losses });
  const step = (options: object) => op.optimizerStep([LAYER], [LAYER], options);
  const loss = (options: object) => op.loss(f32(1, 2), f32(1, 2), { rows: 2, units: 1 }, options);
  const train = (options: object) => create().fit([[1, 2]], [[1]], options);
  const state = (slots: unknown) => ({ state: { slots, steps: 0, momentumProduct: 1 } });

  /** Everything that takes a list, by what its elements are. */
  const LISTS: [string, unknown, (list: never) => unknown][] = [
    ["threefry", 1, (list) => op.threefry(list, [0, 0])],
    ["losses", 1, rates],
    ["sampleWeights of loss", 1, (list) => loss({ sampleWeights: list })],
    ["classWeights of loss", 1, (list) => loss({ classWeights: list })],
    ["parameters of a step", LAYER, (list) => op.optimizerStep(list, [LAYER])],
    ["gradients of a step", LAYER, (list) => op.optimizerStep([LAYER], list)],
    ["layers of a step", {}, (list) => step({ layers: list })],
    ["slots of a step", [LAYER], (list) => step(state(list))],
    ["outputs", 1, (list) => metric("mae", list, [1, 2], 1)],
    ["rows of outputs", [1], (list) => metric("mae", list, [1, 2])],
    ["a row of outputs", 1, (list) => metric("mae", [list], [1, 2])],
    ["names", "mae", (list) => measure(list, [1], [1], 1)],
    ["x", [1, 2], (list) => create().predict(list)],
    ["a row of x", 1, (list) => create().predict([list])],
    ["y", [1], (list) => create().fit([[1, 2]], list)],
    ["shape", 1, (list) => create().predict({ data: f32(1, 2), shape: list })],
    ["metrics", "mae", (list) => train({ metrics: list })],
    ["validation", [[1, 2]], (list) => train({ validation: list })],
    ["sampleWeights", 1, (list) => train({ sampleWeights: list })],
    ["parameters", LAYER, (list) => create().setParameters(list)],
    ["weights", 1, (list) => create().setParameters([{ weights: list, biases: [1] }])],
    ["layers", { units: 1 }, (list) => Network.createSync({ engine, inputs: 2, layers: list })],
    ["table", [1], (list) => Encoder.learn(list, "standard")],
  ];

  it.each(LISTS)("%s: a length that is none", (_, element, call) => {
    for (const length of LENGTHS) {
      const error = errorOf(() => call(withLength(length, element)));
      expect(
        [ShapeError, OptionError].some((type) => error instanceof type),
        `${String(length)}: ${error}`,
      ).toBe(true);
    }
  });

  it.each(LISTS)("%s: a proxy that was revoked", (_name, _element, call) => {
    const error = errorOf(() => call(revoked([])));
    expect(
      [ShapeError, OptionError].some((type) => error instanceof type),
      String(error),
    ).toBe(true);
  });

  it("options that are a revoked proxy", () => {
    expect(() => train(revoked({}))).toThrow(OptionError);
    expect(() => train({ schedule: revoked({}) })).toThrow(OptionError);
    expect(() => train({ earlyStopping: revoked({}) })).toThrow(OptionError);
    expect(() => Network.createSync(revoked({}))).toThrow(OptionError);
    expect(() => op.forward(f32(1), f32(1), f32(1), revoked({}))).toThrow(OptionError);
    const net = create();
    const before = net.digest();
    const schedule = ({ epoch }: { epoch: number }) => (epoch === 0 ? 0.1 : revoked({}));
    expect(() => net.fit([[1, 2]], [[1]], { epochs: 2, schedule })).toThrow("gives an object in epoch 1, step 0");
    expect([net.digest(), net.epochs]).toEqual([before, 0]);
  });

  it("lists of 2^32 − 1 holes are refused before they are copied", () => {
    const holes: never = wrong(new Array(2 ** 32 - 1));
    expect(() => op.optimizerStep(holes, [LAYER])).toThrow(ShapeError);
    expect(() => op.optimizerStep([LAYER], holes)).toThrow(ShapeError);
    expect(() => step({ layers: holes })).toThrow(ShapeError);
    expect(() => step(state(holes))).toThrow("state.slots has 4294967295 elements; no optimizer has over 2");
    expect(() => rates(holes)).toThrow("losses[0] is undefined");
    const weighted = { sampleWeights: holes };
    expect(() => op.loss(f32(), f32(), { rows: 2 ** 32 - 1, units: 0 }, weighted)).toThrow(OutOfMemoryError);
  });

  it("rows without units have no error each, at no cost", () => {
    const none = (rows: number) => op.rowErrors(f32(), f32(), { rows, units: 0 });
    expect(none(3)).toEqual(new Float64Array(3));
    expect(none(2 ** 22)).toHaveLength(2 ** 22);
    expect(() => none(2 ** 40)).toThrow(OutOfMemoryError);
    expect(() => none(2 ** 53 - 1)).toThrow(OutOfMemoryError);
    expect(op.loss(f32(), f32(), { rows: 2 ** 53 - 1, units: 0 }, { loss: "sse" })).toBe(0);
    expect(op.loss(f32(), f32(), { rows: 3, units: 0 })).toBeNaN(); // the mean of no numbers
  });

  it("methods and static functions without what they are of", () => {
    const net = create();
    for (const that of [null, undefined, 5, {}, revoked(net)]) {
      expect(() => (net.digest as () => string).call(that as never)).toThrow(OptionError);
    }
    const { createSync, loadSync } = Network;
    const options = { engine, inputs: 2, layers: [{ units: 1 }] } as const;
    expect(() => createSync.call(undefined as never, options)).toThrow("called without its class");
    expect(() => loadSync.call(undefined as never, net.save(), { engine })).toThrow("called without its class");
    expect(() => Operations.createSync.call(undefined as never, {})).toThrow("called without its class");
  });

  it("partialFit takes what fit takes: options of a class, too", () => {
    class Options {
      get sampleWeights() {
        return [0];
      }
    }
    const net = create();
    const before = net.digest();
    expect(net.partialFit([[1, 2]], [[1]], new Options())).toBe(0);
    expect(net.digest()).toBe(before);
  });
});
