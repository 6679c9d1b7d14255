// Writes ../../bindings/verify/golden.json and checkpoints.json: `npx tsx test/golden/write.ts`, after a build. Refuses
// unless all engines agree on everything.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import * as bitgrad from "bitgrad";
import * as reference from "bitgrad/reference";
import { cases, digestOf, type Library } from "../../bindings/verify/cases.ts";
import { DTYPES, type Loader, train } from "./checkpoints.ts";

/** By name: of every case its digest, of every dtype what the training with checkpoints leaves. */
async function everything(library: Library & Loader, engine: "wasm" | "reference") {
  const golden: Record<string, string> = {};
  for (const { name, compute } of cases(library, engine)) golden[name] = digestOf(await compute());
  const checkpoints: Record<string, object> = {};
  for (const dtype of DTYPES) checkpoints[dtype] = await train(library, engine, dtype);
  return { golden, checkpoints };
}

const [wasm, ...others] = [
  await everything(bitgrad, "wasm"),
  await everything(bitgrad, "reference"),
  await everything(reference, "reference"),
] as const;

const disputed = (["golden", "checkpoints"] as const).flatMap((part) => {
  const differs = (name: string) => {
    const [text, ...texts] = [wasm, ...others].map((all) => JSON.stringify(all[part][name]));
    return texts.some((other) => other !== text);
  };
  return Object.keys(wasm[part])
    .filter(differs)
    .map((name) => `${part}: ${name}`);
});
if (disputed.length > 0) {
  console.error("nothing is written: the engines differ on");
  for (const name of disputed) console.error(`  ${name}`);
  process.exit(1);
}

const write = (path: string, text: string) => writeFileSync(new URL(path, import.meta.url), text);
write("../../bindings/verify/golden.json", `${JSON.stringify(wasm.golden, null, 2)}\n`);
write("checkpoints.json", `${JSON.stringify(wasm.checkpoints, null, 2)}\n`);
console.log(`${Object.keys(wasm.golden).length} digests and the checkpoints of ${DTYPES.length} trainings written`);

const built = readFileSync(new URL("../../dist/bitgrad.wasm", import.meta.url));
const hash = createHash("sha256").update(built).digest("hex");
write("../../assembly/bitgrad.wasm.sha256", `${hash}  bitgrad.wasm\n`);
