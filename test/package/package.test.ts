// The package as npm would publish it: packed, installed into an empty project, imported, compiled against, bundled,
// weighed and checked.

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import { createProject } from "./project.ts";

const library = createProject();
const { folder: project, installed, packed, tarball, script, tool } = library;
afterAll(() => library.remove());

describe("what is in it", () => {
  it("built files and documents, no sources, tests or tools", () => {
    const paths = packed.files.map(({ path }) => path);
    for (const needed of [
      "package.json",
      "LICENSE",
      "dist/index.js",
      "dist/reference.js",
      "dist/workerd.js",
      "dist/cli.js",
      "dist/lab/index.html",
    ]) {
      expect(paths).toContain(needed);
    }
    expect(paths).toContain("dist/index.d.ts");
    expect(paths).toContain("dist/bitgrad.wasm");
    expect(paths).toContain("dist/bitgrad.threads.wasm");
    const allowed =
      /^((\w+\/|dist\/cjs\/)?package\.json|LICENSE|[A-Z]+\.md|assembly\/NUMERICS\.md|dist\/(cjs\/)?(chunks\/)?[\w-]+\.js|dist\/([\w-]+\/)*[\w-]+\.d\.ts|dist\/bitgrad(\.threads)?\.wasm|dist\/lab\/([\w-]+\/)*[\w-]+\.(html|js|css|svg|png|webmanifest))$/;
    expect(paths.filter((path) => !allowed.test(path))).toEqual([]);
  });

  it("no dependencies, no scripts that run at install", () => {
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    for (const kind of ["dependencies", "peerDependencies", "optionalDependencies", "bundledDependencies"]) {
      expect(manifest).not.toHaveProperty(kind);
    }
    for (const hook of ["preinstall", "install", "postinstall", "prepare"]) {
      expect(manifest.scripts).not.toHaveProperty(hook);
    }
    expect(manifest).toMatchObject({ type: "module", sideEffects: false });
    expect(readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["bitgrad"]);
  });

  it("every file that package.json names", () => {
    const { exports } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as { exports: object };
    const files = JSON.stringify(Object.values(exports)).match(/\.\/[\w./-]+\.(?:json|js|d\.ts|wasm)/g)!;
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) {
      expect(existsSync(join(installed, file)), file).toBe(true);
    }
  });

  it("the WebAssembly module imports nothing and uses no relaxed SIMD", () => {
    const bytes = readFileSync(join(installed, "dist/bitgrad.wasm"));
    expect(WebAssembly.Module.imports(new WebAssembly.Module(bytes))).toEqual([]);
  });
});

describe("in a project", () => {
  const train = [
    "const options = { inputs: 2, layers: [{ units: 3 }, { units: 1 }], seed: 42 };",
    "const x = [[0, 0], [0, 1], [1, 0], [1, 1]], y = [[0], [1], [1], [0]];",
    'const digest = (net) => { net.fit(x, y, { epochs: 10 }); return net.engine + " " + net.digest(); };',
  ];

  it("ES modules import every entry, and all give the same bits", () => {
    const output = script("main.mjs", [
      'import { readFileSync } from "node:fs";',
      'import { fileURLToPath } from "node:url";',
      'import { Network } from "bitgrad";',
      'import * as reference from "bitgrad/reference";',
      ...train,
      'const path = fileURLToPath(import.meta.resolve("bitgrad/bitgrad.wasm"));',
      "const module = new WebAssembly.Module(readFileSync(path));",
      "console.log(digest(await Network.create(options)));",
      "console.log(digest(Network.createSync({ ...options, module })));",
      "console.log(digest(await reference.Network.create(options)));",
    ]);
    const [main, own, reference] = output.trim().split("\n") as [string, string, string];
    expect(main).toMatch(/^wasm [0-9a-f]{64}$/);
    expect(own).toBe(main);
    expect(reference).toBe(main.replace("wasm", "reference"));
  });

  it("CommonJS requires every entry but the one that verifies, with the same names and bits", () => {
    const output = script("required.cjs", [
      ...train,
      'const names = ["", "/worker", "/threads", "/reference", "/errors", "/metrics", "/encoder", "/tables", "/estimators", "/predict", "/files", "/formats", "/tfjs", "/receipts"];',
      "(async () => {",
      "  for (const name of names) {",
      '    const [required, imported] = [require("bitgrad" + name), await import("bitgrad" + name)];',
      '    const missing = Object.keys(imported).filter((key) => key !== "default" && !(key in required));',
      '    if (missing.length > 0) throw new Error(name + " lacks " + missing);',
      "    if (required.Network) console.log(digest(required.Network.createSync(options)));",
      "  }",
      '  const [{ ShapeError }, { Network }] = [await import("bitgrad/errors"), require("bitgrad")];',
      "  try { Network.createSync(options).predict([[1]]); } catch (error) { console.log(error instanceof ShapeError); }",
      "})();",
    ]);
    const [main, ...others] = output.trim().split("\n");
    expect(main).toMatch(/^wasm [0-9a-f]{64}$/);
    expect(others).toEqual([main, main, main!.replace("wasm", "reference"), "true"]);
  });

  it("tools that know no exports find every entry in a folder of its name", () => {
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    const entries = Object.entries(manifest.exports).filter(([, target]) => typeof target === "object");
    expect(entries.length).toBeGreaterThan(5);
    for (const [name] of entries) {
      const { main, types } = JSON.parse(readFileSync(join(installed, name, "package.json"), "utf8"));
      for (const file of [main, types]) expect(existsSync(join(installed, name, file)), `${name}: ${file}`).toBe(true);
    }
  });

  it("CommonJS imports it dynamically", () => {
    const output = script("main.cjs", [
      ...train,
      'import("bitgrad").then(({ Network }) => console.log(digest(Network.createSync(options))));',
    ]);
    expect(output).toMatch(/^wasm [0-9a-f]{64}\n$/);
  });

  it("nothing else of it can be imported", () => {
    expect(() => script("inside.mjs", ['import "bitgrad/dist/index.js";'])).toThrow("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  it("TypeScript compiles against it under strict, with and without skipLibCheck", () => {
    writeFileSync(
      join(project, "main.ts"),
      [
        'import { BitgradError, type FitOptions, type History, Network, Operations, type TypedMatrix } from "bitgrad";',
        'import { Network as ReferenceNetwork } from "bitgrad/reference";',
        "const options = { inputs: 2, layers: [{ units: 1, activation: 'sigmoid' }], dtype: 'f64', seed: 1 } as const;",
        "const fitOptions: FitOptions = { epochs: 2, onEpoch: ({ epoch, loss }) => console.log(epoch + loss) };",
        "export async function main(): Promise<History> {",
        "  const net: Network = await Network.create(options);",
        "  const reference: ReferenceNetwork = ReferenceNetwork.createSync(options);",
        "  const rows: number[][] = net.predict([[0, 1]]);",
        "  const typed: TypedMatrix<Float32Array | Float64Array> = net.predict({ data: new Uint8Array(2), shape: [1, 2] });",
        "  const a: Float32Array = Operations.createSync().sigmoid(new Float32Array(3));",
        "  const copy = await Network.fromJSON(JSON.stringify(reference), { engine: 'wasm' });",
        "  try {",
        "    net.learningRate = rows[0]![0]! + typed.shape[0] + a.length;",
        "    return copy.fit([[0, 1]], [[1]], fitOptions);",
        "  } catch (error) {",
        "    if (error instanceof BitgradError && error.code === 'BUSY') throw error;",
        "    return { loss: [] };",
        "  }",
        "}",
        "// @ts-expect-error: unknown options are refused",
        "Network.createSync({ ...options, input: 2 });",
        "// @ts-expect-error: so are unknown activations",
        "Network.createSync({ inputs: 2, layers: [{ units: 1, activation: 'none' }] });",
      ].join("\n"),
    );
    writeFileSync(
      join(project, "bare.ts"),
      [
        ...[
          "",
          "/reference",
          "/worker",
          "/threads",
          "/predict",
          "/files",
          "/metrics",
          "/encoder",
          "/tables",
          "/estimators",
          "/formats",
          "/tfjs",
          "/receipts",
          "/verify",
        ].map((entry) => `import "bitgrad${entry}";`),
        'import { NotFiniteError } from "bitgrad/errors";',
        "export const before = (e: unknown) => (e instanceof NotFiniteError ? e.history?.validationLoss : undefined);",
      ].join("\n"),
    );
    const bare = "--strict --noEmit --module nodenext --target es2022 --lib es2022 bare.ts --types".split(" ");
    tool("typescript", [...bare, ""]); // no names of the platform's but the language's
    const strict = [
      "--strict",
      "--noEmit",
      "--target",
      "es2022",
      "--lib",
      "es2022,dom,esnext.disposable",
      "--types",
      "",
    ];
    for (const resolution of [
      ["--module", "nodenext"],
      ["--module", "esnext", "--moduleResolution", "bundler"],
    ]) {
      for (const check of ["true", "false"]) {
        tool("typescript", [...strict, ...resolution, "--skipLibCheck", check, "main.ts"]);
      }
    }
  });

  it.each(["browser", "neutral", "node"] as const)("esbuild bundles it for %s without a warning", async (platform) => {
    const { warnings, outputFiles } = await build({
      stdin: {
        contents:
          'import { Network } from "bitgrad"; globalThis.engine = Network.createSync({ inputs: 1, layers: [{ units: 1 }] }).engine;',
        resolveDir: project,
      },
      bundle: true,
      platform,
      format: "iife",
      write: false,
      logLevel: "silent",
    });
    expect(warnings).toEqual([]);
    expect(script(`${platform}.cjs`, [outputFiles[0]!.text, "console.log(globalThis.engine)"])).toBe("wasm\n");
  });

  it.each(['export { Network } from "bitgrad";', 'export { MLPClassifier } from "bitgrad/estimators";'])(
    "esbuild's workerd condition takes the module, not the bytes: %s",
    async (contents) => {
      const bundle = (conditions: string[]) =>
        build({
          stdin: { contents, resolveDir: project },
          bundle: true,
          conditions,
          external: ["*.wasm"],
          format: "esm",
          write: false,
          logLevel: "silent",
        });
      const { warnings, outputFiles } = await bundle(["workerd"]);
      expect(warnings).toEqual([]);
      const { text } = outputFiles[0]!;
      expect(text).toMatch(/import \w+ from "[^"]*bitgrad\.wasm"/);
      const inlined = (await bundle([])).outputFiles[0]!.text;
      expect(inlined.length - text.length).toBeGreaterThan(statSync(join(installed, "dist/bitgrad.wasm")).size);
    },
  );
});

describe("the checkers of packages", () => {
  it("publint, strict", () => {
    expect(tool("publint", [tarball, "--strict"])).toContain("All good!");
  });

  it("are the types wrong? (files to be served have none)", () => {
    const entries = [
      "--profile",
      "esm-only",
      "--exclude-entrypoints",
      ...["./bitgrad.wasm", "./bitgrad.threads.wasm", "./worker-program.js"],
    ];
    const output = tool("@arethetypeswrong/cli", [tarball, ...entries, "--format", "json"]);
    expect(JSON.parse(output)).toMatchObject({ analysis: { types: { kind: "included" } } });
  });
});
