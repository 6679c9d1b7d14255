// A CSV file as the command takes it: its inputs, its targets, and whether these are classes or numbers.

import { Encoder } from "bitgrad/encoder";
import { type CSVOptions, type DataTable, parseCSV, readTable, sampleCSV } from "bitgrad/tables";
import type { TableFlags } from "./arguments.ts";
import { about, calledOf, misuse } from "./failures.ts";
import { readBytes, readChunks } from "./input-output.ts";

export type Task = "classification" | "regression";

/** A table taken apart. */
export interface Data {
  readonly inputs: DataTable;
  readonly targets: DataTable;
  readonly task: Task;
  /** Why it is that task. */
  readonly reason: string;
}

/** What a training takes of a table. */
export interface DataFlags {
  readonly target: readonly string[];
  readonly drop?: readonly string[];
  readonly missing?: readonly string[];
  readonly task?: Task;
  readonly sample?: number;
  readonly seed: number;
}

export type Columns = Readonly<Record<string, readonly string[]>>;

const MOST_BYTES = 2 ** 29; // engines can't hold the cells of much more
const SAMPLE = "--sample 1000000 learns from so many of its rows, drawn at random";

export function csvOptions({ delimiter, decimalComma, header }: TableFlags): CSVOptions {
  return { header, decimal: decimalComma ? "," : ".", ...(delimiter !== undefined && { delimiter }) };
}

async function readColumns(path: string, flags: TableFlags & DataFlags): Promise<Columns> {
  const { sample, seed } = flags;
  const options = csvOptions(flags);
  if (sample !== undefined) return sampleCSV(readChunks(path), sample, { ...options, seed });
  return parseCSV(await readBytes(path, MOST_BYTES, SAMPLE), options);
}

export async function readData(path: string, flags: TableFlags & DataFlags): Promise<Data> {
  const table = await about(path, async () => readTable(await readColumns(path, flags)));
  const names = listOf(flags.target, table);
  const dropped = listOf(flags.drop ?? [], table);
  const both = names.find((name) => dropped.includes(name));
  if (both !== undefined) throw misuse(`--drop has ${JSON.stringify(both)}, which is the target`);
  const unknown = [...names, ...dropped].find((name) => !table.names!.includes(name));
  if (unknown !== undefined) await about(path, () => table.column(unknown)); // says so, with the nearest name
  if (names.length + dropped.length >= table.width) {
    throw misuse(`${calledOf(path)}: there are no columns to learn from, beside ${[...names, ...dropped].join(", ")}`);
  }
  const [rest, chosen] = table.split(names);
  const inputs = dropped.length === 0 ? rest : rest.split(dropped)[0];
  const words = listOf(flags.missing ?? []);
  const found = await about(
    path,
    () => names.map((name) => lookAt(names.length === 1 ? chosen : chosen.split(name)[1], name, words, flags.task)),
    TARGET_ADVICE,
  );
  const odd = found.find(({ task }) => task !== found[0]!.task);
  if (odd !== undefined) {
    throw misuse(
      `${calledOf(path)}: ${found[0]!.reason} (${found[0]!.task}), but ${odd.reason} (${odd.task}); several targets are ` +
        "all classes or all numbers: train them apart, or give --task",
    );
  }
  const { task } = found[0]!;
  const targets = readTable(Object.fromEntries(names.map((name, i) => [name, found[i]!.cells])));
  return { inputs, targets, task, reason: found.map(({ reason }) => reason).join("; ") };
}

/** Lists are given as a,b or one by one; a name may have a comma itself. */
export function listOf(texts: readonly string[], table?: DataTable): string[] {
  const names = texts.flatMap((text) => (table?.names?.includes(text) ? [text] : text.split(",")));
  return [...new Set(names)];
}

const MOST_CLASSES = 20; // that whole numbers are taken for
const WHOLE = /^(?:0|-?[1-9]\d{0,14})$/;

const TARGET_ADVICE = [
  [/give its kind.*/, "--task classification takes the target's cells as labels"],
  [/[^;]* is expected, or the option missing.*/, " a target is expected in every row"],
] as const;

/** What the cells of a target are. Whole numbers become numbers, so that classes are sorted by value. */
function lookAt(table: DataTable, name: string, missingWords: readonly string[], given: Task | undefined) {
  const cells = table.column(name) as string[];
  // refuses cells that are missing, and for numbers those that are none
  const kinds = given === undefined ? {} : ({ [name]: given === "regression" ? "standard" : "oneHot" } as const);
  const { kind } = Encoder.learn(table, kinds, { missingWords }).learned[0]!;
  const areNumbers = kind === "standard";
  const areWhole = cells.every((cell) => WHOLE.test(cell));
  const different = new Set(cells).size;
  const most = Math.max(2, Math.min(MOST_CLASSES, cells.length / 5));
  const task = given ?? (areNumbers && !(areWhole && different <= most) ? "regression" : "classification");
  const what = areWhole ? "whole numbers" : areNumbers ? "numbers" : "texts";
  const reason = given === undefined ? `${name} has ${different} different ${what}` : "by --task";
  return { task, reason, cells: areWhole || task === "regression" ? cells.map(Number) : cells } as const;
}
