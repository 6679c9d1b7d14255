// Cold start: import, compile, create a network, first trained step; every time in a fresh node process, contestants
// taking turns. Files are bundled and minified as an application would, so no TypeScript loader is in the way.

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { ContestantName } from "./race.ts";
import { median } from "./race.ts";

export interface StartUp {
  readonly contestant: ContestantName;
  /** Milliseconds from before the import to after the first step: median, and all of them. */
  readonly milliseconds: number;
  readonly runs: readonly number[];
}

const PROGRAM = `
const start = performance.now();
const { firstStep } = await import(process.argv[2]);
await firstStep();
console.log(performance.now() - start);
`;

/** Programs whose firstStep() is digits' network trained with one batch; they resolve from this folder. */
export const FIRST_STEPS: Record<ContestantName, string> = {
  wasm: libraryEntry("bitgrad"),
  reference: libraryEntry("bitgrad/reference"),
  plain: `
import { PlainNetwork } from "./plain-js.ts";
export function firstStep() {
  const net = new PlainNetwork([784, 30, 10], "f32");
  net.fit(new Float32Array(7840).fill(0.5), new Float32Array(100), 1, 10, 0.1);
}`,
};

function libraryEntry(name: string): string {
  return `
import { Network } from "${name}";
export async function firstStep() {
  const net = await Network.create({ inputs: 784, layers: [{ units: 30 }, { units: 10 }] });
  const x = { data: new Float32Array(7840).fill(0.5), shape: [10, 784] };
  net.fit(x, { data: new Float32Array(100), shape: [10, 10] }, { batchSize: 10 });
}`;
}

export async function measureStartUp(quick: boolean): Promise<StartUp[]> {
  const folder = await mkdtemp(join(tmpdir(), "bitgrad-bench-"));
  try {
    const names = Object.keys(FIRST_STEPS) as ContestantName[];
    for (const name of names) {
      await build({
        stdin: { contents: FIRST_STEPS[name], resolveDir: fileURLToPath(new URL(".", import.meta.url)), loader: "ts" },
        bundle: true,
        minify: true,
        format: "esm",
        outfile: join(folder, `${name}.mjs`),
      });
    }
    const files = names.map((name) => join(folder, `${name}.mjs`));
    const runs = await raceStarts(files, folder, quick ? 7 : 15);
    return names.map((name, n) => ({ contestant: name, milliseconds: median(runs[n]!), runs: runs[n]! }));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Milliseconds of every start of each bundled file, the files taking turns. */
export async function raceStarts(files: readonly string[], folder: string, rounds: number): Promise<number[][]> {
  const program = join(folder, "program.mjs");
  await writeFile(program, PROGRAM);
  const runs: number[][] = files.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [n, file] of files.entries()) {
      const { stdout } = await promisify(execFile)(process.execPath, [program, file], { timeout: 120_000 });
      runs[n]!.push(Number(stdout.trim().split("\n").at(-1))); // libraries may print something before
    }
  }
  return runs;
}
