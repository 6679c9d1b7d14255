// What is delivered: bytes of the module, and of the entries as an application's bundler leaves them.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { build } from "esbuild";

export interface Size {
  readonly what: string;
  readonly bytes: number;
  /** In bytes; 1 KB is 1,000. */
  readonly limit?: number;
}

export async function measureSizes(): Promise<Size[]> {
  const wasm = await readFile(new URL(import.meta.resolve("bitgrad/bitgrad.wasm")));
  return [
    { what: "bitgrad.wasm", bytes: wasm.length, limit: 72_000 },
    { what: "bitgrad, minified and gzipped", bytes: await minifiedBytes("bitgrad"), limit: 60_000 },
    { what: "bitgrad/worker, minified and gzipped", bytes: await minifiedBytes("bitgrad/worker"), limit: 104_000 },
    { what: "bitgrad/reference, minified and gzipped", bytes: await minifiedBytes("bitgrad/reference") },
  ];
}

async function minifiedBytes(entry: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(import.meta.resolve(entry))],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  return gzippedBytes(outputFiles[0]!.contents);
}

export async function gzippedBytes(contents: Uint8Array): Promise<number> {
  return (await promisify(gzip)(contents, { level: 9 })).length;
}
