// bitgrad replay: a receipt of bitgrad train and its CSV file in; whether the training, done again, is the same.

import { Recorder, readReceipt } from "bitgrad/receipts";
import type { Command } from "commander";
import { addEngineOptions, type EngineFlags, SOURCE } from "./arguments.ts";
import { about, counted, misuse } from "./failures.ts";
import { print, readBytes } from "./input-output.ts";
import { flagsOf } from "./receipt-notes.ts";
import { readData } from "./tables.ts";
import { addTrainOptions, divided, type TrainFlags } from "./train.ts";
import { Interruption, trained } from "./training.ts";

const MOST_BYTES = 2 ** 26;

const EXAMPLES = `
Examples:
  bitgrad train iris.csv --target species --receipt receipt.json
  bitgrad replay receipt.json iris.csv --engine reference

The status is 0 if everything is as the receipt has it, and 1 if something differs.`;

interface ReplayFlags extends EngineFlags {
  readonly json?: true;
}

export function addReplay(program: Command): void {
  const command = program
    .command("replay")
    .description("Train again what a receipt of bitgrad train is of, and compare every entry.")
    .argument("<receipt>", "what bitgrad train --receipt wrote; - is standard input")
    .argument("<file>", SOURCE);
  addEngineOptions(command)
    .option("--json", "print the result as JSON and nothing else")
    .addHelpText("after", EXAMPLES)
    .action(replay);
}

async function replay(receiptPath: string, path: string, { json, ...engine }: ReplayFlags): Promise<void> {
  if (receiptPath === "-" && path === "-") {
    throw misuse("the receipt and the table are both -; standard input is one file");
  }
  const bytes = await readBytes(receiptPath, MOST_BYTES, "a receipt has less than 1 MB");
  const text = new TextDecoder().decode(bytes);
  const expected = await about(receiptPath, () => readReceipt(text));
  const flags = { ...flagsOf<TrainFlags>(receiptPath, expected.predicate.notes, addTrainOptions), ...engine };
  const data = await readData(path, flags);
  const recorder = new Recorder({ expected });
  const { training, test } = divided(data, flags);
  const rows = flags.cv !== undefined || test.length === 0 ? undefined : training;
  const interruption = new Interruption();
  try {
    const model = await trained({ path, data, rows, flags, interruption, name: "replay", receipt: recorder });
    model.dispose();
  } finally {
    interruption.end();
  }
  if (interruption.asked) {
    process.exitCode = 130;
    return;
  }
  const { difference } = recorder;
  const epochs = recorder.receipt?.predicate.end?.epoch ?? 0;
  const found = { confirmed: difference === undefined, epochs, ...(difference !== undefined && { difference }) };
  await print(`${json ? JSON.stringify(found, null, 2) : described(found)}\n`);
  process.exitCode = found.confirmed ? 0 : 1;
}

function described({ epochs, difference }: { epochs: number; difference?: Recorder["difference"] }): string {
  if (difference === undefined) return `confirmed: ${counted(epochs, "epoch")}, and the same parameters at the end`;
  const { epoch, agreed, what, found, expected } = difference;
  const before = agreed === undefined ? "nothing agrees before it" : `epoch ${agreed} is the last one that agrees`;
  const shown = (value: unknown) => JSON.stringify(value) ?? "nothing";
  return [
    `DIFFERS after epoch ${epoch}, in ${what}; ${before}`,
    `  here        ${shown(found)}`,
    `  the receipt ${shown(expected)}`,
  ].join("\n");
}
