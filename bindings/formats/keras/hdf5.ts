// An HDF5 file through the reader that the caller has (the package jsfive): what it throws becomes a FormatError.

import { counted, isList, show } from "../../checks.ts";
import { BitgradError, FormatError } from "../../errors.ts";
import { finiteNumbers } from "../model.ts";
import type { StoredWeight } from "./layers.ts";
import { textOf } from "./topology.ts";

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
    return this.#attempt(path, () => {
      const attributes = Object(this.#item(path).attrs) as Record<string, unknown>;
      return Object.keys(attributes).includes(key) ? attributes[key] : undefined;
    });
  }

  /** An attribute that is text; fixed lengths are filled up with zeros. */
  text(path: string, key: string): string {
    const value = this.attribute(path, key);
    return withoutEnd(textOf(`the attribute ${show(key)} of ${this.#place(path)}`, value));
  }

  /** The names of what is in a group. */
  keys(path: string): string[] {
    const keys = this.#attempt(path, () => {
      const found = this.#item(path).keys;
      return isList(found) ? Array.from(found, String) : undefined;
    });
    if (keys === undefined) throw new FormatError(`${this.#place(path)} is no group; one is expected`);
    return keys;
  }

  weight(path: string): StoredWeight {
    const { shape, dtype } = this.#attempt(path, () => {
      const { shape, dtype } = this.#item(path);
      return { shape: isList(shape) ? shape.slice(0, 64) : undefined, dtype };
    });
    const name = this.#place(path);
    if (shape === undefined || !shape.every((size) => Number.isSafeInteger(size) && (size as number) >= 0)) {
      throw new FormatError(`${name} has shape ${show(shape)}; a dataset of numbers is expected`);
    }
    const [, size] = typeof dtype === "string" ? (/^[<>|=]?[fiu]([1248])$/.exec(dtype) ?? []) : [];
    if (size === undefined) throw new FormatError(`${name} has type ${show(dtype)}; a type of numbers is expected`);
    const count = shape.reduce((product: number, size) => product * (size as number), 1);
    if (count * Number(size) > this.#bytes) {
      throw new FormatError(`${name} has ${counted(count, "number")}; the file has ${this.#bytes} bytes`);
    }
    return {
      name,
      shape: shape as number[],
      read: (wanted) => {
        const values = this.#attempt(path, () => this.#item(path).value);
        const list = isList(values) ? values : [];
        if (list.length !== count) throw new FormatError(`${name} has ${list.length} numbers; ${count} are expected`);
        return finiteNumbers(name, list.map(Number), wanted);
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

export function withoutEnd(text: string): string {
  return text.replace(/\0+$/, "");
}
