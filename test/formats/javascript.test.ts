// Networks as JavaScript: the text of a function that has the bits of network.predict, wherever it runs.

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { Network } from "bitgrad";
import { DisposedError, OptionError } from "bitgrad/errors";
import { toJavaScript } from "bitgrad/formats";
import { getQuickJS } from "quickjs-emscripten";
import { afterAll, describe, expect, it } from "vitest";
import { skippedWithout } from "../needs.ts";
import { BROWSERS, visit } from "../support/browsers.ts";
import { find } from "../support/programs.ts";
import { ACTIVATIONS, type Case, casesOf } from "./standalone-networks.ts";

const cases = [...casesOf("f32"), ...casesOf("f64")];

/** A program that says of which cases the bits are not those that are wanted. */
function programOf(some: readonly Case[]): string {
  const wrong = some.map(({ network, name, x, a }, n) => {
    const list = (rows: number[][]) => `[${rows.map((row) => `[${row.map(literal)}]`)}]`;
    return `${toJavaScript(network, { name: `predict${n}`, format: "script" })}
      try { if (!same(predict${n}(${list(x)}), ${list(a)})) wrong.push(${JSON.stringify(name)}); }
      catch (error) { wrong.push(${JSON.stringify(name)} + ": " + error); }`;
  });
  return `var wrong = [], same = (a, b) => a.length === b.length
    && a.every((row, s) => row.length === b[s].length && row.every((value, j) => Object.is(value, b[s][j])));
    ${wrong.join("\n")}`;
}

const literal = (value: number) => (Object.is(value, -0) ? "-0" : String(value));

it("there are cases of every activation, and outputs that are not finite among them", () => {
  expect(ACTIVATIONS.length).toBe(17);
  expect(cases.length).toBe(4 * (ACTIVATIONS.length + 6));
  const all = cases.flatMap(({ a }) => a.flat());
  for (const value of [Number.NaN, Infinity, -0, 0]) expect(all.some((found) => Object.is(found, value))).toBe(true);
});

it.each(cases)("$name: the bits of predict in a context of node:vm", ({ network, x, a }) => {
  const context = createContext({}, { codeGeneration: { strings: false, wasm: false } });
  runInContext(toJavaScript(network, { format: "script" }), context);
  const found = runInContext("predict", context)(x);
  expect(Array.from(found, (row: number[]) => [...row])).toEqual(a);
});

it("the program that compares sees a bit that is wrong", () => {
  const [first] = cases;
  const a = first!.a.map((row) => [...row]);
  a[3]![1] = a[3]![1]! * (1 + 2 ** -23);
  const context = createContext({});
  runInContext(programOf([{ ...first!, a }, cases[1]!]), context);
  expect([...context.wrong]).toEqual([first!.name]);
});

it("QuickJS", async () => {
  const context = (await getQuickJS()).newContext();
  try {
    context.unwrapResult(context.evalCode(programOf(cases))).dispose();
    expect(context.unwrapResult(context.evalCode("wrong.join()")).consume(context.getString)).toBe("");
  } finally {
    context.dispose();
  }
});

it("a module in Node, for networks of WebAssembly and of the reference engine", async () => {
  for (const { network, x, a } of [cases[3]!, cases.at(-3)!]) {
    const source = toJavaScript(network, { name: "score" });
    const module = (await import(`data:text/javascript,${encodeURIComponent(source)}`)) as {
      score(x: number[][]): number[][];
    };
    expect(Object.keys(module)).toEqual(["score"]);
    expect(module.score(x)).toEqual(a);
    const other = Network.fromJSONSync(network.toJSON(), { engine: "reference" });
    expect(toJavaScript(other, { name: "score" })).toBe(source);
  }
});

const folder = mkdtempSync(join(tmpdir(), "bitgrad-javascript-"));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

describe.skipIf(await skippedWithout("chromium"))("Chromium", () => {
  it("on a page whose policy allows neither WebAssembly nor eval", async () => {
    const script = `${programOf(cases)}
      const refused = [];
      try { new Function("return 1"); } catch { refused.push("eval"); }
      try { new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])); } catch { refused.push("wasm"); }
      fetch("/found", { method: "POST", body: JSON.stringify({ refused, wrong }) });`;
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const found = new Promise((resolve) => {
      server.on("request", async (request, response) => {
        response.setHeader("content-security-policy", "default-src 'none'; script-src 'self'; connect-src 'self'");
        if (request.method === "POST") {
          resolve(JSON.parse(await text(request)));
          response.end();
        } else if (request.url === "/") {
          response.setHeader("content-type", "text/html").end('<!doctype html><script src="/predict.js"></script>');
        } else if (request.url === "/predict.js") {
          response.setHeader("content-type", "text/javascript").end(script);
        } else response.writeHead(404).end();
      });
    });
    try {
      const { command } = (await find(BROWSERS.chromium))!;
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const visited = visit(BROWSERS.chromium, command, { url, folder, found: () => found, limitMs: 100_000 });
      expect(await visited).toEqual({ refused: ["eval", "wasm"], wrong: [] });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

describe("what is refused", () => {
  const layers = [{ units: 2 }, { units: 1 }];
  const net = Network.createSync({ inputs: 2, layers });
  const predict: (...given: unknown[]) => unknown = runInContext(
    `${toJavaScript(net, { format: "script" })}; predict`,
    createContext({}),
  );

  it.each([
    [undefined, "x is no array"],
    ["ab", "x is no array"],
    [[1, 2], "x[0] has length undefined; 2 is expected"],
    [[[1, 2], [1]], "x[1] has length 1; 2 is expected"],
    [[null], "x[0] has length undefined; 2 is expected"],
    [[[1, Number.NaN]], "x[0][1] is NaN; a finite number is expected"],
    [[[-Infinity, 1]], "x[0][0] is -Infinity; a finite number is expected"],
    [[[1, 1e39]], "x[0][1] is 1e+39; a finite number is expected"],
    [[[1, "2"]], "x[0][1] is 2; a finite number is expected"],
    [[[1, null]], "x[0][1] is null; a finite number is expected"],
  ])("%j by the function", (x, message) => {
    expect(() => predict(x)).toThrow(message);
    expect(() => net.predict(x as number[][])).toThrow();
  });

  it("rows may be typed arrays, and have booleans, as predict takes them", () => {
    const x = [new Float32Array([0.5, -2]), [true, false], new Uint8Array([1, 2])];
    expect(Array.from(predict(x) as number[][], (row) => [...row])).toEqual(net.predict(x));
    expect(predict([])).toHaveLength(0);
  });

  it.each(["", "1a", "a-b", "a b", "a;alert(1)", "café", "class", "let", "await", "Math", "undefined", "a".repeat(65)])(
    "the name %j",
    (name) => expect(() => toJavaScript(net, { name })).toThrow(OptionError),
  );

  it("other names, options, and what is no network", () => {
    expect(() => toJavaScript(net, { name: 5 as unknown as string })).toThrow("name is 5; an identifier");
    expect(() => toJavaScript(net, { format: "esm" as "module" })).toThrow('format is "esm"; "module" or "script"');
    expect(() => toJavaScript(net, { nam: "a" } as object)).toThrow('did you mean "name"?');
    for (const other of [null, {}, [], "net", Network]) {
      expect(() => toJavaScript(other as Network)).toThrow(OptionError);
    }
    const gone = Network.createSync({ inputs: 2, layers });
    gone.dispose();
    expect(() => toJavaScript(gone)).toThrow(DisposedError);
  });

  it("every name that the function takes from its surroundings", () => {
    const found = new Set<string>();
    for (const { network } of cases) {
      const source = toJavaScript(network);
      const used = (name: string) => new RegExp(`(?<![.\\w])${name}[.(]|(?:new|instanceof) ${name}\\b`).test(source);
      for (const name of Object.getOwnPropertyNames(globalThis).filter(used)) {
        expect(() => toJavaScript(network, { name }), name).toThrow(OptionError);
        found.add(name);
      }
    }
    expect([...found]).toEqual(expect.arrayContaining(["Math", "Object", "DataView", "BigInt", "Float64Array"]));
    expect([...found]).not.toContain("WebAssembly");
  });
});

describe("what is written", () => {
  it("names that its functions have are allowed", () => {
    for (const name of ["forward", "round", "layers", "$", "_1"]) {
      const { network, x, a } = cases[0]!;
      const context = createContext({});
      runInContext(toJavaScript(network, { name, format: "script" }), context);
      expect(Array.from(context[name](x), (row: number[]) => [...row])).toEqual(a);
    }
  });

  it.each(cases.filter(({ name }) => !name.includes("extreme")))("$name: nothing that isn't used", ({ network }) => {
    const source = toJavaScript(network);
    const declared = [...source.matchAll(/^ {2}(?:function|var|const) (\w+)/gm)].map(([, name]) => name!);
    expect(declared.length).toBeGreaterThan(8);
    const unused = declared.filter((name) => source.match(new RegExp(`(?<![.\\w])${name}\\b`, "g"))!.length < 2);
    expect(unused).toEqual([]);
    expect(new Set(declared).size).toBe(declared.length);
  });

  it("is small: what the activations need, and the parameters", () => {
    const size = (activation: "relu" | "sigmoid" | "gelu", units: number) => {
      const net = Network.createSync({
        inputs: 10,
        layers: [
          { units, activation },
          { units: 1, activation: "linear" },
        ],
      });
      return gzipSync(toJavaScript(net)).length;
    };
    const relu = size("relu", 1);
    expect(relu).toBeLessThan(1400);
    expect(size("sigmoid", 1)).toBeLessThan(2400);
    expect(size("gelu", 1)).toBeLessThan(3000);
    const parameters = 12 * 1000 + 1 - 13;
    expect((size("relu", 1000) - relu) / parameters).toBeLessThan(4.3); // bytes of a number of 4 bytes
  });

  it("activations and dropout may be layers of their own", () => {
    const layers = [
      { type: "dropout", rate: 0.2 },
      { units: 4, activation: "linear" },
      { type: "activation", activation: "tanh" },
      { type: "dropout", rate: 0.5 },
      { units: 3 },
      { type: "activation", activation: "softmax" },
    ] as const;
    const net = Network.createSync({ inputs: 2, layers, loss: "categoricalCrossEntropy", seed: 7 });
    const context = createContext({});
    runInContext(toJavaScript(net, { format: "script" }), context);
    const x = [
      [1, -2],
      [0.3, 0.4],
    ];
    expect(Array.from(context.predict(x), (row: number[]) => [...row])).toEqual(net.predict(x));
  });

  it("is the same text every time, without a training's traces", () => {
    const { network } = cases[0]!;
    expect(toJavaScript(network)).toBe(toJavaScript(network));
    expect(toJavaScript(network)).toMatch(/^\/\/ A network 4 → 5 linear → 7 elu → 3 linear in f32, written by bitgrad/);
  });
});
