// Bundles the entry files into dist/, after asc has written dist/bitgrad.wasm. With BITGRAD_GUARDS=1 it bundles the
// entries with WebAssembly into dist-guards/, with guard bands between the blocks of memory (test/guards/instance.ts).

import { appendFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type BuildOptions, build, type Plugin, transform } from "esbuild";
import { bundleDeclarations } from "./declarations.ts";
import { encodeBytes } from "./engine/wasm/bytes-as-text.ts";

const asText: Plugin = {
  name: "wasm-as-text",
  setup({ onLoad }) {
    onLoad({ filter: /\.wasm$/ }, async ({ path }) => ({
      contents: encodeBytes(await readFile(path)),
      loader: "text",
    }));
  },
};

const programAsText: Plugin = {
  name: "program-as-text",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\?text$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace("?text", "")),
      namespace: "program",
    }));
    onLoad({ filter: /./, namespace: "program" }, async ({ path }) => {
      const { outputFiles } = await build({
        ...shared,
        entryPoints: [path],
        format: "iife",
        globalName: "program",
        plugins: [...shared.plugins, programAsText],
        minify: true,
        write: false,
      });
      return { contents: `(() => { ${outputFiles[0]!.text.trim()} return program.serve; })()`, loader: "text" };
    });
  },
};

// What toJavaScript and toC write: the declarations of a bundled source, or of one in C, so that they can choose.
const asPieces: Plugin = {
  name: "source-as-pieces",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\?pieces$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace("?pieces", "")),
      namespace: "pieces",
    }));
    onLoad({ filter: /\.c$/, namespace: "pieces" }, async ({ path }) => {
      return { contents: JSON.stringify(piecesOfC(await readFile(path, "utf8"))), loader: "json" };
    });
    onLoad({ filter: /\.ts$/, namespace: "pieces" }, async ({ path }) => {
      const { outputFiles } = await build({ ...shared, entryPoints: [path], minifySyntax: false, write: false });
      return { contents: JSON.stringify(piecesOf(outputFiles[0]!.text)), loader: "json" };
    });
  },
};

/** The top-level declarations of esbuild's output, by name. */
function piecesOf(code: string): Record<string, string> {
  const declared = code.replace(/^\/\/ .*\n/gm, "").split(/\n+(?=function |var |export )/);
  const named = declared.map((text) => [/^(?:function|var) (\w+)/.exec(text)?.[1], text.trim()] as const);
  return Object.fromEntries(named.filter(([name]) => name !== undefined));
}

/** Its declarations by name, without comments; a blank line ends each. */
function piecesOfC(code: string): Record<string, string> {
  const name = /^(?:static [^=]*?(\w+)(?:\(|\[\])|\} (\w+);$)/m;
  const named = code
    .replace(/^ *\/\/.*\n/gm, "")
    .split("\n\n")
    .map((text) => {
      const [, value, type] = name.exec(text) ?? [];
      return [value ?? type, text.trim()] as const;
    });
  return Object.fromEntries(named.filter(([name]) => name !== undefined));
}

// workerd forbids compiling bytes: its entry imports the file beside it. Other entries for workerd import that entry as
// it is; a chunk of both would look for the file beside itself.
const besideTheEntry: Plugin = {
  name: "wasm-beside-the-entry",
  setup({ onResolve }) {
    onResolve({ filter: /\.wasm$/ }, ({ importer }) =>
      importer.endsWith("/workerd.ts") ? { path: "./bitgrad.wasm", external: true } : undefined,
    );
    onResolve({ filter: /^\.\/workerd\.ts$/ }, () => ({ path: "./workerd.js", external: true }));
  },
};

const withGuards: Plugin = {
  name: "with-guards",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/instance\.ts$/ }, () => ({ path: resolve("test/guards/instance.ts") }));
  },
};

const GUARDS = process.env.BITGRAD_GUARDS === "1";

// the oldest engines with WebAssembly's SIMD, and with private fields (Firefox 90), which would be slow otherwise
const TARGET = ["chrome91", "edge91", "firefox90", "safari16.4"];

const shared = {
  bundle: true,
  format: "esm",
  target: TARGET,
  minifySyntax: true, // constants of the catalog are inlined
  outdir: GUARDS ? "dist-guards" : "dist",
  logLevel: "warning",
  plugins: GUARDS ? [withGuards] : [],
} satisfies BuildOptions;

// Code that several entries share is in chunks, so that an application which imports two entries gets nothing twice,
// and one that imports a single function gets little else.
const ENTRIES = [
  "index",
  "worker",
  "threads",
  "reference",
  "workerd",
  "errors",
  "metrics",
  "encoder",
  "tables",
  "estimators",
  "estimators-workerd",
  "predict",
  "files",
  "formats",
  "tfjs",
  "tfjs-workerd",
  "receipts",
  "receipts-workerd",
];
const { exports, version } = JSON.parse(await readFile("package.json", "utf8")) as {
  exports: Record<string, object | string>;
  version: string;
};
const define = { BITGRAD_VERSION: JSON.stringify(version) };
const { metafile } = await build({
  ...shared,
  define,
  entryPoints: ENTRIES.map((entry) => `bindings/${entry}.ts`),
  splitting: true,
  chunkNames: "chunks/[hash]",
  external: ["node:*"],
  plugins: [...shared.plugins, besideTheEntry, asText, programAsText, asPieces],
  metafile: true,
});
// what verifies a platform imports the library by name, as an application does
await build({ ...shared, define, entryPoints: ["bindings/verify.ts"], external: ["bitgrad"] });
if (GUARDS) process.exit();

await build({
  ...shared,
  entryPoints: ["bindings/worker-program.ts"],
  format: "iife",
  minify: true,
  plugins: [programAsText],
});

// The same files for CommonJS (Jest) and for tools that know neither `exports` nor the newest syntax (webpack 4,
// Metro).
for (const path of Object.keys(metafile.outputs)) {
  const bundled = await readFile(path, "utf8");
  const alone = bundled.replace(/^import ".*\n/gm, ""); // nothing has an effect that one could import it for
  const module = alone + (await licensesOf(Object.keys(metafile.outputs[path]!.inputs)));
  const types = path.replace("dist/", "./").replace(".js", ".d.ts");
  const isForWorkerd = /workerd\.js$/.test(path);
  const isEntry = metafile.outputs[path]!.entryPoint !== undefined && !isForWorkerd;
  await writeFile(path, isEntry ? `/* @ts-self-types="${types}" */\n${module}` : module); // for JSR and Deno
  if (isForWorkerd) continue;
  const { code } = await transform(module, { format: "cjs", target: "es2019", platform: "node" });
  const place = path.replace(/^dist/, "dist/cjs");
  await mkdir(dirname(place), { recursive: true });
  await writeFile(place, code);
}
await writeFile("dist/cjs/package.json", '{ "type": "commonjs" }\n');

// For tools that don't know `exports` (webpack 4, moduleResolution "node", eslint-plugin-import), bitgrad/worker is a
// folder.
for (const [path, target] of Object.entries(exports)) {
  if (path === "." || typeof target === "string") continue;
  const name = path.slice(2);
  const file = "require" in target ? `../dist/cjs/${name}` : `../dist/${name}`;
  await mkdir(name, { recursive: true });
  await writeFile(join(name, "package.json"), `${JSON.stringify({ main: `${file}.js`, types: `${file}.d.ts` })}\n`);
}

const { metafile: ofCommand } = await build({
  ...shared,
  define,
  entryPoints: ["bindings/cli.ts"],
  platform: "node",
  external: ["bitgrad", "bitgrad/*"],
  // for what its libraries require; the shell's line comes first
  banner: {
    js: '#!/usr/bin/env node\nimport { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
  },
  metafile: true,
});
await appendFile("dist/cli.js", await licensesOf(Object.keys(ofCommand.inputs)));

/** What the licenses of bundled packages ask for: their texts. */
async function licensesOf(inputs: readonly string[]): Promise<string> {
  const packages = inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  if (packages.length === 0) return "";
  const texts = [...new Set(packages)].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((file) => /^license(\.|$)/i.test(file));
    const text = file === undefined ? `License: ${license}` : await readFile(join(folder, file), "utf8");
    return `${name} ${version}\n\n${text.trim().replaceAll("*/", "* /")}`;
  });
  return `/*! It contains these packages:\n\n${(await Promise.all(texts)).join("\n\n----\n\n")}\n*/\n`;
}

await bundleDeclarations();
