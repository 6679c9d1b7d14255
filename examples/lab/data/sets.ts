// The rows of a recipe: what the network gets, what it should give, and which rows are only looked at.

import type { Operations } from "bitgrad";
import { type DataKind, isPlane, type Recipe, type Task, taskOf } from "../recipe.ts";
import { DIGITS, digits } from "./digits.ts";
import { fillFeatures } from "./features.ts";
import { IRIS_INPUTS, IRIS_KINDS, iris } from "./iris.ts";
import { drawShape, type Point } from "./shapes.ts";
import type * as tables from "./tables.ts";

/** What some data need, and a page loads when they are first asked for. */
export interface Parts {
  /** What `tables.ts` exports. */
  readonly tables?: typeof tables;
  /** What `packDigits` returned. */
  readonly digits?: string;
}

/** The part that a kind of data needs. */
export function partOf(kind: DataKind): keyof Parts | undefined {
  if (kind === "digits") return "digits";
  return kind === "table" || kind === "file" ? "tables" : undefined;
}

export interface DataSet {
  readonly task: Task;
  /** Names of the columns of x. */
  readonly inputs: readonly string[];
  /** Labels of the classes, or names of the numbers. */
  readonly outputs: readonly string[];
  readonly rows: number;
  /** How many of the rows are trained on; the others, which are the last, are only looked at. */
  readonly training: number;
  /** rows × inputs. */
  readonly x: Float64Array;
  /** Each row's class, from 0, or its number. */
  readonly y: Float64Array;
  /** Of a plane: x1, x2 and the label of each row. */
  readonly points?: Float64Array;
  /** How a table's columns became numbers. */
  readonly encoders?: tables.TableRows["encoders"];
  /** Columns of a table that were left out. */
  readonly dropped?: readonly string[];
  /** What was done that nobody asked for. */
  readonly remarks?: readonly string[];
}

export interface Given {
  readonly op: Operations;
  readonly parts?: Parts;
  /** The bytes that the data "file" are in. */
  readonly file?: Uint8Array | undefined;
}

/** The rows that a recipe describes. */
export function dataOf(recipe: Recipe, given: Given): DataSet {
  const { kind } = recipe.data;
  if (isPlane(recipe.data)) return arranged(planeOf(recipe, given.op), recipe.training.validation);
  if (kind === "table" || kind === "file") return tableOf(recipe, given);
  return arranged(kind === "iris" ? irises() : digitsOf(recipe, given), recipe.training.validation);
}

type Rows = Omit<DataSet, "training" | "rows">;

function planeOf({ data, features }: Recipe, op: Operations): Rows {
  const task = taskOf(data);
  if (features.length === 0) throw new Error("no feature is chosen: the network needs one at least");
  const points =
    data.kind === "points" ? mixed(data.points, op) : drawShape(op, data as Parameters<typeof drawShape>[1]);
  const x = new Float64Array(points.length * features.length);
  return {
    task,
    inputs: features,
    outputs: task === "classes" ? ["0", "1"] : ["y"],
    x: fillFeatures(x, features, (row) => points[row] as unknown as readonly [number, number]),
    y: Float64Array.from(points, ([, , label]) => label),
    points: Float64Array.from(points.flat()),
  };
}

/** Points in another order, always the same: who draws them draws one class after the other. */
function mixed(points: readonly Point[], op: Operations): Point[] {
  if (points.length < 2) throw new Error("there are fewer than 2 points: draw some into the plane");
  return Array.from(op.shuffle(points.length, 0, 0), (row) => points[row]!);
}

function irises(): Rows {
  return { task: "classes", inputs: IRIS_INPUTS, outputs: IRIS_KINDS, ...iris() };
}

function digitsOf({ data }: Recipe, { parts }: Given): Rows {
  const packed = parts?.digits;
  if (packed === undefined) throw new Error("the digits are not loaded");
  const rows = data.kind === "digits" ? data.rows : DIGITS;
  const inputs = Array.from({ length: 64 }, (_, n) => `pixel ${Math.floor(n / 8) + 1}.${(n % 8) + 1}`);
  return { task: "classes", inputs, outputs: [..."0123456789"], ...digits(packed, rows) };
}

function tableOf({ data, network, training }: Recipe, { parts, file }: Given): DataSet {
  if (data.kind !== "table" && data.kind !== "file") throw new Error(`the data "${data.kind}" are no table`);
  const { target, task, name } = data;
  const { tables } = parts ?? {};
  if (tables === undefined) throw new Error("what reads tables is not loaded");
  if (data.kind === "file") {
    if (file === undefined) throw new Error(`the file "${name}" is needed: choose it, or drop it here`);
    const found = tables.digestOf(file);
    if (found !== data.sha256) {
      const says = `its SHA-256 is ${found.slice(0, 12)}…, and ${data.sha256.slice(0, 12)}… is expected`;
      throw new Error(`this is not the file "${name}" that the training was done with: ${says}`);
    }
  }
  const csv = data.kind === "table" ? data.csv : file!;
  const asked = { csv, target, task, validation: training.validation, seed: network.seed };
  const rows = tables.readRows(asked);
  const remarks = rows.dropped.map(
    (column) => `The column "${column}" is left out: nearly every row has a text of its own.`,
  );
  return { task, rows: rows.y.length, ...rows, remarks };
}

/** As `validationSplit: { last: share }` has it. */
function arranged(found: Rows, share: number): DataSet {
  const rows = found.y.length;
  return { ...found, rows, training: rows - Math.floor(rows * share) };
}
