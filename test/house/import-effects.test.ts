// Importing an entry does nothing: it compiles, instantiates, fetches and starts nothing, and needs no top-level await.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const dist = (file: string) => fileURLToPath(new URL(`../../dist/${file}`, import.meta.url));

// a fresh process in which everything that would do something is reported
const SPY = `
  const calls = [];
  const spy = (owner, name) => {
    const original = owner[name];
    owner[name] = new Proxy(original, {
      apply: (_, self, args) => { calls.push(name); return Reflect.apply(original, self, args); },
      construct: (_, args) => { calls.push(name); return Reflect.construct(original, args); },
    });
  };
  for (const name of ["Module", "Instance", "Memory", "Table", "compile", "instantiate", "validate",
    "compileStreaming", "instantiateStreaming"]) spy(WebAssembly, name);
  for (const name of ["fetch", "atob", "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "MessageChannel"])
    spy(globalThis, name);
  const globals = Object.getOwnPropertyNames(globalThis).length;
  const entry = await import(process.argv[1]);
  const atImport = [...calls];
  const added = Object.getOwnPropertyNames(globalThis).length - globals;
  const net = entry.Network.createSync({ inputs: 1, layers: [{ units: 1 }] });
  console.log(JSON.stringify({ atImport, added, engine: net.engine, atCreate: calls.slice(atImport.length) }));
`;

describe.each([
  { file: "index.js", engine: "wasm", atCreate: ["Module", "Module", "Instance"] }, // a few bytes first
  { file: "reference.js", engine: "reference", atCreate: [] },
])("$file", ({ file, engine, atCreate }) => {
  it("does nothing at import", () => {
    const url = new URL(`../../dist/${file}`, import.meta.url).href;
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", SPY, url], { encoding: "utf8" });
    expect(JSON.parse(output)).toEqual({ atImport: [], added: 0, engine, atCreate });
  });
});

it.each(["index.js", "reference.js", "estimators.js"])("%s has no top-level await", async (file) => {
  // CommonJS has none, so esbuild refuses a module that has
  const { errors, warnings } = await build({
    entryPoints: [dist(file)],
    bundle: true,
    format: "cjs",
    write: false,
    logLevel: "silent",
  });
  expect([...errors, ...warnings]).toEqual([]);
});

it.each(["index.js", "reference.js", "estimators.js"])(
  "%s leaves nothing in a bundle that uses nothing of it",
  async (file) => {
    const { outputFiles } = await build({
      stdin: {
        contents: `import "${dist(file).replaceAll("\\", "/")}";`,
        resolveDir: fileURLToPath(new URL(".", import.meta.url)),
      },
      bundle: true,
      minify: true,
      format: "esm",
      write: false,
      logLevel: "silent",
    });
    expect(outputFiles[0]!.text.trim()).toBe("");
  },
);
