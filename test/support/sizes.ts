// What is delivered: bytes of the module, and what a bundler adds to an application for an import.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { build } from "esbuild";

export interface Size {
  readonly what: string;
  readonly bytes: number;
  /** In bytes; 1 KB is 1,000. */
  readonly limit: number;
}

const MODULE_LIMIT = 94_200;

/** Imports, and what they may cost. */
const LIMITS: Readonly<Record<string, number>> = {
  'export * from "bitgrad"': 116_300,
  'export * from "bitgrad/worker"': 166_700,
  'export * from "bitgrad/threads"': 202_100,
  'export * from "bitgrad/reference"': 76_600,
  'export * from "bitgrad"; export { Network as Both } from "bitgrad/worker"': 165_600,
  'export { Network } from "bitgrad"': 97_400,
  'export { Operations } from "bitgrad"': 63_700,
  'export { Optimizer } from "bitgrad"': 62_900,
  'export { metric } from "bitgrad"': 8_050,
  'export { ShapeError } from "bitgrad"': 435,
  'export { Encoder } from "bitgrad"': 16_100,
  'export { parseCSV } from "bitgrad/tables"': 5_600,
  'export * from "bitgrad/tables"': 12_800,
  'export { MLPClassifier } from "bitgrad/estimators"': 114_700,
  'export * from "bitgrad/estimators"': 115_900,
  'export * from "bitgrad/predict"': 17_100,
  'export { fromSafetensors } from "bitgrad/formats"': 9_000,
  'export { toSafetensors } from "bitgrad/formats"': 6_000,
  'export { Network } from "bitgrad"; export { fromSafetensors, toSafetensors } from "bitgrad/formats"': 100_400,
  'export { toJavaScript } from "bitgrad/formats"': 9_400,
  'export { fromBrainJS, toBrainJS } from "bitgrad/formats"': 7_000,
  'export { fromScikitLearn, toScikitLearn } from "bitgrad/formats"': 6_500,
  'export { toC } from "bitgrad/formats"': 9_900,
};

export async function measureSizes(): Promise<Size[]> {
  const wasm = await readFile(new URL(import.meta.resolve("bitgrad/bitgrad.wasm")));
  const imports = Object.entries(LIMITS).map(async ([code, limit]) => {
    const what = code.replaceAll("export ", "").replaceAll(/\* from "([^"]+)"/g, "$1");
    return { what: `${what}, minified and gzipped`, bytes: await minifiedBytes(code), limit };
  });
  return [{ what: "bitgrad.wasm", bytes: wasm.length, limit: MODULE_LIMIT }, ...(await Promise.all(imports))];
}

async function minifiedBytes(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
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
