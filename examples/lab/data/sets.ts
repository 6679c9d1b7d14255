// The rows of a recipe: what the network gets, what it should give, and which rows are only looked at.

import type { Operations } from "bitgrad";
import { type DataRecipe, isShape, isSurface, type Recipe, type Task, taskOf } from "../recipe.ts";
import { fillFeatures } from "./features.ts";
import { drawShape, type Point } from "./shapes.ts";

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
}

/** The rows that a recipe describes. */
export function dataOf({ data, features, training }: Recipe, op: Operations): DataSet {
  return arranged(rowsOf(data, features, op), training.validation);
}

type Rows = Omit<DataSet, "training" | "rows">;

function rowsOf(data: DataRecipe, features: Recipe["features"], op: Operations): Rows {
  if (isShape(data.kind) || isSurface(data.kind)) {
    return plane(drawShape(op, data as Parameters<typeof drawShape>[1]), features, taskOf(data));
  }
  throw new Error(`the data "${data.kind}" are not here yet`);
}

function plane(points: readonly Point[], features: Recipe["features"], task: Task): Rows {
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

/** As `validationSplit: { last: share }` has it. */
function arranged(found: Rows, share: number): DataSet {
  const rows = found.y.length;
  return { ...found, rows, training: rows - Math.floor(rows * share) };
}
