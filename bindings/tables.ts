// The entry for tables: CSV, tables in any form read once, and which of their rows to learn from.

import { checkNoMore } from "./checks.ts";
import { ownTable } from "./data/read-table.ts";
import type { ColumnsAs, DataTable, Table } from "./data/table.ts";

export type { NumberArray } from "./arrays.ts";
export type { Cell } from "./data/cells.ts";
export { type CSVChunks, type CSVOptions, parseCSV, parseCSVStream, parseCSVTables, sampleCSV } from "./data/csv.ts";
export type { TypedMatrixLike } from "./data/matrix.ts";
export {
  type ArrowTable,
  type CellRows,
  type Columns,
  type ColumnsAs,
  DataTable,
  type Records,
  type Table,
} from "./data/table.ts";
export { type KFoldOptions, kFold, type RowParts, type TrainTestOptions, trainTestSplit } from "./network/parts.ts";

/**
 * Reads a table in any form and copies it, so that its rows and columns can be taken apart. An Encoder takes it as
 * well.
 *
 * @throws ShapeError if the table is empty or ragged, or is no table
 * @example
 * ```ts
 * import { parseCSV, readTable } from "bitgrad/tables";
 *
 * const [x, y] = readTable(parseCSV("sqm,city\n80,Bonn\n45,Ulm")).split("city");
 * console.log(x.names, y.column("city")); // [ 'sqm' ] [ 'Bonn', 'Ulm' ]
 * ```
 */
export function readTable<T extends ColumnsAs<T>>(table: Table | T, ...more: []): DataTable {
  checkNoMore("readTable", more);
  return ownTable("table", table);
}
