// Bundles the entry files into dist/, after asc has written dist/bitgrad.wasm.
//
// The main entry carries the module's bytes as hexadecimal text: longer than base64, but gzip and brotli find the
// repeated byte sequences that base64 hides, which makes the entry a fifth smaller as it is delivered.

import { readFile } from "node:fs/promises";
import { build, type Plugin } from "esbuild";

const hexadecimal: Plugin = {
  name: "wasm-as-hexadecimal",
  setup({ onLoad }) {
    onLoad({ filter: /\.wasm$/ }, async ({ path }) => ({ contents: await readFile(path, "hex"), loader: "text" }));
  },
};

// workerd forbids compiling bytes and imports the file beside it
const besideTheEntry: Plugin = {
  name: "wasm-beside-the-entry",
  setup({ onResolve }) {
    onResolve({ filter: /\.wasm$/ }, () => ({ path: "./bitgrad.wasm", external: true }));
  },
};

const shared = { bundle: true, format: "esm", target: "es2022", outdir: "dist", logLevel: "warning" } as const;

await build({ ...shared, entryPoints: ["bindings/index.ts", "bindings/reference.ts"], plugins: [hexadecimal] });
await build({ ...shared, entryPoints: ["bindings/workerd.ts"], plugins: [besideTheEntry] });
