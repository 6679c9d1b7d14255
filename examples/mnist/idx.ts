// MNIST's IDX files, plain or gzipped: 0, 0, type (8: unsigned bytes), number of dimensions, each dimension as a
// big-endian 32-bit number, then the bytes.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

export interface LabeledImages {
  /** Row-major, images × pixels, 0 … 255. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

const IMAGE = [28, 28];
const FILES = {
  train: ["train-images-idx3-ubyte", "train10k-images-idx3-ubyte"], // all 60,000, or the first 10,000
  test: ["t10k-images-idx3-ubyte"],
};

/** Reads one half of MNIST from the first of its files that are in `folder`. */
export function readMnist(folder: string, half: "train" | "test"): LabeledImages {
  const names = FILES[half].flatMap((name) => [name, `${name}.gz`]);
  const name = names.find((candidate) => existsSync(join(folder, candidate)));
  if (name === undefined) throw new Error(missing(folder, names));
  const pixels = readIdx(join(folder, name), IMAGE);
  const labelsPath = join(folder, name.replace("images-idx3", "labels-idx1"));
  if (!existsSync(labelsPath)) throw new Error(missing(folder, [labelsPath]));
  const labels = readIdx(labelsPath, []);
  const images = pixels.length / (28 * 28);
  if (labels.length !== images)
    throw new Error(`${labelsPath} has ${labels.length} labels; ${images} images need one each`);
  const wrong = labels.find((label) => label > 9);
  if (wrong !== undefined) throw new Error(`${labelsPath} has the label ${wrong}; 0 to 9 are expected`);
  return { pixels, labels };
}

/** The bytes of a file whose items each have the dimensions `item`; every number in its header is checked. */
function readIdx(path: string, item: readonly number[]): Uint8Array {
  const file = readFileSync(path);
  const bytes = file[0] === 0x1f && file[1] === 0x8b ? gunzipSync(file) : file;
  const headerBytes = 4 + 4 * (1 + item.length);
  if (bytes.length < headerBytes)
    throw new Error(`${path} has ${bytes.length} bytes; its header alone takes ${headerBytes}`);
  const hex = (value: number) => `0x${value.toString(16).padStart(8, "0")}`;
  const magic = 0x0800 + 1 + item.length;
  if (bytes.readUInt32BE(0) !== magic) {
    throw new Error(`${path} starts with ${hex(bytes.readUInt32BE(0))}; the magic number ${hex(magic)} is expected`);
  }
  const count = bytes.readUInt32BE(4);
  const dimensions = item.map((_, d) => bytes.readUInt32BE(8 + 4 * d));
  if (dimensions.join() !== item.join()) {
    throw new Error(`${path} has items of ${dimensions.join(" × ")}; ${item.join(" × ")} is expected`);
  }
  const expected = headerBytes + item.reduce((product, size) => product * size, count);
  if (count === 0 || bytes.length !== expected) {
    throw new Error(`${path} has ${bytes.length} bytes; its header, which names ${count} items, asks for ${expected}`);
  }
  return bytes.subarray(headerBytes);
}

function missing(folder: string, names: readonly string[]): string {
  return `MNIST is not in ${folder}: none of these files is there:
  ${names.join("\n  ")}
Expected are four IDX files, plain or .gz: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
t10k-labels-idx1-ubyte (12 MB packed; "The MNIST database of handwritten digits" by Y. LeCun, C. Cortes and C. Burges,
which most dataset collections mirror). Then name their folder:
  npm run example:mnist -- path/to/mnist`;
}
