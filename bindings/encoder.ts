// The entry for encoders alone.

export type { NumberArray } from "./arrays.ts";
export {
  type Cell,
  type ColumnKind,
  Encoder,
  type SavedColumn,
  type SavedEncoder,
  type Table,
} from "./data/encoder.ts";
export type { MatrixLike, Rows, TypedMatrix, TypedMatrixLike } from "./data/matrix.ts";
