// The lab's trainer with all its pictures, beside fitAsync alone, on the lab's default recipes:
// npx tsx bench/lab.ts [--quick]
// The share of processor time is steadier than that of time where other programs run.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { Network, Operations } from "bitgrad";
import { packDigits } from "../examples/lab/data/digits.ts";
import { dataOf } from "../examples/lab/data/sets.ts";
import { defaultRecipe, type Recipe, SHAPES, SURFACES } from "../examples/lab/recipe.ts";
import { networkOf, rowsOf } from "../examples/lab/trainer/network.ts";
import type { Event } from "../examples/lab/trainer/protocol.ts";
import { createTrainer } from "../examples/lab/trainer/trainer.ts";

const { values: flags } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const [ROUNDS, ROUND_MS] = flags.quick ? [3, 600] : [9, 1500];
const PICTURES = { output: 60, units: 20, weights: true, gradients: true, confusion: true };

const csv = gunzipSync(readFileSync(new URL("../examples/digits/digits.csv.gz", import.meta.url))).toString();
const parts = { digits: packDigits(csv) };
const op = Operations.createSync();

/** Epochs a second, and a second of this process. */
interface Rate {
  readonly time: number;
  readonly processor: number;
}

function clock(epochs: number): () => Rate {
  const began = performance.now();
  const used = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(used);
    return { time: (epochs * 1000) / (performance.now() - began), processor: (epochs * 1e6) / (user + system) };
  };
}

/** From epoch 0. */
async function alone(recipe: Recipe, epochs: number): Promise<Rate> {
  const data = dataOf(recipe, { op, parts });
  const options = networkOf(recipe, data);
  const { x, y } = rowsOf(data, options, 0, data.training);
  const network = await Network.create(options);
  const taken = clock(epochs);
  await network.fitAsync(x, y, { epochs, batchSize: recipe.training.batchSize });
  const rate = taken();
  network.dispose();
  return rate;
}

/** The same in the lab, as in its worker: each frame is copied as a message is. */
async function inLab(recipe: Recipe, epochs: number): Promise<Rate & { readonly frames: number }> {
  let frames = 0;
  let listen: (event: Event) => void = () => {};
  const trainer = createTrainer((event) => {
    frames++;
    listen(structuredClone(event));
  }, parts);
  const until = (isIt: (event: Event) => boolean) =>
    new Promise<void>((resolve, reject) => {
      listen = (event) => {
        if (event.type === "failed") reject(new Error(event.message));
        else if (isIt(event)) resolve();
      };
    });
  const loaded = until(({ type }) => type === "frame");
  trainer.request({ type: "show", pictures: PICTURES });
  trainer.request({ type: "load", recipe, machine: { engine: "auto", worker: true, threads: 1 } });
  await loaded;
  frames = 0;
  const done = until((event) => event.type === "frame" && !event.running && event.epoch === epochs);
  const taken = clock(epochs);
  trainer.request({ type: "run", until: epochs });
  await done;
  const rate = taken();
  trainer.close();
  return { ...rate, frames: (frames * rate.time) / epochs };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const row = (...cells: readonly string[]) =>
  console.log(cells[0]!.padEnd(9), ...cells.slice(1).map((cell) => cell.padStart(14)));

row("data", "epochs/s alone", "in the lab", "of processor", "frames/s");
for (const kind of [...SHAPES, ...SURFACES, "iris", "digits"] as const) {
  const recipe = defaultRecipe(kind);
  await alone(recipe, 50);
  const epochs = Math.ceil(((await alone(recipe, 50)).time * ROUND_MS) / 1000);
  const rounds: { readonly own: Rate; readonly lab: Rate & { readonly frames: number } }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // by turns, and each first as often: a machine gets slower while it is warm
    const first = round % 2 === 0 ? await alone(recipe, epochs) : undefined;
    const lab = await inLab(recipe, epochs);
    rounds.push({ lab, own: first ?? (await alone(recipe, epochs)) });
  }
  const share = (of: keyof Rate) => percent(median(rounds.map(({ own, lab }) => lab[of] / own[of])));
  const rate = median(rounds.map(({ own }) => own.time)).toFixed(0);
  row(kind, rate, share("time"), share("processor"), median(rounds.map(({ lab }) => lab.frames)).toFixed(0));
}
