// The report: what it says of a sound library, and of one with a wrong bit.

import { readFileSync } from "node:fs";
import * as bitgrad from "bitgrad";
import { beforeAll, describe, expect, it } from "vitest";
import { fingerprint, type Library } from "../../bindings/verify/cases.ts";
import golden from "../../bindings/verify/golden.json" with { type: "json" };
import { type Report, runVerification } from "../../bindings/verify/report.ts";
import { SLOW, someOf } from "../support/slow.ts";

// the reference engine takes most of the time, and the command in a block of the documents shows that it is sound
const ENGINES = someOf<bitgrad.EngineName>(["wasm", "reference"], (engine) => engine === "wasm");
const CASES = Object.keys(golden).length;
const wasm = readFileSync(new URL("../../dist/bitgrad.wasm", import.meta.url));

/** The library on a module of one's own, where it is WebAssembly that is asked for. */
function libraryOn(module: WebAssembly.Module): Library {
  const on = <T extends bitgrad.EngineOptions>(options: T) =>
    options.engine === "wasm" ? { ...options, module } : options;
  return {
    Network: {
      create: (options) => bitgrad.Network.create(on(options)),
      fromJSON: (saved, options) => bitgrad.Network.fromJSON(saved, on(options)),
      load: (file, options) => bitgrad.Network.load(file, on(options)),
    },
    Operations: { create: (options) => bitgrad.Operations.create(on(options)) },
    Optimizer: {
      create: (options) => bitgrad.Optimizer.create(on(options)),
      fromJSON: (saved, options) => bitgrad.Optimizer.fromJSON(saved, on(options)),
    },
  };
}

/** The module with one number of its data changed in the last bit. */
function withWrongBit(value: number): WebAssembly.Module {
  const bytes = Uint8Array.from(wasm);
  const pattern = new Uint8Array(Float64Array.of(value).buffer);
  const at = bytes.findIndex((_, i) => pattern.every((byte, n) => bytes[i + n] === byte));
  expect(at).toBeGreaterThan(0);
  bytes[at]! ^= 1;
  return new WebAssembly.Module(bytes);
}

describe("a sound library", () => {
  const seen: number[] = [];
  let report: Report;
  beforeAll(async () => {
    report = await runVerification("1.2.3", bitgrad, {
      contrast: false,
      engines: ENGINES,
      onProgress: (done) => seen.push(done),
    });
  });

  it("passes with the golden fingerprint", () => {
    expect(report).toMatchObject({ passed: true, version: "1.2.3", goldenFingerprint: fingerprint(golden) });
    expect(report.engines.map(({ engine, cases, failures }) => [engine, cases, failures])).toEqual(
      ENGINES.map((engine) => [engine, CASES, []]),
    );
    for (const engine of report.engines) expect(engine.fingerprint).toBe(report.goldenFingerprint);
  });

  it("says what it ran on", () => {
    expect(report.platform.runtime).toBe(`Node ${process.versions.node}`);
    expect(report.platform.engine).toBe(`V8 ${process.versions.v8}`);
    expect(report.platform.wasmFeatures).toContain("simd");
  });

  it("reports progress from 0 to 1", () => {
    expect(seen.length).toBeGreaterThan(CASES);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(1);
  });
});

describe("a module with one wrong bit", () => {
  let report: Report;
  beforeAll(async () => {
    const module = withWrongBit(1.0905077326652577); // 2^(4/32), of which e^z is made
    report = await runVerification("1.2.3", libraryOn(module), { contrast: false, engines: ENGINES });
  });

  it("fails on WebAssembly alone", () => {
    expect(report.passed).toBe(false);
    const [broken, sound] = report.engines;
    expect(broken!.fingerprint).not.toBe(report.goldenFingerprint);
    if (SLOW) expect(sound).toMatchObject({ failures: [], fingerprint: report.goldenFingerprint });
  });

  it("names the cases that e^z is in, and no others", () => {
    const failing = report.engines[0]!.failures.map((failure) => failure.case);
    expect(failing).toContain("exp f64, ordinary values");
    expect(failing).toContain("training f64 XOR 2-3-1, fit");
    expect(failing.filter((name) => /^(log|forward|update|threefry|shuffle|initial)/.test(name))).toEqual([]);
  });

  it("shows the first element that differs, in hexadecimal", () => {
    const { message } = report.engines[0]!.failures.find(({ case: name }) => name === "exp f64, ordinary values")!;
    const found = /^element (\d+) of (\d+) elements is 0x([0-9a-f]{16}); 0x([0-9a-f]{16}) is right$/.exec(message);
    expect(found, message).not.toBeNull();
    expect(Number(found![1])).toBeLessThan(Number(found![2]));
    const apart = BigInt(`0x${found![3]}`) - BigInt(`0x${found![4]}`);
    expect([-2n, -1n, 1n, 2n]).toContain(apart);
  });
});

it("an engine that can't run is no failure, but none at all is", async () => {
  const unavailable: Library = {
    ...libraryOn(new WebAssembly.Module(wasm)),
    Operations: { create: () => Promise.reject(new Error("no WebAssembly here")) },
  };
  const report = await runVerification("1.2.3", unavailable, { contrast: false });
  expect(report.passed).toBe(false);
  expect(report.engines.map(({ engine }) => engine)).toEqual(["wasm", "reference"]);
  expect(report.engines[0]).toMatchObject({ cases: 0, unavailable: "Error: no WebAssembly here" });
});
