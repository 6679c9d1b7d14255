// The built entries where a platform has not what browsers and Node have: in a context of node:vm with ECMAScript
// alone, and with one global after the other taken away. Everything works, with the same bits.

import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const dist = (file: string) => fileURLToPath(new URL(`../../dist/${file}`, import.meta.url));

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [dist(`${entry}.js`)],
    bundle: true,
    format: "iife",
    globalName: "bitgrad",
    write: false,
  });
  return outputFiles[0]!.text;
}

const bundles = {
  index: await bundled("index"),
  reference: await bundled("reference"),
  threads: await bundled("threads"),
  worker: await bundled("worker"),
};

// an AbortSignal as React Native's polyfill has it: of its newer members, none
const PROGRAM = `(async () => {
  const { Network, Encoder, Operations, metric } = bitgrad;
  const signal = { aborted: false, listeners: new Set(),
    addEventListener(_, listener) { this.listeners.add(listener); },
    removeEventListener(_, listener) { this.listeners.delete(listener); } };
  const encoder = Encoder.learn([["é"], ["€"], ["𝄞"]], "oneHot");
  const options = { inputs: 2, layers: [{ units: 3, dropout: 0.2 }, { units: 3 }], optimizer: "adam", seed: 3, warn: false,
    encoders: { y: encoder } };
  const x = [[0, 1], [1, 0], [1, 1]], y = encoder.encode([["é"], ["€"], ["𝄞"]]);
  const net = await Network.create(options);
  const history = [net.fit(x, y, { epochs: 3, metrics: ["accuracy"], validation: [x, y], earlyStopping: {} }),
    await net.fitAsync(x, y, { epochs: 3, signal, checkpoint: { everyEpochs: 2, save() {} }, timeLimit: 3600 })];
  const file = net.save();
  const found = [net.digest(), JSON.stringify(history), [...file].join(), JSON.stringify(net),
    (await Network.load(file)).digest(), (await Network.fromJSON(JSON.stringify(net))).digest(),
    Encoder.fromJSON(net.encoders.y).decode(net.predict(x)).join(), metric("mae", [1, 2], [2, 2], 1), String(net),
    Operations.createSync({ warn: false }).exp(Float64Array.of(1))[0]];
  let damaged;
  try { await Network.load(file.slice(0, 100)); } catch (error) { damaged = error.name; }
  let json;
  try { await Network.fromJSON(JSON.stringify(net).replace('"seed":3', '"seed":4')); } catch (error) { json = error.name; }
  const stop = { ...signal, addEventListener: (_, listener) => { stop.aborted = true; Promise.resolve().then(listener); } };
  let aborted = "not";
  try { await net.fitAsync(x, y, { epochs: 1e6, signal: stop }); } catch (error) { aborted = error.name; }
  net.dispose();
  return JSON.stringify({ engine: net.engine, found, damaged, json, aborted });
})()`;

/** What the platform has besides ECMAScript that the library may use. */
const GLOBALS = [
  ...["performance", "btoa", "atob", "TextEncoder", "TextDecoder", "AbortController", "AbortSignal", "DOMException"],
  ...["queueMicrotask", "setTimeout", "clearTimeout", "setImmediate", "MessageChannel", "URL", "Blob", "crypto"],
  ...["console", "process", "navigator", "structuredClone", "scheduler", "Event", "EventTarget"],
] as const;
/** What it may use of newer ECMAScript, or of WebAssembly. */
const BUILT_INS = [
  "FinalizationRegistry",
  "WeakRef",
  "SharedArrayBuffer",
  "Atomics",
  "WebAssembly",
  "Intl",
  "Iterator",
];

function contextWith(names: readonly string[], without: readonly string[] = []): object {
  const platform = globalThis as unknown as Record<string, unknown>;
  const context = createContext(
    Object.fromEntries(names.filter((name) => name in platform).map((name) => [name, platform[name]])),
  );
  for (const name of without) runInContext(`delete globalThis.${name}`, context);
  return context;
}

async function run(entry: keyof typeof bundles, context: object): Promise<Record<string, unknown>> {
  runInContext(bundles[entry], context);
  return JSON.parse(await runInContext(PROGRAM, context));
}

describe.each(["index", "reference", "threads"] as const)("%s", async (entry) => {
  const wanted = await run(entry, contextWith(GLOBALS));

  it("has everything where the platform has", () => {
    const engine = entry === "reference" ? "reference" : "wasm";
    expect(wanted).toMatchObject({ engine, damaged: "FormatError", json: "FormatError", aborted: "AbortError" });
  });

  it("with ECMAScript alone", async () => {
    expect(await run(entry, contextWith([]))).toEqual(wanted);
  });

  it("with ECMAScript of 2020 alone, without WebAssembly", async () => {
    const { engine, found, ...others } = await run(entry, contextWith([], BUILT_INS));
    expect(engine).toBe("reference");
    const unlike = ({ found }: { found?: unknown }) =>
      (found as unknown[]).map((value) => String(value).replace("wasm", "reference"));
    expect({ found: unlike({ found }), ...others }).toEqual({
      found: unlike(wanted),
      damaged: wanted.damaged,
      json: wanted.json,
      aborted: wanted.aborted,
    });
  });

  it.each([...GLOBALS, ...BUILT_INS.filter((name) => name !== "WebAssembly")])("without %s", async (name) => {
    const context = contextWith(
      GLOBALS.filter((other) => other !== name),
      BUILT_INS.filter((other) => other === name),
    );
    expect(await run(entry, context)).toEqual(wanted);
  });
});

describe("worker: true", () => {
  const training = `(async () => {
    const net = await bitgrad.Network.create({ inputs: 2, layers: [{ units: 3 }, { units: 1 }], seed: 3 });
    const fit = { epochs: 3, worker: true };
    const { warnings } = await net.fitAsync([[0, 1], [1, 0]], [[1], [0]], fit);
    await net.fitAsync([[0, 1], [1, 0]], [[1], [0]], fit);
    return JSON.stringify({ digest: net.digest(), warnings });
  })()`;
  const trained = async (context: object) => {
    runInContext(bundles.worker, context);
    return JSON.parse(await runInContext(training, context));
  };

  it.each(["nothing", ...GLOBALS.filter((name) => name !== "process")])("without %s", async (name) => {
    const found = await trained(contextWith(GLOBALS.filter((other) => other !== name)));
    expect(found).toEqual({ digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it("with ECMAScript alone, this thread trains, and says why", async () => {
    const { digest } = await trained(contextWith(GLOBALS));
    const warnings = [expect.stringContaining("this runtime has no workers")];
    expect(await trained(contextWith([]))).toEqual({ digest, warnings });
  });
});
