// Writes ../../bindings/verify/golden.json: `npx tsx test/golden/write.ts`, after a build. Refuses unless all engines agree on every case.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import * as bitgrad from "bitgrad";
import * as reference from "bitgrad/reference";
import { cases, digestOf, type Library } from "../../bindings/verify/cases.ts";

async function digests(library: Library, engine: "wasm" | "reference"): Promise<[name: string, digest: string][]> {
  const found: [string, string][] = [];
  for (const { name, compute } of cases(library, engine)) found.push([name, digestOf(await compute())]);
  return found;
}

const [wasm, ...others] = [
  await digests(bitgrad, "wasm"),
  await digests(bitgrad, "reference"),
  await digests(reference, "reference"),
] as const;

const disputed = wasm.filter(([, digest], i) => others.some((other) => other[i]![1] !== digest));
if (disputed.length > 0) {
  console.error("../../bindings/verify/golden.json is left as it was: the engines differ on");
  for (const [name] of disputed) console.error(`  ${name}`);
  process.exit(1);
}
const file = new URL("../../bindings/verify/golden.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(Object.fromEntries(wasm), null, 2)}\n`);
console.log(`${wasm.length} digests written`);

const built = readFileSync(new URL("../../dist/bitgrad.wasm", import.meta.url));
const hash = createHash("sha256").update(built).digest("hex");
writeFileSync(new URL("../../assembly/bitgrad.wasm.sha256", import.meta.url), `${hash}  bitgrad.wasm\n`);
