// The world of the fuzz: networks on one engine, hostile arguments, and what became of each call, in a form that
// compares bit for bit.

import { BitgradError, Network, Operations } from "bitgrad";
import { Random } from "../fixtures/random.ts";

export type Engine = "wasm" | "reference";

/** What a getter does when it is read, once, in the middle of a call. */
export type Trap =
  | { readonly do: "throw" | "grow" | "nothing" }
  | { readonly do: "dispose" | "predict" | "fit" | "fitAsync" | "setParameters" | "digest"; readonly net: number }
  | { readonly do: "create"; readonly seed: number };

/** How data are handed in: the form, and in hostile forms where they are changed or trapped. */
export interface Recipe {
  readonly form: (typeof FORMS)[number];
  readonly seed: number;
  readonly rows: number;
  readonly at: number;
  readonly trap: Trap;
}

/** A stream: how it is handed in, and what it has. */
export interface StreamRecipe {
  readonly form: (typeof STREAM_FORMS)[number];
  readonly items: readonly Recipe[];
  readonly waits: boolean;
  readonly weighted: boolean;
  readonly at: number;
  readonly trap: Trap;
}

export const STREAM_FORMS = ["function", "list", "iterator", "trap", "throws", "odd", "closes"] as const;

export const FORMS = [
  "rows",
  "typedRows",
  "typed",
  "other",
  "bytes",
  "constant",
  "subclass",
  "resizable",
  "nan",
  "huge",
  "strings",
  "bigints",
  "ragged",
  "hole",
  "columns",
  "nothing",
  "empty",
  "detached",
  "proxy",
  "rowsProxy",
  "getter",
  "cell",
  "shapeGetter",
  "shrinks",
  "detaches",
  "lies",
  "compressed",
  "compressedLists",
  "compressedWrong",
  "compressedTrap",
] as const;

const HOSTILE = "a hostile getter";
const MOST_NETWORKS = 6;

/** A typed array whose copies are views of it. */
class Sharing extends Float64Array {
  override slice(): Float64Array<ArrayBuffer> {
    return this.subarray() as Float64Array<ArrayBuffer>;
  }
}

export class World {
  readonly engine: Engine;
  readonly nets: Network[] = [];
  readonly pending: Promise<unknown>[] = [];
  readonly op: Operations;
  #depth = 0;

  constructor(engine: Engine) {
    this.engine = engine;
    this.op = Operations.createSync({ engine });
  }

  net(index: number): Network | undefined {
    return this.nets.length === 0 ? undefined : this.nets[index % this.nets.length];
  }

  create(options: object): Network | undefined {
    if (this.nets.length >= MOST_NETWORKS) return undefined;
    const net = Network.createSync({ ...options, engine: this.engine } as never);
    this.nets.push(net);
    return net;
  }

  /** What a getter does: the library is called again, from within. */
  spring(trap: Trap): void {
    if (this.#depth > 2) return;
    this.#depth++;
    try {
      const net = "net" in trap ? this.net(trap.net) : undefined;
      if (trap.do === "throw") throw new Error(HOSTILE);
      if (trap.do === "create") this.create({ inputs: 3, layers: [{ units: 2 }], seed: trap.seed });
      if (trap.do === "grow") {
        Network.createSync({ inputs: 300, layers: [{ units: 500 }], engine: this.engine, seed: 1 }).dispose();
      }
      if (net === undefined) return;
      const x = matrix(new Random(7), 3, net.inputs);
      const y = matrix(new Random(8), 3, net.outputs, true);
      if (trap.do === "dispose") net.dispose();
      if (trap.do === "predict") net.predict(x);
      if (trap.do === "fit") net.fit(x, y, { epochs: 2, batchSize: 2 });
      if (trap.do === "fitAsync")
        this.pending.push(net.fitAsync(x, y, { epochs: 2, batchSize: 2 }).catch(() => undefined));
      if (trap.do === "digest") net.digest();
      if (trap.do === "setParameters") {
        net.setParameters(
          net.getParameters().map(({ weights, biases }) => ({ weights: weights.map((w) => w / 2), biases })),
        );
      }
    } catch (error) {
      // refusals are the library's to make; only what a getter throws itself goes on
      if (trap.do === "throw" || !isTyped(error)) throw error;
    } finally {
      this.#depth--;
    }
  }

  /** Rows of `columns` numbers as the recipe says; `share`: from 0 to 1, as targets have to be. */
  matrix(recipe: Recipe, columns: number, share = false): unknown {
    const random = new Random(recipe.seed);
    const { form, rows, at, trap } = recipe;
    const typed = matrix(random, rows, columns, share);
    const list = Array.from({ length: rows }, (_, s) =>
      Array.from(typed.data.subarray(s * columns, (s + 1) * columns)),
    );
    const row = at % Math.max(1, rows);
    const column = at % Math.max(1, columns);
    let sprung = false;
    const once = () => {
      if (sprung) return;
      sprung = true;
      this.spring(trap);
    };
    switch (form) {
      case "rows":
        return list;
      case "typedRows":
        return list.map((values) => (at % 2 ? Float32Array.from(values) : Float64Array.from(values)));
      case "typed":
        return typed;
      case "other":
        return { ...typed, data: Float32Array.from(typed.data) };
      case "bytes":
        return { ...typed, data: Uint8Array.from(typed.data, (value) => (value > 0.5 ? 1 : 0)) };
      case "constant":
        return { ...typed, data: typed.data.fill(at % 2) };
      case "subclass":
        return { ...typed, data: Sharing.from(typed.data) };
      case "resizable": {
        const options = { maxByteLength: typed.data.byteLength + 64 };
        const Buffer = ArrayBuffer as unknown as new (bytes: number, options: object) => ArrayBuffer;
        const buffer = new Buffer(typed.data.byteLength, options);
        const data = new Float64Array(buffer);
        data.set(typed.data);
        return {
          data,
          get shape() {
            (buffer as unknown as { resize(bytes: number): void }).resize(8 * (at % 5));
            return typed.shape;
          },
        };
      }
      case "nan":
        if (rows > 0) list[row]![column] = [Number.NaN, Infinity, -Infinity, -0][at % 4]!;
        return list;
      case "huge":
        typed.data[row * columns + column] = 1e300;
        return typed;
      case "strings":
        return list.map((values) => values.map(String));
      case "bigints":
        return { data: new BigInt64Array(rows * columns), shape: typed.shape };
      case "ragged":
        list[row]?.push(1);
        return list;
      case "hole":
        delete list[row];
        return list;
      case "columns":
        return matrix(random, rows, columns + 1, share);
      case "nothing":
        return [undefined, null, 5, "x", {}, [], Symbol.iterator, () => 1, [[]], { data: [1], shape: [1, 1] }][at % 10];
      case "empty":
        return { data: new Float32Array(0), shape: [0, columns] };
      case "detached":
        structuredClone(typed.data.buffer, { transfer: [typed.data.buffer] });
        return typed;
      case "proxy":
        return new Proxy(list, {
          get: (target, key) => {
            if (key === String(row)) once();
            return Reflect.get(target, key);
          },
        });
      case "rowsProxy":
        return list.map(
          (values) =>
            new Proxy(values, {
              get: (target, key) => {
                once();
                return Reflect.get(target, key);
              },
            }),
        );
      case "getter":
        return {
          get data() {
            once();
            return typed.data;
          },
          shape: typed.shape,
        };
      case "cell":
        Object.defineProperty(list[row] ?? [], column, {
          get: () => {
            once();
            return 0.5;
          },
          enumerable: true,
        });
        return list;
      case "shapeGetter":
        return {
          data: typed.data,
          get shape() {
            once();
            return typed.shape;
          },
        };
      case "shrinks":
        Object.defineProperty(list[0] ?? [], 0, {
          get: () => {
            list.length = Math.min(list.length, 1);
            return 0.5;
          },
        });
        return list;
      case "detaches":
        return {
          data: typed.data,
          get shape() {
            if (!sprung) structuredClone(typed.data.buffer, { transfer: [typed.data.buffer] });
            sprung = true;
            return typed.shape;
          },
        };
      case "lies":
        return { data: typed.data, shape: [[1, 2 ** 32 + 1, -1, 0.5, "1", 2 ** 53][at % 6], columns] };
      case "compressed":
        return compressed(random, typed);
      case "compressedLists": {
        const { data, indices, indptr, shape } = compressed(random, typed);
        return { data: [...data], indices: [...indices], indptr: Array.from(indptr), shape: [...shape] };
      }
      case "compressedWrong": {
        const right = compressed(random, typed);
        const key = (["data", "indices", "indptr"] as const)[at % 3]!;
        const changed = Array.from<unknown>(right[key]);
        const values = [-1, 0.5, 2 ** 32, Number.NaN, "1", 1n, undefined, columns, right.data.length + 1];
        changed[Math.floor(at / 3) % Math.max(1, changed.length)] = values[Math.floor(at / 3) % values.length];
        if (at % 7 === 0) changed.pop();
        return { ...right, [key]: changed };
      }
      case "compressedTrap": {
        const right = compressed(random, typed);
        const key = (["data", "indices", "indptr", "shape"] as const)[at % 4]!;
        const list = Array.from(right[key]);
        const value = list[at % Math.max(1, list.length)];
        const get = () => {
          once();
          return value;
        };
        Object.defineProperty(list, at % Math.max(1, list.length), { get, enumerable: true });
        return { ...right, [key]: list };
      }
    }
  }

  /** A stream of items, each made by a recipe. `at`: the item before which the trap springs. */
  stream({ form, items, waits, weighted, at, trap }: StreamRecipe, inputs: number, outputs: number): unknown {
    const make = (recipe: Recipe, n: number) => {
      const x = this.matrix(recipe, inputs);
      const y = this.matrix({ ...recipe, form: n % 2 === 0 ? "typed" : "rows" }, outputs, true);
      if (weighted) return { x, y, sampleWeights: Array.from({ length: recipe.rows }, (_, s) => (s % 3) / 2) };
      return n % 3 === 0 ? { x, y } : [x, y];
    };
    const world = this;
    const all = items.map(make);
    function* given() {
      for (const [n, item] of all.entries()) {
        if (n === at % all.length && form === "trap") world.spring(trap);
        if (n === at % all.length && form === "throws") throw new Error(HOSTILE);
        yield n === at % all.length && form === "odd" ? [7, null, [], [1], {}, [[1]], "x"][at % 7] : item;
      }
    }
    async function* awaited() {
      for (const item of given()) {
        await Promise.resolve();
        yield item;
      }
    }
    const open = waits ? awaited : given;
    if (form === "list") return all;
    if (form === "iterator") return open();
    if (form === "closes") {
      const iterator = given();
      const close = () => {
        world.spring(trap);
        throw new Error(HOSTILE);
      };
      return () => ({ [Symbol.iterator]: () => ({ next: () => iterator.next(), return: close }) });
    }
    return open;
  }

  /** Numbers in a list, such as weights of rows. */
  list(recipe: Recipe, length: number, share = true): unknown {
    const made = this.matrix({ ...recipe, rows: 1 }, Math.max(1, length), share) as never as [unknown] & {
      data: unknown;
    };
    if (made === null || made === undefined) return made;
    return Array.isArray(made) && made.length === 1
      ? made[0]
      : typeof made === "object" && "data" in made
        ? made.data
        : made;
  }

  /** Digests of all networks, so that a word in the wrong place shows. */
  digests(): string {
    return this.nets
      .map((net) => {
        try {
          return net.digest().slice(0, 16);
        } catch (error) {
          return told(error);
        }
      })
      .join(" ");
  }

  async end(): Promise<void> {
    await Promise.all(this.pending.splice(0));
    for (const net of this.nets.splice(0)) net.dispose();
  }
}

/** About half of the elements, listed by rows; those of a typed array. */
function compressed(random: Random, { data, shape }: ReturnType<typeof matrix>) {
  const [rows, columns] = shape;
  const listed = Array.from(data.keys()).filter(() => random.unit() < 0.5);
  const starts = Uint32Array.from({ length: rows + 1 }, (_, s) => listed.filter((n) => n < s * columns).length);
  return {
    data: Float64Array.from(listed, (n) => data[n]!),
    indices: Uint32Array.from(listed, (n) => n % columns),
    indptr: starts,
    shape: [rows, columns] as (number | undefined)[],
  };
}

function matrix(random: Random, rows: number, columns: number, share = false) {
  const data = Float64Array.from({ length: rows * columns }, () => (share ? random.unit() : random.unit() * 4 - 2));
  return { data, shape: [rows, columns] as [number, number] };
}

function isTyped(error: unknown): boolean {
  return error instanceof BitgradError;
}

/** Of the library's errors class and words; an error of no class of it is a fault. */
export function told(error: unknown): string {
  if (isTyped(error)) {
    const { name, code, message } = error as BitgradError;
    // what there is of memory differs, not that there is too little
    return code === "OUT_OF_MEMORY" ? name : `${name}: ${message}`;
  }
  if (error instanceof Error && error.message === HOSTILE) return HOSTILE;
  return `FAULT, an error without a class: ${error instanceof Error ? error.stack : String(error)}`;
}

/** Any value, with the bits of its numbers. */
export function shown(value: unknown): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (value instanceof Float32Array || value instanceof Float64Array) {
    // which NaN it is isn't said anywhere
    const same = value.map((number) => (Number.isNaN(number) ? Number.NaN : number));
    return `${value.constructor.name}[${Buffer.from(same.buffer).toString("hex")}]`;
  }
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return `${value.constructor.name}[${Buffer.from(bytes).toString("hex")}]`;
  }
  if (Array.isArray(value)) return `[${value.map(shown).join(",")}]`;
  if (value instanceof Network) return `network of ${value.parameterCount}`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([key, of]) => `${key}:${shown(of)}`)
      .join(",")}}`;
  }
  return String(value);
}
