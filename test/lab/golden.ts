// Writes golden.json, the bits of the lab's data sets and of a short training of each: npx tsx test/lab/golden.ts

import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { Operations } from "bitgrad";
import { dataOf } from "../../examples/lab/data/sets.ts";
import { defaultRecipe, FEATURES, SHAPES, SURFACES } from "../../examples/lab/recipe.ts";
import { PARTS, Watched } from "./trainer.ts";

export function sha256(...arrays: readonly Float64Array[]): string {
  const hash = createHash("sha256");
  for (const array of arrays) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return hash.digest("hex");
}

async function write(): Promise<void> {
  const op = Operations.createSync();
  const golden: Record<"data" | "trained", Record<string, string>> = { data: {}, trained: {} };
  for (const kind of [...SHAPES, ...SURFACES, "iris", "digits"] as const) {
    const recipe = defaultRecipe(kind);
    const { x, y } = dataOf({ ...recipe, features: FEATURES }, { op, parts: PARTS });
    golden.data[kind] = sha256(x, y);
    const trainer = new Watched();
    await trainer.load(recipe);
    golden.trained[kind] = (await trainer.train(5)).digest;
    trainer.close();
  }
  writeFileSync(new URL("golden.json", import.meta.url), `${JSON.stringify(golden, undefined, 2)}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await write();
