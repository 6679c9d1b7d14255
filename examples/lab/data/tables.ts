// A table of one's own: which column is what, and its rows as numbers. A page loads this with its first table.

import { hash } from "@stablelib/sha256";
import { Encoder, type SavedCategories, type SavedColumn, type SavedEncoder } from "bitgrad/encoder";
import { type DataTable, parseCSV, readTable, trainTestSplit } from "bitgrad/tables";
import { last } from "../arrays.ts";
import { LIMITS, type Task } from "../recipe.ts";

/** Columns of texts with more different ones than this say nothing about other rows: names, keys, remarks. */
const MOST_CATEGORIES = 50;

/** What a table looks like before somebody says what to learn. */
export interface Look {
  readonly rows: number;
  readonly columns: readonly {
    readonly name: string;
    /** How many different cells it has, and the first of them. */
    readonly different: number;
    readonly examples: readonly string[];
    readonly isNumber: boolean;
  }[];
  /** The last column, and whether it looks like classes. */
  readonly target: string;
  readonly task: Task;
}

export function lookAt(csv: string | Uint8Array): Look {
  const table = tableOf(csv);
  const columns = table.names!.map((name) => {
    const cells = (table.column(name) as string[]).map(String);
    const different = new Set(cells);
    const isNumber = cells.every((cell) => cell.trim() === "" || Number.isFinite(Number(cell)));
    return { name, different: different.size, examples: [...different].slice(0, 5), isNumber };
  });
  const target = last(columns)!;
  const isClass = !target.isNumber || (target.different <= 10 && target.examples.every((cell) => /^-?\d+$/.test(cell)));
  return { rows: table.rows, columns, target: target.name, task: isClass ? "classes" : "numbers" };
}

/** The SHA-256 of a file, by which a link names it. */
export function digestOf(file: Uint8Array): string {
  return Array.from(hash(file), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function tableOf(csv: string | Uint8Array): DataTable {
  if (csv.length > LIMITS.csv) {
    throw new Error(`the table has ${millions(csv.length)} MB; up to ${millions(LIMITS.csv)} MB can be taken here`);
  }
  if (csv.length === 0)
    throw new Error("the table is empty: paste some lines of CSV, the first with the columns' names");
  const table = readTable(parseCSV(csv));
  if (table.rows > LIMITS.rows) {
    const [found, most] = [table.rows, LIMITS.rows].map((rows) => rows.toLocaleString("en"));
    throw new Error(`the table has ${found} rows; up to ${most} can be taken here`);
  }
  return table;
}

const millions = (bytes: number) => Math.ceil(bytes / 1e6);

/** A table's rows, those to train on first. */
export interface TableRows {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly training: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Columns that were left out, since nearly every row has a text of its own there. */
  readonly dropped: readonly string[];
  /** Of the inputs; of the outputs where there is one, and where there is one for each class. */
  readonly encoders: { readonly x: SavedEncoder; readonly y: SavedEncoder; readonly yOneHot?: SavedEncoder };
}

export interface Asked {
  readonly csv: string | Uint8Array;
  readonly target: string;
  readonly task: Task;
  /** The share of rows to look at, and the seed that draws them. */
  readonly validation: number;
  readonly seed: number;
}

/** The rows as numbers. What is learned of the columns is learned of the rows to train on. */
export function readRows({ csv, target, task, validation, seed }: Asked): TableRows {
  const table = tableOf(csv);
  if (!table.names!.includes(target)) {
    throw new Error(
      `the table has no column "${target}": it has ${table.names!.map((name) => `"${name}"`).join(", ")}`,
    );
  }
  if (table.width < 2)
    throw new Error(`the table has the column "${target}" alone; another one is needed to learn from`);
  const [tableX, tableY] = table.split(target);
  const labels = tableY.column(target);
  const stratify = task === "classes" ? { stratify: labels } : {};
  const parts = trainTestSplit(table.rows, { test: validation, seed, ...stratify });
  const dropped = textsOf(tableX, parts.training);
  const kinds = Object.fromEntries(dropped.map((name) => [name, "drop"] as const));
  const x = Encoder.learn(tableX.part(parts.training), kinds, { missing: "median", unseen: "none" });
  if (x.width > LIMITS.columns) {
    throw new Error(`the table has ${x.width} columns as numbers; up to ${LIMITS.columns} can be taken here`);
  }
  const order = new Uint32Array(table.rows); // set, not spread: a call takes some 10,000 arguments in a worker
  order.set(parts.training);
  order.set(parts.test, parts.training.length);
  const rows = { training: parts.training.length, inputs: x.names, x: x.encode(tableX.take(order)).data, dropped };
  if (task === "numbers") {
    const y = Encoder.learn(tableY.part(parts.training), [numbersOf(target, labels)]);
    const encoders = { x: x.toJSON(), y: y.toJSON() };
    return { ...rows, outputs: [target], y: y.encode(tableY.take(order)).data, encoders };
  }
  const y = Encoder.learn(tableY, ["ordinal"]); // all labels are classes, those of rows held out, too
  const outputs = classesOf(y, target);
  const encoders = { x: x.toJSON(), y: y.toJSON(), yOneHot: Encoder.learn(tableY, ["oneHot"]).toJSON() };
  return { ...rows, outputs, y: y.encode(tableY.take(order)).data, encoders };
}

/** Columns whose cells are texts, nearly all of them different. */
function textsOf(table: DataTable, training: Uint32Array): string[] {
  const learned = Encoder.learn(table.part(training), {}, { missing: "median", unseen: "none" }).learned;
  const isText = (column: SavedColumn) => "categories" in column && column.categories.length > MOST_CATEGORIES;
  const dropped = learned.filter(isText).map(({ name }) => name!);
  if (dropped.length < learned.length) return dropped;
  throw new Error(
    "all columns but the target hold texts of which nearly every row has its own: nothing can be learned",
  );
}

function numbersOf(target: string, cells: readonly unknown[]): "standard" {
  const row = cells.findIndex((cell) => String(cell).trim() === "" || !Number.isFinite(Number(cell)));
  if (row < 0) return "standard";
  throw new Error(`the column "${target}" has "${String(cells[row])}" in row ${row + 1}: a number is expected there`);
}

function classesOf(y: Encoder, target: string): string[] {
  const classes = (y.learned[0] as SavedCategories).categories.map(String);
  if (classes.length < 2) throw new Error(`the column "${target}" has one value alone: there is nothing to tell apart`);
  if (classes.length <= LIMITS.classes) return classes;
  throw new Error(
    `the column "${target}" has ${classes.length} different values; up to ${LIMITS.classes} can be told apart: ` +
      "if they are numbers, learn them as numbers",
  );
}
