// The weights of a TensorFlow.js model: named and shaped in model.json, their numbers one after the other in shards.
// The converter may have written them as 8 or 16 bits each.

import { bytesOf } from "../arrays.ts";
import { counted, hasOwn, isRevoked, show } from "../checks.ts";
import { FormatError } from "../errors.ts";
import { floatArray } from "../numbers.ts";
import { fillFromBytes } from "../saving/bytes.ts";
import { Pieces, piecesOf } from "../saving/pieces.ts";
import { widen } from "./halves.ts";
import { choiceOf, listOf, membersOf } from "./json.ts";
import type { StoredWeight } from "./keras/layers.ts";
import { type LayerJSON, textOf } from "./keras/topology.ts";
import { checkFinite, withoutNaN } from "./model.ts";

/** How a weight's numbers are stored: bytes of each, and what it is. */
interface Stored {
  readonly bytes: number;
  read(parts: readonly Uint8Array[], count: number): Float32Array;
}

interface Spec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly count: number;
  readonly stored: Stored;
  /** Of an optimizer, not of a layer. */
  readonly isState: boolean;
}

/** Weights that model.json names together, and the files with their numbers. */
interface Group {
  readonly where: string;
  readonly paths: readonly string[];
  readonly specs: readonly Spec[];
  readonly bytes: number;
}

/** The weights of a model. */
export interface ModelWeights {
  find(layer: LayerJSON, weight: string): StoredWeight;
  /** Refuses weights that belong to no layer. */
  checkAllFound(): void;
}

/**
 * The weights, whose numbers stay where they are.
 *
 * @param members - Of model.json, with a manifest; or of what handlers of `tf.io` get.
 * @param data - The shards.
 */
export function openWeights(members: ReadonlyMap<string, unknown>, data: unknown): ModelWeights {
  const manifest = members.get("weightsManifest") ?? null;
  const groups =
    manifest === null
      ? [groupOf("weightSpecs", [], members.get("weightSpecs") ?? [])]
      : manifestGroups("weightsManifest", manifest);
  const file = fileOf(groups, data);
  const found = new Map<string, Spec & { readonly begin: number }>();
  let at = 0;
  for (const spec of groups.flatMap(({ specs }) => specs)) {
    if (found.has(spec.name)) throw new FormatError(`two weights are named ${show(spec.name)}; one is expected`);
    found.set(spec.name, { ...spec, begin: at });
    at += spec.count * spec.stored.bytes;
  }
  const weights = [...found.values()].filter(({ isState }) => !isState);
  const byName = new Map(weights.map((spec) => [spec.name, spec]));
  const left = new Set(byName.keys());
  // TensorFlow 2.2 and later may put a cell's name before that of the weight
  const byShortName = new Map(weights.map((spec) => [spec.name.replace(/[^/]*\/([^/]*)$/, "$1"), spec]));
  return {
    find({ name: layer, where }, weight) {
      const name = `${layer}/${weight}`;
      const spec = byName.get(name) ?? byShortName.get(name);
      if (spec === undefined) throw new FormatError(`there is no weight ${show(name)}, which ${where} needs`);
      left.delete(spec.name);
      const { shape, count, stored, begin } = spec;
      const shown = `weight ${show(spec.name)}`;
      return {
        name: shown,
        shape,
        read(dtype, nan) {
          const numbers = withoutNaN(stored.read(file.slice(begin, begin + count * stored.bytes), count), nan);
          return checkFinite(shown, dtype === "f32" ? numbers : Float64Array.from(numbers), numbers);
        },
      };
    },
    checkAllFound() {
      const [name] = left;
      if (name !== undefined) throw new FormatError(`weight ${show(name)} belongs to no layer`);
    },
  };
}

function manifestGroups(where: string, manifest: unknown): Group[] {
  return listOf(where, manifest).map((value, g) => {
    const members = membersOf(`${where}[${g}]`, value);
    const paths = listOf(`${where}[${g}].paths`, members.get("paths"));
    const texts = paths.map((path, p) => textOf(`${where}[${g}].paths[${p}]`, path));
    return groupOf(`${where}[${g}]`, texts, members.get("weights"));
  });
}

function groupOf(where: string, paths: readonly string[], weights: unknown): Group {
  const list = Array.isArray(weights) ? (weights as readonly unknown[]) : listOf(`${where}.weights`, weights);
  const specs = list.map((weight, w) => specOf(`${where}.weights[${w}]`, weight));
  return { where, paths, specs, bytes: specs.reduce((sum, { count, stored }) => sum + count * stored.bytes, 0) };
}

const MAX_BYTES = 2 ** 40; // of one weight: sums of them stay exact

function specOf(where: string, value: unknown): Spec {
  const members = membersOf(where, value);
  const name = textOf(`${where}.name`, members.get("name"));
  const shown = `weight ${show(name)}`;
  const shape = members.get("shape");
  let count = Array.isArray(shape) ? 1 : Number.NaN;
  for (const size of (Array.isArray(shape) ? shape : []) as readonly unknown[]) {
    count = Number.isInteger(size) && (size as number) >= 0 ? count * (size as number) : Number.NaN;
  }
  if (!(count * 4 <= MAX_BYTES)) {
    const words = Array.isArray(shape) ? `[${shape.slice(0, 8).map(show).join(", ")}]` : show(shape);
    throw new FormatError(`${shown} has shape ${words}; whole numbers are expected, and less than 2^38 numbers`);
  }
  const isState = members.get("group") === "optimizer";
  return { name, shape: shape as number[], count, stored: storedAs(shown, members), isState };
}

function storedAs(shown: string, members: ReadonlyMap<string, unknown>): Stored {
  const dtype = choiceOf(`${shown}.dtype`, members.get("dtype"), { float32: "float32", int32: "int32" } as const);
  const given = members.get("quantization") ?? null;
  if (given === null) return dtype === "float32" ? FLOATS : INTEGERS;
  const quantization = membersOf(`${shown}.quantization`, given);
  const as = choiceOf(`${shown}.quantization.dtype`, quantization.get("dtype"), { uint8: 1, uint16: 2, float16: 0 });
  if (as === 0) {
    if (dtype === "float32") return HALVES;
    throw new FormatError(`${shown} has dtype ${show(dtype)}; "float32" is expected where it is stored as float16`);
  }
  const [scale = 0, min = 0] = ["scale", "min"].map((key) => {
    const number = quantization.get(key);
    if (typeof number === "number" && Number.isFinite(number)) return number;
    throw new FormatError(`${shown}.quantization.${key} is ${show(number)}; a finite number is expected`);
  });
  const exact = (level: number) => level * scale + min;
  return levels(as, dtype === "float32" ? exact : (level) => Math.round(exact(level)));
}

const FLOATS: Stored = {
  bytes: 4,
  read(parts, count) {
    const numbers = floatArray("f32", count) as Float32Array;
    fillFromBytes(numbers, parts);
    return numbers;
  },
};

const HALVES: Stored = {
  bytes: 2,
  read(parts, count) {
    const numbers = floatArray("f32", count) as Float32Array;
    widen(numbers, parts);
    return numbers;
  },
};

const INTEGERS: Stored = /* @__PURE__ */ levels(4, (level) => level);

/** Whole numbers of so many bytes, little-endian, each of which stands for a number. */
function levels(bytes: number, toNumber: (level: number) => number): Stored {
  return {
    bytes,
    read(parts, count) {
      const numbers = floatArray("f32", count) as Float32Array;
      let [n, level, shift] = [0, 0, 0];
      for (const part of parts) {
        for (let at = 0; at < part.length; at++) {
          level |= part[at]! << shift;
          shift += 8;
          if (shift < 8 * bytes) continue; // a part may end in the middle of a number
          numbers[n++] = toNumber(level);
          level = 0;
          shift = 0;
        }
      }
      return numbers;
    },
  };
}

/** The shards: bytes in any pieces, or an object that has them by their paths. */
function fileOf(groups: readonly Group[], data: unknown): Pieces {
  const bytes = groups.reduce((sum, group) => sum + group.bytes, 0);
  if (data === undefined && bytes === 0) return new Pieces([]);
  const isByPath =
    typeof data === "object" &&
    data !== null &&
    !isRevoked(data) &&
    bytesOf(data) === undefined &&
    !(Symbol.iterator in data);
  if (isByPath) return new Pieces(groups.flatMap((group) => shardsOf(group, data as Record<string, unknown>)));
  if (data === undefined) {
    const names = groups
      .flatMap(({ paths }) => paths)
      .slice(0, 4)
      .map(show)
      .join(", ");
    const words = "the bytes of the shards are expected, or an object that has them by their paths";
    throw new FormatError(`weights is undefined; ${words}${names && `: ${names}`}`);
  }
  const file = piecesOf(data);
  if (file.length === bytes) return file;
  throw new FormatError(`the shards have ${counted(file.length, "byte")}; ${bytes} are expected, as the weights take`);
}

function shardsOf({ where, paths, bytes }: Group, files: Readonly<Record<string, unknown>>): Uint8Array<ArrayBuffer>[] {
  const shards = paths.map((path) => {
    const name = hasOwn(files, path) ? path : path.replace(/^\.\//, ""); // a browser's download is named without ./
    const shard: unknown = hasOwn(files, name) ? files[name] : undefined;
    const found = bytesOf(shard);
    if (found !== undefined) return found;
    throw new FormatError(`weights[${show(path)}] is ${show(shard)}; the bytes of that file are expected`);
  });
  const length = shards.reduce((sum, shard) => sum + shard.length, 0);
  if (length === bytes) return shards;
  const names = paths.slice(0, 4).map(show).join(", ");
  const words = `${bytes} are expected, as the weights of ${where} take`;
  throw new FormatError(`${names} ${paths.length === 1 ? "has" : "have"} ${counted(length, "byte")}; ${words}`);
}
