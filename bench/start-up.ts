// Cold start: import, compile, create a network, first trained step; every time in a fresh node process, contestants
// taking turns. Files are bundled and minified as an application would, so no TypeScript loader is in the way.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { inFolder, runProgram } from "./processes.ts";
import { type ContestantName, median, takeTurns } from "./race.ts";
import { compared, PLAIN, type Row, rounded } from "./rows.ts";

const PROGRAM = `
const start = performance.now();
const { firstStep } = await import(process.argv[2]);
await firstStep();
console.log(performance.now() - start);
`;

/** Programs whose firstStep() is 784-30-10 trained with one batch; they resolve from this folder. */
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
  const net = await Network.create({ inputs: 784, layers: [{ units: 30 }, { units: 10 }], loss: "sse", optimizer: "sgd" });
  const x = { data: new Float32Array(7840).fill(0.5), shape: [10, 784] };
  net.fit(x, { data: new Float32Array(100), shape: [10, 10] }, { epochs: 1, batchSize: 10 });
}`;
}

export async function measureStartUp(quick: boolean): Promise<Row[]> {
  const names = Object.keys(FIRST_STEPS) as ContestantName[];
  const runs = await inFolder(async (folder) => {
    const files = names.map((name) => join(folder, `${name}.mjs`));
    for (const [n, name] of names.entries()) {
      await build({
        stdin: { contents: FIRST_STEPS[name], resolveDir: fileURLToPath(new URL(".", import.meta.url)), loader: "ts" },
        bundle: true,
        minify: true,
        format: "esm",
        outfile: files[n]!,
      });
    }
    return raceStarts(files, folder, quick ? 7 : 15);
  });
  const [wasm, reference, plain] = (["wasm", "reference", "plain"] as const).map((name) => runs[names.indexOf(name)]!);
  const row = { section: "start-up", name: "import to the first trained step", dtype: "f32" as const, beside: PLAIN };
  return [{ ...row, ...compared("ms", wasm!, plain!), reference: rounded(median(reference!)) }];
}

/** Milliseconds of every start of each bundled file, the files taking turns. */
export async function raceStarts(files: readonly string[], folder: string, rounds: number): Promise<number[][]> {
  const program = join(folder, "program.mjs");
  await writeFile(program, PROGRAM);
  const contestants = files.map((file) => ({ file, runs: [] as number[] }));
  await takeTurns(contestants, rounds, async ({ file, runs }) => {
    runs.push(await runProgram<number>([program, file]));
  });
  return contestants.map(({ runs }) => runs);
}
