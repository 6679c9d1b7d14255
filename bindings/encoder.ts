// The entry for encoders alone.

export type { FloatArray, NumberArray } from "./arrays.ts";
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
export type { CompressedMatrix } from "./data/compressed.ts";
export type { EncodedStream, StreamedRows, TableStream } from "./data/encoded-stream.ts";
export {
  type EncodedRows,
  Encoder,
  type EncodeStreamOptions,
  type LearnOptions,
  type SavedEncoder,
} from "./data/encoder.ts";
export type { ColumnChoice, ColumnKinds } from "./data/kinds.ts";
export type { MatrixLike, Numbers, Rows, TypedMatrix, TypedMatrixLike } from "./data/matrix.ts";
export type { TypedCompressedMatrix } from "./data/sparse-coding.ts";
export type { ArrowTable, CellRows, Columns, ColumnsAs, DataTable, Records, Table } from "./data/table.ts";
