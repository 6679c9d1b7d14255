// An HDF5 file through the reader that the caller has (the package jsfive): what it throws becomes a FormatError.

import { counted, isList, show } from "../../checks.ts";
import { BitgradError, FormatError } from "../../errors.ts";
import { sizeOf } from "../../numbers.ts";
import { finiteNumbers, withoutNaN } from "../model.ts";
import type { StoredWeight } from "./layers.ts";

/** What is used of the package jsfive: `import * as hdf5 from "jsfive"`. */
export interface HDF5Reader {
  /** A file in memory. */
  readonly File: new (
    file: ArrayBuffer,
  ) => object;
}

/** A group or a dataset of jsfive. */
interface Item {
  readonly keys?: unknown;
  readonly attrs?: unknown;
  readonly shape?: unknown;
  readonly dtype?: unknown;
  readonly value?: unknown;
  get?(path: string): Item | null;
}

const SHOWN = 120; // characters of the reader's own words

export class HDF5File {
  readonly #name: string;
  readonly #bytes: number;
  readonly #root: Item;
  readonly #items = new Map<string, Item>();

  /** @param name - As messages have it. */
  constructor(name: string, bytes: Uint8Array<ArrayBuffer>, { File }: HDF5Reader) {
    this.#name = name;
    this.#bytes = bytes.length;
    // it reads a buffer from its start
    const { buffer } = bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice();
    this.#root = this.#attempt("", () => new File(buffer));
  }

  /** An attribute of a group; undefined if there is none. */
  attribute(path: string, key: string): unknown {
    const found = this.#attempt(path, () => new Map(Object.entries(Object(this.#item(path).attrs))).get(key));
    return typeof found === "string" ? withoutEnd(found) : found;
  }

  /** The names of what is in a group. */
  keys(path: string): string[] {
    return this.#attempt(path, () => Array.from(this.#item(path).keys as Iterable<unknown>, String));
  }

  weight(path: string): StoredWeight {
    const { shape, dtype } = this.#attempt(path, () => {
      const { shape, dtype } = this.#item(path);
      return { shape: Array.from(shape as Iterable<unknown>, Number), dtype: String(dtype) };
    });
    const name = this.#place(path);
    const [, size] = /^[<>|=]?[fiu]([1248])$/.exec(dtype) ?? [];
    if (size === undefined) throw new FormatError(`${name} has type ${show(dtype)}; numbers are expected`);
    const count = sizeOf(shape);
    if (!(count * Number(size) <= this.#bytes)) {
      throw new FormatError(`${name} has ${counted(count, "number")}; the file has ${this.#bytes} bytes`);
    }
    return {
      name,
      shape,
      read: (wanted, nan) => {
        const values = this.#attempt(path, () => this.#item(path).value);
        const list = isList(values) ? values : [];
        if (list.length !== count) throw new FormatError(`${name} has ${list.length} numbers; ${count} are expected`);
        return finiteNumbers(name, withoutNaN(Float64Array.from(list, Number), nan), wanted);
      },
    };
  }

  /** Each is opened once. */
  #item(path: string): Item {
    if (path === "") return this.#root;
    const cut = path.lastIndexOf("/");
    const item =
      this.#items.get(path) ?? this.#item(path.slice(0, Math.max(cut, 0))).get?.(path.slice(cut + 1)) ?? undefined;
    if (item === undefined) throw new FormatError(`there is no ${this.#place(path)}`);
    this.#items.set(path, item);
    return item;
  }

  #place(path: string): string {
    return path === "" ? this.#name : `${show(path)} of ${this.#name}`;
  }

  #attempt<T>(path: string, read: () => T): T {
    try {
      return read();
    } catch (cause) {
      if (cause instanceof BitgradError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new FormatError(`${this.#place(path)} can't be read: ${reason.slice(0, SHOWN)}`, { cause });
    }
  }
}

/** Texts of fixed length are filled up with zeros. */
export function withoutEnd(text: string): string {
  return text.replace(/\0+$/, "");
}
