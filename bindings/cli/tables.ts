// A CSV file as the command takes it: its inputs, its targets, and whether these are classes or numbers.

import { getHeapStatistics } from "node:v8";
import { Encoder } from "bitgrad/encoder";
import { type CSVOptions, type DataTable, parseCSV, readTable, sampleCSV } from "bitgrad/tables";
import type { TableFlags } from "./arguments.ts";
import { about, calledOf, Failure, misuse } from "./failures.ts";
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

const MOST_BYTES = 2 ** 29;
const HEAP_SHARE = 1 / 16; // a cell of one character and its comma take some 30 bytes

/** How large a table may be that is read whole: V8 ends a process whose heap is full, without a word of ours. */
function mostBytes(): number {
  const { heap_size_limit: heap } = getHeapStatistics();
  return heap > 0 ? Math.min(MOST_BYTES, Math.floor(heap * HEAP_SHARE)) : MOST_BYTES;
}

const ADVICE =
  "--sample 1000000 learns from so many of its rows, drawn at random, and " +
  "NODE_OPTIONS=--max-old-space-size=8192 lets Node use as many MiB of memory";

export function csvOptions({ delimiter, decimalComma, header }: TableFlags): CSVOptions {
  return { header, decimal: decimalComma ? "," : ".", ...(delimiter !== undefined && { delimiter }) };
}

async function readColumns(path: string, flags: TableFlags & DataFlags): Promise<Columns> {
  const { sample, seed } = flags;
  const options = csvOptions(flags);
  if (sample !== undefined) return sampleCSV(readChunks(path), sample, { ...options, seed });
  return parseCSV(await readBytes(path, mostBytes(), ADVICE), options);
}

const MOST_COLUMNS = 2 ** 19; // that an estimator takes

export async function readData(path: string, flags: TableFlags & DataFlags): Promise<Data> {
  const columns = await about(path, () => readColumns(path, flags));
  const width = Object.keys(columns).length;
  if (width > MOST_COLUMNS) {
    throw new Failure(
      `${calledOf(path)}: it has ${width} columns; at most ${MOST_COLUMNS} are expected. Are rows and columns exchanged?`,
    );
  }
  const table = await about(path, () => readTable(columns));
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

export const DAY = 86_400_000; // milliseconds

/** What the cells of a target are. Whole numbers become numbers, so that classes are sorted by value. */
function lookAt(table: DataTable, name: string, missingWords: readonly string[], given: Task | undefined) {
  const cells = table.column(name) as string[];
  // refuses cells that are missing, and for numbers those that are none
  const kinds = given === undefined ? {} : ({ [name]: given === "regression" ? "standard" : "oneHot" } as const);
  const learned = Encoder.learn(table, kinds, { missingWords }).learned[0]!;
  if ("values" in learned && learned.values === "date" && given !== "classification") {
    const { data } = Encoder.learn(table, "passThrough").encode(table); // days, by the library's reading of dates
    const dates = Array.from(data, (days) => new Date(Math.round(days * DAY)));
    return { task: "regression", reason: `${name} has dates`, cells: dates } as const;
  }
  const areNumbers = learned.kind === "standard";
  const areWhole = cells.every((cell) => WHOLE.test(cell));
  const different = new Set(cells).size;
  const most = Math.max(2, Math.min(MOST_CLASSES, cells.length / 5));
  const task = given ?? (areNumbers && !(areWhole && different <= most) ? "regression" : "classification");
  const what = areWhole ? "whole numbers" : areNumbers ? "numbers" : "texts";
  const reason = given === undefined ? `${name} has ${different} different ${what}` : "by --task";
  return { task, reason, cells: areWhole || task === "regression" ? cells.map(Number) : cells } as const;
}
