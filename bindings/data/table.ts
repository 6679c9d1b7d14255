// Tables as people have them, and as they are held: columns of cells, which may have names.

import { isNumberArray, lengthOf, type NumberArray, plainView } from "../arrays.ts";
import { isList, isRevoked, lengthOfList, show } from "../checks.ts";
import { OptionError, ShapeError } from "../errors.ts";
import { checkKey, endow, KEY } from "../objects.ts";
import { type Cell, otherNames } from "./cells.ts";
import { type TypedMatrixLike, widthOf } from "./matrix.ts";

/** What an Arrow table has of what is read here; one of the package apache-arrow has it. */
export interface ArrowTable {
  /** Names and types of the columns. */
  readonly schema: { readonly fields: readonly { readonly name: string; readonly type?: unknown }[] };
  /** Gives the column at an index: a vector, which `get` reads cell by cell. */
  getChildAt(index: number): { readonly length: number; get(index: number): unknown } | null;
}

/** Rows of cells, all of equal length. */
export type CellRows = ArrayLike<ArrayLike<Cell>>;

/** One object for each row, whose keys are the columns' names. A key that a record lacks is a missing cell. */
export type Records = ArrayLike<object>;

/** One array for each column, all of equal length, under the columns' names: what `parseCSV` returns. */
export type Columns = Readonly<Record<string, ArrayLike<Cell>>>;

/** The same where an interface or a class says what the columns are: they have no index signature. */
export type ColumnsAs<T> = Readonly<Record<keyof T, ArrayLike<Cell>>>;

/**
 * A table in any form that people have it: rows, records, columns, an Arrow table, a typed array with its shape, a flat
 * list of cells (which is one column, such as labels), or a `DataTable`.
 */
// `object`: a text has a length and texts at its indexes, but "iris.csv" is no table
export type Table = object &
  (CellRows | Records | Columns | ArrowTable | TypedMatrixLike | ArrayLike<Cell> | DataTable);

/** Finds the line of a row in the text that a table was parsed from. */
export type LineOf = (row: number) => number;

/** The cells of one column: `cells[first]`, `cells[first + step]`, … */
export interface Column {
  readonly cells: NumberArray | readonly unknown[];
  readonly first: number;
  readonly step: number;
  readonly lineOf?: LineOf | undefined;
}

/**
 * A table that was read: its columns, and their names if it has some.
 *
 * @example
 * ```ts
 * import { readTable } from "bitgrad/tables";
 *
 * const table = readTable([{ sqm: 80, city: "Bonn" }, { sqm: 45, city: "Ulm" }]);
 * const [x, y] = table.split("city"); // DataTables of the columns sqm and city
 * const last = x.take([1]); // of one row
 * console.log(table.rows, table.names, y.column("city")); // 2 [ 'sqm', 'city' ] [ 'Bonn', 'Ulm' ]
 * ```
 */
export class DataTable {
  /** @internal A literal: bundlers rename classes. */
  static readonly name: string = "DataTable";
  /** How many rows it has, at least one. */
  readonly rows: number;
  /** Its columns' names, in order; undefined of rows, matrices and lists, whose columns have none. */
  readonly names: readonly string[] | undefined;
  readonly #columns: readonly Column[];
  readonly #called: Called;
  readonly #whole: DataTable | undefined;

  /** Tables are made by `readTable`. */
  private constructor(...parts: never[]);
  private constructor(
    key: unknown,
    rows: number,
    names: readonly string[] | undefined,
    columns: readonly Column[],
    called: Called,
    whole: DataTable | undefined,
  ) {
    checkKey(key, "DataTable", "readTable(table)");
    this.rows = rows;
    this.names = names && Object.freeze(names);
    this.#columns = columns;
    this.#called = called;
    this.#whole = whole;
    const isOne = (value: object): value is DataTable => #columns in value;
    endow(
      this,
      { name: "DataTable", prototype: DataTable.prototype, isOne },
      Symbol("a DataTable is not copied or sent"),
    );
  }

  /** @internal */
  static make(
    rows: number,
    names: readonly string[] | undefined,
    columns: readonly Column[],
    called: Called,
    whole?: DataTable,
  ): DataTable {
    const create = DataTable as unknown as new (...parts: unknown[]) => DataTable;
    return new create(KEY, rows, names, columns, called, whole);
  }

  /** @internal One that was made here. */
  static is(value: unknown): value is DataTable {
    return typeof value === "object" && value !== null && !isRevoked(value) && #columns in value;
  }

  /**
   * @internal The table that it is a part of, with the same columns: what these are does not depend on the part.
   */
  get whole(): DataTable {
    return this.#whole ?? this;
  }

  /** @internal The same rows as a table of their own: nothing is found in others any more. */
  alone(): DataTable {
    return DataTable.make(this.rows, this.names, this.#columns, this.#called);
  }

  /** @internal The same with typed arrays of its own, which nobody changes. */
  settled(): DataTable {
    const copies = new Map<NumberArray, NumberArray>(); // columns of a matrix share one
    const columns = this.#columns.map((column) => {
      const { cells } = column;
      if (!isNumberArray(cells)) return column;
      let copy = copies.get(cells);
      if (copy === undefined) {
        copy = plainView(cells).slice();
        copies.set(cells, copy);
      }
      return { ...column, cells: copy };
    });
    return DataTable.make(this.rows, this.names, columns, this.#called);
  }

  /** How many columns it has. */
  get width(): number {
    return this.#columns.length;
  }

  /** @internal The cells of a column, as they were read. */
  cellsAt(index: number): Column {
    const column = this.#columns[index] ?? NO_CELLS;
    const { cells, first, step } = column;
    if (isNumberArray(cells) && lengthOf(cells) <= first + (this.rows - 1) * step) {
      throw new ShapeError(`${this.#called.name} was changed after it was read; its typed array has become shorter`);
    }
    return column;
  }

  /** @internal Whether a column that is not there has missing cells: a key that no record has. */
  get isOfRecords(): boolean {
    return this.#called.isOfRecords === true;
  }

  /** @internal What messages call a cell. */
  place(row: number, index: number): string {
    const { name, isFlat, rows } = this.#called;
    const from = rows?.[row] ?? row;
    if (this.names === undefined) return isFlat ? `${name}[${from}]` : `${name}[${from}][${index}]`;
    const line = this.#columns[index]!.lineOf?.(row);
    return `column ${show(this.names[index])}, row ${from}${line === undefined ? "" : ` (line ${line})`}`;
  }

  /**
   * The cells of one column in an array of their own.
   *
   * @param column - Its name or index.
   * @throws OptionError if there is no such column
   * @example
   * ```ts
   * readTable({ sqm: [80, 45], city: ["Bonn", "Ulm"] }).column("city"); // ["Bonn", "Ulm"]
   * ```
   */
  column(column: string | number): Cell[] {
    const { cells, first, step } = this.#columns[this.#indexOf("column", column)]!;
    return Array.from({ length: this.rows }, (_, s) => cells[first + s * step] as Cell);
  }

  /**
   * The table without some columns, and a table of these: x and y.
   *
   * @param columns - One or several names or indexes; not all there are.
   * @throws OptionError if there is no such column, or none is left
   * @example
   * ```ts
   * const [x, y] = readTable(parseCSV(text)).split("species");
   * ```
   */
  split(columns: string | number | readonly (string | number)[]): [rest: DataTable, chosen: DataTable] {
    const list = isList(columns) ? columns : [columns];
    const length = Math.min(lengthOfList("columns", list), this.width);
    const chosen = Array.from({ length }, (_, n) =>
      this.#indexOf(isList(columns) ? `columns[${n}]` : "column", list[n] as string | number),
    );
    const set = new Set(chosen);
    const rest = Array.from(this.#columns.keys()).filter((index) => !set.has(index));
    if (set.size === 0 || rest.length === 0) {
      throw new OptionError(`columns has ${set.size} of the table's ${this.width} columns; some are expected, not all`);
    }
    return [this.#part(rest), this.#part([...set])];
  }

  #part(indexes: readonly number[]): DataTable {
    const names = this.names && indexes.map((index) => this.names![index]!);
    const columns = indexes.map((index) => this.#columns[index]!);
    const whole = this.#whole === undefined ? undefined : this.#whole.#part(indexes);
    return DataTable.make(this.rows, names, columns, this.#called, whole);
  }

  /**
   * The table of some rows, in this order, copied.
   *
   * @param rows - Their indexes, from 0 on.
   * @throws OptionError if there is no such row
   * @example
   * ```ts
   * const [training, rest] = [table.take([0, 2, 3]), table.take([1, 4])];
   * ```
   */
  take(rows: ArrayLike<number>): DataTable {
    return this.#take(rows, undefined);
  }

  /**
   * The same as `take` for rows of a whole, such as those that are trained on. An Encoder takes means and all other
   * numbers from these rows alone. But it finds in the whole table what each column is, and, where it refuses unseen
   * categories, which there are: that must not depend on which rows are held out.
   *
   * @param rows - Their indexes, from 0 on.
   * @throws OptionError if there is no such row
   * @example
   * ```ts
   * const table = readTable({ garden: ["true", "false", "true", "unknown"] });
   * Encoder.learn(table.take([0, 1, 2])).width; // 1: true or false
   * Encoder.learn(table.part([0, 1, 2])).width; // 3: one of three categories
   * ```
   */
  part(rows: ArrayLike<number>): DataTable {
    return this.#take(rows, this.whole);
  }

  #take(rows: ArrayLike<number>, whole: DataTable | undefined): DataTable {
    const length = widthOf(rows) ?? 0;
    const indexes: number[] = [];
    for (let n = 0; n < length; n++) {
      const row = rows[n]!;
      if (!Number.isInteger(row) || row < 0 || row >= this.rows) {
        throw new OptionError(`rows[${n}] is ${show(row)}; a whole number from 0 to ${this.rows - 1} is expected`);
      }
      indexes.push(row);
    }
    if (length === 0) throw new ShapeError("rows is empty; at least one row is expected");
    const columns = this.#columns.map(({ cells, first, step, lineOf }) => {
      const taken = isNumberArray(cells) ? new Float64Array(length) : new Array<unknown>(length);
      for (let n = 0; n < length; n++) taken[n] = cells[first + indexes[n]! * step]!;
      return { cells: taken, first: 0, step: 1, lineOf: lineOf && ((row: number) => lineOf(indexes[row]!)) };
    });
    const before = this.#called.rows;
    const called = { ...this.#called, rows: before ? indexes.map((row) => before[row]!) : indexes };
    return DataTable.make(indexes.length, this.names, columns, called, whole);
  }

  /** "DataTable", in the objects' default descriptions. */
  get [Symbol.toStringTag](): string {
    return "DataTable";
  }

  /** A description in one line. */
  toString(): string {
    return `DataTable { rows: ${this.rows}, columns: ${this.names?.slice(0, 10).join(", ") ?? this.width} }`;
  }

  #indexOf(what: string, column: string | number): number {
    const { names, width } = this;
    if (typeof column === "number" || names === undefined) {
      if (Number.isInteger(column) && (column as number) >= 0 && (column as number) < width) return column as number;
      throw new OptionError(`${what} is ${show(column)}; a whole number from 0 to ${width - 1} is expected`);
    }
    const index = names.indexOf(column);
    if (index >= 0) return index;
    throw new OptionError(`there is no column ${show(column)}; ${otherNames(column, names)}`);
  }
}

const NO_CELLS: Column = { cells: [undefined], first: 0, step: 0 };

/** What messages call the cells of a table. */
export interface Called {
  readonly name: string;
  /** A list of cells, whose only column needs no index. */
  readonly isFlat?: boolean;
  readonly isOfRecords?: boolean;
  /** The rows' indexes in the table that they were taken from. */
  readonly rows?: readonly number[];
}

/** For each row the number of its group, which is the list of its cells. */
export function groupsOf(table: DataTable): Uint32Array {
  const numbers = new Uint32Array(table.rows);
  const columns = Array.from({ length: table.width }, (_, i) => table.cellsAt(i));
  const known = new Map<unknown, number>();
  for (let s = 0; s < table.rows; s++) {
    const [{ cells, first, step }] = columns as [(typeof columns)[0]];
    // texts tell 1 from "1"; one cell is its own key
    const key: unknown =
      columns.length === 1
        ? cells[first + s * step]
        : JSON.stringify(columns.map((column) => column.cells[column.first + s * column.step]));
    let group = known.get(key);
    if (group === undefined) {
      group = known.size;
      known.set(key, group);
    }
    numbers[s] = group;
  }
  return numbers;
}
