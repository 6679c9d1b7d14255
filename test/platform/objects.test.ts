// Networks, encoders and operations as objects: cloned, compared, printed, made with `new`, and behind proxies.

import { deepStrictEqual, notDeepStrictEqual } from "node:assert";
import { inspect } from "node:util";
import { isProxy, reactive, ref, shallowRef } from "@vue/reactivity";
import { Encoder, Network, type NetworkOptions, Operations, OptionError } from "bitgrad";
import { Network as Reference } from "bitgrad/reference";
import { describe, expect, it } from "vitest";
import { TEXTBOOK } from "../support/textbook.ts";

const options: NetworkOptions = { ...TEXTBOOK, inputs: 2, layers: [{ units: 3, activation: "tanh" }, { units: 1 }] };
const x = [
  [0, 1],
  [1, 0],
];
const y = [[1], [0]];
const table = [
  [20, "red"],
  [40, "blue"],
];

const create = (seed: number) => Network.createSync({ ...options, seed });
const learn = () => Encoder.learn(table, ["minMax", "oneHot"]);
const OBJECTS: readonly (readonly [string, () => object])[] = [
  ["Network", () => create(1)],
  ["Network of bitgrad/reference", () => Reference.createSync(options)],
  ["Encoder", learn],
  ["Operations", () => Operations.createSync()],
];

describe.each(OBJECTS)("%s", (name, make) => {
  it("can't be cloned, alone or within something else", () => {
    const object = make();
    const { port1, port2 } = new MessageChannel();
    for (const value of [object, [object], { object }, new Map([[1, object]])]) {
      expect(() => structuredClone(value)).toThrow(expect.objectContaining({ name: "DataCloneError" }));
      expect(() => port1.postMessage(value)).toThrow(expect.objectContaining({ name: "DataCloneError" }));
    }
    port1.close();
    port2.close();
  });

  it("shows nothing that can be assigned", () => {
    const object = make() as Record<string, unknown>;
    const names = new Set(Object.keys(object));
    for (let type = Object.getPrototypeOf(object); type !== Object.prototype; type = Object.getPrototypeOf(type)) {
      for (const [key, { get }] of Object.entries(Object.getOwnPropertyDescriptors(type))) if (get) names.add(key);
    }
    names.delete("learningRate"); // of a network: it may be set
    expect(names.size).toBeGreaterThan(1);
    for (const key of names) {
      const before = object[key];
      expect(() => Object.assign(object, { [key]: "other" }), key).toThrow(TypeError);
      expect(object[key], key).toEqual(before);
    }
  });

  it("has a name of its own", () => {
    expect(Object.prototype.toString.call(make())).toBe(`[object ${name.split(" ")[0]}]`);
  });

  it("is itself, behind Vue", () => {
    const object = make();
    expect(ref(object).value).toBe(object);
    expect(reactive({ object }).object).toBe(object);
    expect(shallowRef(object).value).toBe(object);
    expect(isProxy(reactive(object))).toBe(false);
  });
});

it("an error of structuredClone says what to do", () => {
  expect(() => structuredClone(create(1))).toThrow("save() and load()");
  expect(() => structuredClone(learn())).toThrow("toJSON() and fromJSON()");
});

describe("comparisons of all properties", () => {
  it("two networks differ, a network is equal to itself", () => {
    const [a, b] = [create(1), create(2)];
    notDeepStrictEqual(a, b);
    expect(a).not.toEqual(b);
    expect(a).not.toStrictEqual(b);
    expect([a]).toEqual([a]);
    deepStrictEqual({ a }, { a });
  });

  it("encoders differ where what they learned differs", () => {
    deepStrictEqual(Encoder.fromJSON(learn().toJSON()), learn());
    expect(Encoder.fromJSON(learn().toJSON())).toEqual(learn());
    const [one, two] = [2, 3].map((value) => Encoder.learn([[1], [value]], "standard"));
    expect(one!.width).toBe(two!.width);
    notDeepStrictEqual(one, two);
    expect(one).not.toEqual(two);
  });
});

describe("printed", () => {
  it("a network tells its layers, parameters, dtype and epochs", () => {
    const net = create(1);
    net.fit(x, y, { epochs: 3 });
    // 2·3 + 3 + 3·1 + 1 = 13
    const line = "Network { layers: 2 → 3 tanh → 1 sigmoid, parameters: 13, dtype: f32, epochs: 3, engine: wasm }";
    expect(inspect(net)).toBe(line);
    expect(inspect({ net })).toContain(line);
    expect(inspect(new Proxy(net, {}))).toBe(line);
    expect(`${net}`).toBe(line);
    net.dispose();
    expect(inspect(net)).toBe(line.replace("wasm", "wasm, disposed"));
  });

  it("one in training says so", async () => {
    const net = create(1);
    const lines: string[] = [];
    net.fit(x, y, { epochs: 1, onEpoch: () => lines.push(String(net)) });
    expect(lines).toEqual([expect.stringContaining("epochs: 1, engine: wasm, in training")]);
  });

  it("of many layers, some are shown", () => {
    const net = Network.createSync({ ...TEXTBOOK, inputs: 1, layers: Array(1000).fill({ units: 1 }) });
    expect(inspect(net).length).toBeLessThan(300);
    expect(inspect(net)).toContain("→ … → 1 sigmoid, parameters: 2000");
  });

  it("encoders and operations", () => {
    expect(inspect(learn())).toBe("Encoder { columns: minMax, oneHot of 2; width: 3 }");
    expect(inspect(Operations.createSync())).toBe("Operations { engine: wasm }");
  });

  it("Deno prints the same", () => {
    const net = create(1) as unknown as Record<symbol, () => string>;
    expect(net[Symbol.for("Deno.customInspect")]!()).toBe(String(net));
  });

  it("a browser shows what can be enumerated: no functions, nothing private", () => {
    expect(Object.keys(create(1))).toEqual(["engine", "identity"]);
    expect(Object.keys(learn())).toEqual(["width", "learned", "identity"]);
  });
});

describe("new", () => {
  it.each([
    // @ts-expect-error: a network is made by create
    ["await Network.create(…)", () => new Network(options)],
    // @ts-expect-error
    ["await Network.create(…)", () => new Network()],
    // @ts-expect-error
    ["await Network.create(…)", () => new Reference(options)],
    // @ts-expect-error
    ["await Operations.create()", () => new Operations()],
    // @ts-expect-error
    ["Encoder.learn(table, kinds)", () => new Encoder([{ kind: "number" }])],
  ])("says: use %s", (instead, make) => {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(`use ${instead}`);
  });

  it("subclasses are made as their class is", async () => {
    class Mine extends Network {
      doubled() {
        return 2 * this.inputs;
      }

      override predict(...values: never[]): never {
        return (super.predict as (...values: never[]) => unknown)(...values) as never;
      }
    }
    const net: Mine = await Mine.create(options);
    expect(net.doubled()).toBe(4);
    expect(net.predict(x as never)).toEqual(create(0).predict(x));
    expect(Mine.loadSync(net.save())).toBeInstanceOf(Mine);
  });
});

/** Objects come out as proxies, too, as from MobX. */
function deep<T extends object>(target: T): T {
  return new Proxy(target, {
    get(object, key, receiver) {
      const value = Reflect.get(object, key, receiver);
      return typeof value === "object" && value !== null ? deep(value) : value;
    },
  });
}

describe.each([
  ["a bare proxy", <T extends object>(target: T) => new Proxy(target, {})],
  ["a proxy of a proxy", <T extends object>(target: T) => new Proxy(new Proxy(target, {}), {})],
  ["a proxy that hands on the receiver", <T extends object>(target: T) => new Proxy(target, { get: Reflect.get })],
  ["a deep proxy", deep],
])("%s", (_, wrap) => {
  it("of a network works as the network", async () => {
    const [net, wanted] = [create(1), create(1)];
    const proxy = wrap(net);
    for (const each of [proxy, wanted]) {
      each.learningRate = 0.5;
      each.fit(x, y, { epochs: 2 });
      await each.fitAsync(x, y, { epochs: 1 });
      each.setTrainable(0, false);
      each.partialFit(x, y);
    }
    expect(proxy.digest()).toBe(wanted.digest());
    expect(proxy.predict(x)).toEqual(wanted.predict(x));
    expect(proxy.evaluate(x, y)).toEqual(wanted.evaluate(x, y));
    expect(JSON.stringify(proxy)).toBe(JSON.stringify(wanted));
    expect(proxy.save()).toEqual(wanted.save());
    expect([proxy.inputs, proxy.outputs, proxy.epochs, proxy.parameterCount]).toEqual([2, 1, 4, 13]);
    proxy[Symbol.dispose]();
    expect(() => net.digest()).toThrow("disposed");
  });

  it("of an encoder and of operations, too", () => {
    const encoder = wrap(learn());
    expect(encoder.encode([[30, "red"]]).data).toEqual(Float64Array.of(0.5, 0, 1));
    expect(encoder.columns).toBe(2);
    const net = Network.createSync({ ...TEXTBOOK, inputs: 3, layers: [{ units: 1 }], encoders: { x: encoder } });
    expect(net.encoders.x).toEqual(learn().toJSON());
    expect(wrap(Operations.createSync()).sigmoid(Float32Array.of(0))).toEqual(Float32Array.of(0.5));
  });
});

describe("what is no network says what to do", () => {
  const net = create(1);
  const { predict } = net;
  it.each([
    ["a copy of its properties", () => ({ ...net, predict }).predict(x)],
    ["an object of its prototype", () => Object.create(Network.prototype).predict(x)],
    ["its prototype", () => Network.prototype.inputs],
    ["nothing", () => predict(x)],
  ])("%s", (_, run) => {
    expect(run).toThrow(OptionError);
    expect(run).toThrow(/this is no Network.*markRaw|called without the Network/);
  });
});
