// The entry for encoders alone.

export {
  type Cell,
  type ColumnKind,
  Encoder,
  type SavedColumn,
  type SavedEncoder,
  type Table,
} from "./data/encoder.ts";
