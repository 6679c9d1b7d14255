// Bundles the entry files into dist/, after asc has written dist/bitgrad.wasm; with BITGRAD_GUARDS=1 those that have WebAssembly into
// dist-guards/, with guard bands between the blocks of its memory (test/guards/instance.ts).

import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";
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
        minify: true,
        write: false,
      });
      return { contents: `(() => { ${outputFiles[0]!.text.trim()} return program.serve; })()`, loader: "text" };
    });
  },
};

// workerd forbids compiling bytes and imports the file beside it
const besideTheEntry: Plugin = {
  name: "wasm-beside-the-entry",
  setup({ onResolve }) {
    onResolve({ filter: /\.wasm$/ }, () => ({ path: "./bitgrad.wasm", external: true }));
  },
};

const withGuards: Plugin = {
  name: "with-guards",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/instance\.ts$/ }, () => ({ path: resolve("test/guards/instance.ts") }));
  },
};

const GUARDS = process.env.BITGRAD_GUARDS === "1";

const shared = {
  bundle: true,
  format: "esm",
  target: "es2022",
  outdir: GUARDS ? "dist-guards" : "dist",
  logLevel: "warning",
  plugins: GUARDS ? [withGuards] : [],
} satisfies BuildOptions;

await build({
  ...shared,
  entryPoints: ["bindings/index.ts", "bindings/worker.ts", "bindings/threads.ts", "bindings/reference.ts"],
  plugins: [...shared.plugins, asText, programAsText],
});
if (GUARDS) process.exit();
await build({ ...shared, entryPoints: ["bindings/files.ts"], platform: "node" });
await build({ ...shared, entryPoints: ["bindings/workerd.ts"], plugins: [besideTheEntry] });

// what verifies a platform imports the library by name, as an application does
const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
const define = { BITGRAD_VERSION: JSON.stringify(version) };
await build({ ...shared, define, entryPoints: ["bindings/verify.ts"], external: ["bitgrad"] });
await build({
  ...shared,
  define,
  entryPoints: ["bindings/cli.ts"],
  platform: "node",
  external: ["bitgrad/verify"],
  // for what its libraries require; the shell's line comes first
  banner: {
    js: '#!/usr/bin/env node\nimport { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
  },
});

// one page with everything in it: it opens from a disk too
const PLACE = "/* the bundled page.ts */";
const { outputFiles } = await build({
  ...shared,
  entryPoints: ["bindings/verify/page.ts"],
  alias: Object.fromEntries(
    [["bitgrad/verify", "verify.js"] as const, ["bitgrad", "index.js"] as const].map(([name, file]) => [
      name,
      fileURLToPath(new URL(`../dist/${file}`, import.meta.url)),
    ]),
  ),
  minify: true,
  write: false,
});
const html = await readFile("bindings/verify/page.html", "utf8");
const script = outputFiles[0]!.text.replaceAll("</script", "<\\/script");
await writeFile(
  "dist/verify.html",
  html.replace(PLACE, () => script),
);
