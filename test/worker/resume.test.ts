// A training that was saved while its last epoch was evaluated: it has one loss more than evaluations. A worker goes on
// with it as this thread does, and what is saved meanwhile goes on, too.

import { Network } from "bitgrad/worker";
import { expect, it } from "vitest";
import { readFile, writeFile } from "../../bindings/saving/file.ts";
import { piecesOf } from "../../bindings/saving/pieces.ts";

const x = [0, 1, 2, 3].map((n) => [n >> 1, n & 1]);
const y = [[0], [1], [1], [0]];
const EPOCHS = 6;

it.each([false, true])("resumed and saved again by a listener, worker: %s", async (worker) => {
  const create = () => Network.create({ inputs: 2, layers: [{ units: 3 }, { units: 1 }], optimizer: "adam", seed: 4 });
  const fit = { epochs: EPOCHS, metrics: ["mae"] as const, validation: [x, y] as const };
  using whole = await create();
  const wanted = whole.fit(x, y, fit);

  const files: Uint8Array[] = [];
  using first = await create();
  first.fit(x, y, { ...fit, checkpoint: { everyEpochs: 2, save: (file) => void files.push(file) } });
  const saved = readFile(piecesOf(files[0]!));
  const run = {
    ...saved.run!,
    validationLoss: saved.run!.validationLoss.slice(0, 1),
    metrics: { mae: saved.run!.metrics.mae!.slice(0, 1) },
  };

  using second = await Network.load(writeFile({ ...saved, run }));
  const again: Uint8Array[] = [];
  const onEpoch = () => void again.push(second.save());
  expect(await second.fitAsync(x, y, { ...fit, resume: true, worker, onEpoch })).toEqual(wanted);
  expect(again.length).toBe(EPOCHS - 1);
  for (const file of again) {
    using third = await Network.load(file);
    expect(await third.fitAsync(x, y, { ...fit, resume: true })).toEqual(wanted);
    expect(third.digest()).toBe(whole.digest());
  }
});
