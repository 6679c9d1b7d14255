// Where WebAssembly can't run: it is tried once, remembered, and told: `engineReason`, and a line on the console.

import { afterEach, describe, expect, it, vi } from "vitest";

const good = { inputs: 2, layers: [{ units: 1 }] };
const native = WebAssembly;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.resetModules();
});

/** The entry, fresh, with WebAssembly's compiler as given; how often that was asked, and what the console was told. */
async function entry(name: "bitgrad" | "bitgrad/threads", refuse: (bytes: Uint8Array) => Error | undefined) {
  let attempts = 0;
  const attempt = (bytes: Uint8Array) => {
    attempts++;
    const error = refuse(bytes);
    if (error !== undefined) throw error;
  };
  class Module extends native.Module {
    constructor(bytes: Uint8Array<ArrayBuffer>) {
      attempt(bytes);
      super(bytes);
    }
  }
  const compile = async (bytes: Uint8Array<ArrayBuffer>) => {
    attempt(bytes);
    return native.compile(bytes);
  };
  const { Instance, Memory, CompileError, instantiate, validate } = native;
  vi.stubGlobal("WebAssembly", { Module, Instance, Memory, CompileError, instantiate, validate, compile });
  vi.resetModules();
  const library = (await import(name)) as typeof import("bitgrad");
  const lines = vi.spyOn(console, "warn").mockImplementation(() => {});
  return { ...library, lines, attempts: () => attempts };
}

const policy = () => new native.CompileError("blocked by the page's policy");

describe.each(["bitgrad", "bitgrad/threads"] as const)("%s", (name) => {
  it("a policy that forbids compiling is met once and reported once, whatever is created", async () => {
    const { Network, Operations, attempts, lines } = await entry(name, policy);
    const nets = await Promise.all([1, 2, 3].map(() => Network.create({ ...good, threads: 2 })));
    for (let n = 0; n < 4; n++) nets.push(await Network.create(good), Network.createSync({ ...good, threads: 2 }));
    const others = [await Operations.create(), Operations.createSync()];
    for (const { engine, engineReason } of [...nets, ...others]) {
      expect(engine).toBe("reference");
      expect(engineReason).toContain("blocked by the page's policy");
    }
    expect(attempts()).toBe(1);
    expect(lines.mock.calls).toEqual([[expect.stringContaining("blocked by the page's policy")]]);
    expect(() => Network.createSync({ ...good, engine: "wasm" })).toThrow("blocked by the page's policy");
    await expect(Network.create({ ...good, engine: "wasm" })).rejects.toThrow("blocked by the page's policy");
    expect(attempts()).toBe(1);
  });
});

it.each([{ engine: "reference" }, { warn: false }] as const)("the console is told nothing: %o", async (silent) => {
  const { Network, Operations, lines } = await entry("bitgrad", policy);
  const net = await Network.create({ ...good, ...silent });
  Operations.createSync(silent);
  expect(lines).not.toHaveBeenCalled();
  expect(net.engine).toBe("reference");
  expect(net.engineReason === undefined).toBe("engine" in silent);
  Network.createSync(good);
  expect(lines).toHaveBeenCalledTimes(1);
});

it("memory that is short may be there the next time", async () => {
  let short = true;
  const { Network } = await entry("bitgrad", ({ length }) =>
    short && length > 1000 ? new RangeError("Out of memory") : undefined,
  );
  const first = await Network.create(good);
  expect([first.engine, first.engineReason]).toEqual(["reference", expect.stringContaining("Out of memory")]);
  short = false;
  expect((await Network.create(good)).engine).toBe("wasm");
});

it("a module that is invalid here is not compiled again", async () => {
  const { Network, attempts } = await entry("bitgrad", ({ length }) =>
    length > 1000 ? new native.CompileError("unknown opcode") : undefined,
  );
  for (let n = 0; n < 3; n++) {
    expect((await Network.create(good)).engineReason).toContain("unknown opcode");
    expect(Network.createSync(good).engineReason).toContain("unknown opcode");
  }
  expect(attempts()).toBe(2); // a few bytes, and the module
});

it("where there is none, or none with SIMD, the reason says so", async () => {
  vi.stubGlobal("WebAssembly", undefined);
  vi.resetModules();
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const { Network } = await import("bitgrad");
  expect(Network.createSync(good).engineReason).toContain("this runtime has no WebAssembly");
  vi.unstubAllGlobals();

  const { validate } = native;
  vi.spyOn(native, "validate").mockImplementation((bytes) => (bytes.byteLength < 100 ? false : validate(bytes)));
  const old = await entry("bitgrad", policy);
  expect(old.Network.createSync(good).engineReason).toContain("no SIMD");
});

it("without a console nothing is told, and all goes on", async () => {
  const { Network } = await entry("bitgrad", policy);
  vi.stubGlobal("console", undefined);
  expect((await Network.create(good)).engine).toBe("reference");
});

it("an engine that was chosen as asked has no reason", async () => {
  const { Network, Operations } = await import("bitgrad");
  const reference = await import("bitgrad/reference");
  expect((await Network.create(good)).engineReason).toBeUndefined();
  expect(Operations.createSync().engineReason).toBeUndefined();
  expect(reference.Network.createSync(good).engineReason).toBeUndefined();
});

it("a module of another realm is one", async () => {
  const { runInNewContext } = await import("node:vm");
  const { readFileSync } = await import("node:fs");
  const bytes = readFileSync(new URL("../../dist/bitgrad.wasm", import.meta.url));
  const module = runInNewContext("new WebAssembly.Module(bytes)", { bytes });
  expect(module instanceof WebAssembly.Module).toBe(false);
  const { Network } = await import("bitgrad");
  expect((await Network.create({ ...good, module })).engine).toBe("wasm");
  expect(Network.createSync({ ...good, module }).engine).toBe("wasm");
  for (const wrong of [{}, { [Symbol.toStringTag]: "WebAssembly.Module" }, 1]) {
    expect(() => Network.createSync({ ...good, module: wrong as never })).toThrow("a WebAssembly.Module is expected");
  }
});
