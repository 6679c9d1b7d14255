// The entry for encoders alone.

export type { NumberArray } from "./arrays.ts";
export type { Category, Cell, DateUnit, Values } from "./data/cells.ts";
export type {
  ColumnKind,
  ColumnOptions,
  Missing,
  NumberKind,
  SavedCategories,
  SavedColumn,
  SavedColumnBase,
  SavedNumbers,
  Unseen,
} from "./data/columns.ts";
export {
  type ColumnChoice,
  type ColumnKinds,
  Encoder,
  type LearnOptions,
  type SavedEncoder,
} from "./data/encoder.ts";
export type { MatrixLike, Numbers, Rows, TypedMatrix, TypedMatrixLike } from "./data/matrix.ts";
export type { ArrowTable, CellRows, Columns, DataTable, Records, Table } from "./data/table.ts";
