// Cold start: import, compile, create a network, first trained step; every time in a fresh node process, contestants
// taking turns. Files are bundled and minified as an application would, so no TypeScript loader is in the way.

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { ContestantName } from "./contestant.ts";
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

// digits' network and one batch of it
const ENTRIES: Record<ContestantName, string> = {
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
    const program = join(folder, "program.mjs");
    await writeFile(program, PROGRAM);
    const names = Object.keys(ENTRIES) as ContestantName[];
    for (const name of names) {
      await build({
        stdin: { contents: ENTRIES[name], resolveDir: fileURLToPath(new URL(".", import.meta.url)), loader: "ts" },
        bundle: true,
        minify: true,
        format: "esm",
        outfile: join(folder, `${name}.mjs`),
      });
    }
    const runs: Record<ContestantName, number[]> = { wasm: [], plain: [], reference: [] };
    for (let round = 0; round < (quick ? 7 : 15); round++) {
      for (const name of names) {
        const { stdout } = await promisify(execFile)(process.execPath, [program, join(folder, `${name}.mjs`)]);
        runs[name].push(Number(stdout));
      }
    }
    return names.map((name) => ({ contestant: name, milliseconds: median(runs[name]), runs: runs[name] }));
  } finally {
    await rm(folder, { recursive: true });
  }
}
