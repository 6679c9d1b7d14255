// Bundle size and cold start: the smallest program that builds 784-30-10 and trains one step (first-steps/), bundled and
// minified as an application would, then run in fresh processes of node in turns.

import { copyFile, mkdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { gzippedBytes } from "../../test/support/sizes.ts";
import { median } from "../race.ts";
import { FIRST_STEPS, raceStarts } from "../start-up.ts";
import type { Contestant } from "./contestants.ts";

export interface Start {
  readonly contestant: string;
  /** Of the bundle, after gzip -9. */
  readonly gzippedBytes: number;
  /** Of files that it fetches besides, as they are. */
  readonly assetBytes: number;
  /** From before the import to after the first step: median, and all of them. */
  readonly milliseconds: number;
  readonly runs: readonly number[];
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

type Entry = Pick<BuildOptions, "stdin" | "entryPoints">;

function entryOf({ firstStep }: Contestant): Entry {
  if (firstStep!.endsWith(".mjs")) return { entryPoints: [here(`first-steps/${firstStep}`)] };
  const contents = FIRST_STEPS[firstStep as keyof typeof FIRST_STEPS];
  return { stdin: { contents, resolveDir: here(".."), loader: "ts" } };
}

/** A file *.model.mjs stands for the bytes that it exports. */
const MODELS: Plugin = {
  name: "models",
  setup({ onLoad }) {
    onLoad({ filter: /\.model\.mjs$/ }, async ({ path }) => {
      const { default: contents } = (await import(pathToFileURL(path).href)) as { default: Uint8Array };
      return { contents, loader: "binary" };
    });
  },
};

export async function measureStarts(
  contestants: readonly Contestant[],
  folder: string,
  quick: boolean,
  progress: (what: string) => void,
): Promise<Start[]> {
  const starting = contestants.filter(({ firstStep }) => firstStep !== undefined);
  const files: string[] = [];
  const assetBytes: number[] = [];
  for (const [n, contestant] of starting.entries()) {
    progress(`start-up: ${contestant.name} is bundled`);
    const own = join(folder, `start-${n}`);
    await mkdir(own);
    const outfile = join(own, "bundle.mjs");
    await build({
      ...entryOf(contestant),
      bundle: true,
      minify: true,
      platform: "node",
      mainFields: ["module", "main"],
      format: "esm",
      target: "node20",
      // for CommonJS inside: a bundle has no require of its own
      banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
      plugins: [MODELS],
      define: { __dirname: "import.meta.dirname" },
      logLevel: "error",
      outfile,
    });
    let bytes = 0;
    for (const asset of contestant.assets ?? []) {
      const file = here(`node_modules/${asset}`);
      bytes += (await readFile(file)).length;
      await copyFile(file, join(own, basename(asset)));
    }
    files.push(outfile);
    assetBytes.push(bytes);
  }
  progress("start-up: cold starts");
  const runs = await raceStarts(files, folder, quick ? 5 : 15);
  return Promise.all(
    starting.map(async ({ name }, n) => ({
      contestant: name,
      gzippedBytes: await gzippedBytes(await readFile(files[n]!)),
      assetBytes: assetBytes[n]!,
      milliseconds: median(runs[n]!),
      runs: runs[n]!,
    })),
  );
}
