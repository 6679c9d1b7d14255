// The packed library in tools that take it in ways of their own: bundlers, test runners and compilers, old ones among
// them. What each makes of the library is run, and must give the same bits. Some four minutes:
//   npm run test:tools [-- words of the names of some]

import { readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createProject } from "../project.ts";

const modules = fileURLToPath(new URL("node_modules", import.meta.url));
const project = createProject();
process.on("exit", () => project.remove());
const { folder } = project;
for (const name of readdirSync(modules).filter((name) => !name.startsWith(".")))
  symlinkSync(join(modules, name), join(folder, "node_modules", name));

const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const node = (name: string, text: string, ...flags: string[]) => {
  write(name, text);
  return project.run(process.execPath, ...flags, name);
};

write(
  "main.js",
  `import { Network, metric, ShapeError } from "bitgrad";
import { Network as WorkerNetwork } from "bitgrad/worker";
import { Network as ThreadsNetwork } from "bitgrad/threads";
import { Network as ReferenceNetwork } from "bitgrad/reference";
import { ShapeError as SameShapeError } from "bitgrad/errors";
import { metric as sameMetric } from "bitgrad/metrics";
import { Encoder } from "bitgrad/encoder";
import { Predictor } from "bitgrad/predict";

const networks = [Network, WorkerNetwork, ThreadsNetwork, ReferenceNetwork].map((Class) => {
  const net = Class.createSync({ inputs: 2, layers: [{ units: 3 }, { units: 1 }], seed: 1 });
  net.fit([[0, 1], [1, 1]], [[1], [0]], { epochs: 3 });
  return net;
});
const [net] = networks;
const digests = networks.map((net) => net.engine + " " + net.digest());
let error;
try { net.predict([[1]]); } catch (thrown) { error = thrown; }
const checks = [
  error instanceof ShapeError && error instanceof SameShapeError && error.name === "ShapeError",
  Predictor.load(net.save()).predict([[0, 1]])[0][0] === net.predict([[0, 1]])[0][0],
  metric("accuracy", [1], [1], 1) === 1 && sameMetric("accuracy", [1], [1], 1) === 1,
  Encoder.learn([["a"], ["b"]], "oneHot").width === 2,
];
console.log(JSON.stringify({ digests: [...new Set(digests)], checks }));
`,
);

const DIGESTS = JSON.parse(project.run(process.execPath, "main.js")).digests as string[];
const EXPECTED = `${JSON.stringify({ digests: DIGESTS, checks: [true, true, true, true] })}\n`;

/** Runs a bundle. */
function runs(path: string): void {
  const output = project.run(process.execPath, path);
  if (output !== EXPECTED) throw new Error(`${output} instead of ${EXPECTED}`);
}

function webpack(name: string, version: string): void {
  const config = {
    mode: "production",
    entry: "./main.js",
    target: "web",
    output: { path: folder, filename: `${name}.js` },
  };
  node(
    `${name}.cjs`,
    `require("${version}")(${JSON.stringify(config)}, (error, stats) => {
      if (error || stats.hasErrors()) throw error ?? new Error(stats.toString("errors-only"));
    });`,
    ...(version === "webpack-4" ? ["--openssl-legacy-provider"] : []), // it hashes with MD4
  );
  write(`${name}.run.cjs`, `require("vm").runInThisContext(require("fs").readFileSync("${name}.js", "utf8"));`);
  runs(`${name}.run.cjs`);
}

function metro(name: string, packageExports: boolean): void {
  node(
    `${name}.cjs`,
    `const Metro = require("metro");
    (async () => {
      const config = await Metro.loadConfig({ cwd: __dirname }, {
        projectRoot: __dirname,
        watchFolders: [${JSON.stringify(modules)}],
        resolver: { unstable_enablePackageExports: ${packageExports}, useWatchman: false, sourceExts: ["js", "mjs", "cjs", "json"] },
        reporter: { update() {} },
        transformer: { getTransformOptions: async () => ({ transform: { experimentalImportSupport: true } }) },
        cacheStores: [],
        maxWorkers: 1,
      });
      await Metro.runBuild(config, { entry: "main.js", out: "${name}.js", platform: "web", dev: false });
    })();`,
  );
  write(`${name}.run.cjs`, `require("vm").runInThisContext(require("fs").readFileSync("${name}.js", "utf8"));`);
  runs(`${name}.run.cjs`);
}

const JEST = `import { Network, ShapeError } from "bitgrad";
import { Network as WorkerNetwork } from "bitgrad/worker";
import { ShapeError as SameShapeError } from "bitgrad/errors";
import { readNetwork, writeNetwork } from "bitgrad/files";
import { Predictor } from "bitgrad/predict";

const x = [[0, 1], [1, 1]], y = [[1], [0]];
test("trains", async () => {
  const options = { inputs: 2, layers: [{ units: 3 }, { units: 1 }], seed: 1 };
  const net = await Network.create(options);
  await net.fitAsync(x, y, { epochs: 3 });
  expect(net.engine + " " + net.digest()).toBe("${DIGESTS[0]}");
  const worker = await WorkerNetwork.create(options);
  await worker.fitAsync(x, y, { epochs: 3, worker: true });
  expect(worker.digest()).toBe(net.digest());
  expect(() => net.predict([[1]])).toThrow(ShapeError);
  expect(() => net.predict([[1]])).toThrow(SameShapeError);
  writeNetwork("jest.safetensors", net.save());
  expect(Predictor.load(readNetwork("jest.safetensors")).predict(x)).toEqual(net.predict(x));
});
`;

function jest(name: string, extension: string, config: object, ...flags: string[]): void {
  write(`${name}.test.${extension}`, JEST);
  write(`${name}.config.json`, JSON.stringify({ ...config, testRegex: `/${name}\\.test\\.\\w+$`, watchman: false }));
  const program = join(modules, "jest/bin/jest.js");
  project.run(process.execPath, ...flags, program, "--no-cache", "--config", `${name}.config.json`);
}

// biome-ignore format: a library a line
const TYPES = `import { BitgradError, Encoder, type FitOptions, type History, Network, Operations, type TypedMatrix } from "bitgrad";
import { Network as WorkerNetwork } from "bitgrad/worker";
import { Network as ThreadsNetwork } from "bitgrad/threads";
import { Network as ReferenceNetwork } from "bitgrad/reference";
import { ShapeError } from "bitgrad/errors";
import { metric } from "bitgrad/metrics";
import { Encoder as SameEncoder } from "bitgrad/encoder";
import { readNetwork, writeNetwork } from "bitgrad/files";
import { Predictor } from "bitgrad/predict";

export async function main(): Promise<History> {
  const net: Network = await Network.create({ inputs: 2, layers: [{ units: 1 }] });
  const file: Uint8Array = net.save();
  writeNetwork("net.safetensors", file);
  const networks = [await WorkerNetwork.load(file), await ReferenceNetwork.load(readNetwork("net.safetensors"))] as const;
  const threads = ThreadsNetwork.createSync({ inputs: 1, layers: [{ units: 1 }], threads: 2 });
  const a: Float32Array = Operations.createSync().sigmoid(new Float32Array(3));
  const typed: TypedMatrix<Float32Array | Float64Array> = net.predict({ data: new Uint8Array(2), shape: [1, 2] });
  const rows: number[][] = Predictor.load(file).predict([[0, 1]]);
  const accuracy: number = metric("accuracy", [1], [1], 1);
  const options: FitOptions = { epochs: 2, onEpoch: ({ epoch, loss }) => void (epoch + loss) };
  try {
    return networks[0].fit([[0, 1]], [[1]], options);
  } catch (error) {
    if (error instanceof ShapeError || (error instanceof BitgradError && error.code === "BUSY")) throw error;
    throw [networks, threads, a, typed, rows, accuracy, Encoder, SameEncoder];
  }
}
`;

function typescript(version: string, lib: string, resolution: string): void {
  const [module, moduleResolution] = resolution.split("/");
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    target: "es2020",
    lib: lib.split(","),
    types: [],
    module,
    moduleResolution,
  };
  const files = module!.startsWith("node") ? ["types.ts", "types.cts"] : ["types.ts"]; // an ES module, and CommonJS
  for (const file of files) write(file, TYPES);
  write("tsconfig.json", JSON.stringify({ compilerOptions, files }));
  project.tool(version, ["-p", "."], modules);
}

const LIBS = ["es2020", "es2021", "es2022", "es2023", "es2020,dom", "es2021,dom", "es2022,dom", "es2023,dom"];
const RESOLUTIONS = ["nodenext/nodenext", "node16/node16", "esnext/bundler", "commonjs/node10"];
const COMPILERS = readdirSync(modules).filter((name) => name.startsWith("typescript"));

const CASES: Readonly<Record<string, () => void>> = {
  "webpack 4": () => webpack("webpack-four", "webpack-4"),
  "webpack 5": () => webpack("webpack-five", "webpack"),
  rollup() {
    node(
      "rollup.build.mjs",
      `import resolve from "@rollup/plugin-node-resolve";
      import { rollup } from "rollup";
      const onwarn = (warning) => { throw new Error(warning.message); };
      const bundle = await rollup({ input: "main.js", plugins: [resolve()], onwarn });
      await bundle.write({ file: "rollup.out.mjs" });`,
    );
    runs("rollup.out.mjs");
  },
  vite() {
    node(
      "vite.build.mjs",
      `import { build } from "vite";
      const lib = { entry: "main.js", formats: ["es"], fileName: "main" };
      await build({ logLevel: "error", build: { lib, outDir: "vite", minify: true } });`,
    );
    runs("vite/main.js");
  },
  parcel() {
    project.tool("parcel", ["build", "main.js", "--dist-dir", "parcel", "--no-cache", "--no-source-maps"], modules);
    write("parcel.run.cjs", `require("vm").runInThisContext(require("fs").readFileSync("parcel/main.js", "utf8"));`);
    runs("parcel.run.cjs");
  },
  metro: () => metro("metro", true),
  "metro without exports": () => metro("metro-fields", false),
  "jest, babel": () =>
    jest("jest-babel", "js", {
      transform: { "\\.js$": ["babel-jest", { presets: [["@babel/preset-env", { targets: { node: "current" } }]] }] },
    }),
  "jest, ts-jest": () => jest("jest-ts", "ts", { preset: "ts-jest" }),
  "jest, vm modules": () =>
    jest("jest-vm", "mjs", { transform: {}, moduleFileExtensions: ["js", "mjs"] }, "--experimental-vm-modules"),
  "eslint-plugin-import's resolver"() {
    node(
      "resolver.cjs",
      `const { resolve } = require("eslint-import-resolver-node");
      for (const name of ["", "/worker", "/threads", "/reference", "/files", "/predict", "/metrics", "/errors", "/encoder", "/tables", "/estimators", "/formats", "/verify"]) {
        const { found, path } = resolve("bitgrad" + name, __filename);
        if (!found || !require("fs").existsSync(path)) throw new Error("bitgrad" + name);
      }`,
    );
  },
  ...Object.fromEntries(
    COMPILERS.flatMap((version) => {
      const resolutions = RESOLUTIONS.filter(
        (resolution) => version !== "typescript-7" || !resolution.endsWith("node10"),
      );
      return [
        ...LIBS.map((lib) => [`${version}, ${lib}`, () => typescript(version, lib, RESOLUTIONS[0]!)]),
        ...resolutions.map((resolution) => [
          `${version}, ${resolution}`,
          () => typescript(version, "es2022", resolution),
        ]),
      ] as [string, () => void][];
    }),
  ),
};

const words = process.argv.slice(2);
let failed = 0;
for (const [name, run] of Object.entries(CASES)) {
  if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
  try {
    run();
    console.log(`✓ ${name}`);
  } catch (error) {
    failed++;
    const { message, stdout = "", stderr = "" } = error as Error & { stdout?: string; stderr?: string };
    console.log(`✗ ${name}\n${[message, stdout, stderr].join("\n").slice(0, 3000)}`);
  }
}
console.log(failed === 0 ? "all take it" : `${failed} fail`);
process.exitCode = failed === 0 ? 0 : 1;
