// The golden cases: named computations whose SHA-256 must be the same on every engine, runtime and processor. No
// platform API here: the library is passed in, and the input data come from integer arithmetic alone. Digests are taken
// over little-endian bytes with every NaN canonicalized, since WebAssembly leaves its payload open.

import type { FloatArray } from "../arrays.ts";
import { ELEMENTWISE } from "../catalog/activations.ts";
import type { CompressedMatrix } from "../data/compressed.ts";
import type { EngineName } from "../engine/engine.ts";
import type { EngineOptions } from "../engine/engines.ts";
import type { BaseNetwork } from "../network/network.ts";
import { type DType, last } from "../numbers.ts";
import type { BaseOperations } from "../operations/operations.ts";
import type { Checkpoint, FitOptions } from "../options/fit.ts";
import type { Initializer } from "../options/initializer.ts";
import type { DenseLayerOptions, LayerOptions } from "../options/layer.ts";
import type { NetworkOptions } from "../options/network.ts";
import type { OptimizerOptions } from "../options/optimizer.ts";
import { toBytes } from "../saving/bytes.ts";
import { digest as sha256Of } from "../saving/sha256.ts";
import { OPERATION_CASES, type Part, ratesOfSchedules } from "./operation-cases.ts";

/** A network and building blocks of any entry, or of any copy of the library. */
type Network = Omit<BaseNetwork, "encoders">;
type Operations = Pick<BaseOperations, keyof BaseOperations>;

/** What "bitgrad" and "bitgrad/reference" both export. */
export interface Library {
  readonly Network: {
    create(options: NetworkOptions): Promise<Network>;
    fromJSON(saved: string, options: EngineOptions): Promise<Network>;
    load(file: Uint8Array, options: EngineOptions): Promise<Network>;
  };
  readonly Operations: { create(options: EngineOptions): Promise<Operations> };
}

export interface Case {
  readonly name: string;
  /** The results, in order; throws where another engine than the one asked for did the work. */
  compute(): Promise<Part[]>;
}

/** SHA-256 in hex over the little-endian bytes of all values. */
export function digestOf(parts: readonly Part[]): string {
  const all = parts.map(({ values }) => (values instanceof Uint32Array ? wordsBytes(values) : toBytes(values)));
  const bytes = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of all) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return sha256Of(bytes);
}

const DTYPES: readonly DType[] = ["f32", "f64"];

/** All cases on one engine of one entry. */
export function* cases(library: Library, engine: EngineName): Generator<Case> {
  for (const dtype of DTYPES) yield* blockCases(library, engine, dtype);
  for (const dtype of DTYPES) yield* operationCases(library, engine, dtype);
  yield { name: "learningRates", compute: async () => ratesOfSchedules(await operations(library, engine)) };
  yield nearMidpoints(library, engine, "sigmoid", "near midpoints", NEAR_MIDPOINTS);
  yield nearMidpoints(library, engine, "sigmoid", "at the table's margin", AT_MARGIN);
  yield nearMidpoints(library, engine, "log", "near midpoints", NEAR_MIDPOINTS_OF_LOG);
  yield nearMidpoints(library, engine, "log", "rounded to odd", ROUNDED_TO_ODD);
  yield* streamCases(library, engine);
  for (const dtype of DTYPES) {
    for (const sizes of LAYERS) {
      for (const seed of SEEDS) {
        const name = `initial ${dtype} ${sizes.join("-")}, seed ${seed}`;
        yield {
          name,
          compute: () => initialParameters(library, engine, dtype, sizes, seed),
        };
      }
    }
    for (const [initializer, options] of INITIALIZERS) {
      const compute = () => initialParameters(library, engine, dtype, [7, 13, 3], SEEDS[3]!, options);
      yield { name: `initial ${dtype} 7-13-3, ${initializer}`, compute };
    }
    for (const [training, spec] of Object.entries(TRAININGS)) {
      const work = () => ({
        library,
        engine,
        dtype,
        spec,
        ...spec.data(dtype, xorshift(`${training} ${dtype}`)),
      });
      for (const way of spec.ways) {
        yield {
          name: `training ${dtype} ${training}, ${way}`,
          compute: () => WAYS[way](work()),
        };
      }
    }
  }
}

/** SHA-256 of all digests: one number for everything a platform computed. */
export function fingerprint(digests: Readonly<Record<string, string>>): string {
  return sha256Of(
    asciiBytes(
      Object.entries(digests)
        .map(([name, digest]) => `${name} ${digest}\n`)
        .join(""),
    ),
  );
}

// ---- input data

/** Marsaglia's xorshift32, started from FNV-1a of a name so that a new case moves no other. */
export function xorshift(name: string): () => number {
  let state = 0x811c9dc5;
  for (const byte of asciiBytes(name)) state = Math.imul(state ^ byte, 0x01000193);
  state ||= 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** A number in [0, 1) with all the bits that the dtype has there; every step is exact. */
function uniform(dtype: DType, next: () => number): number {
  return dtype === "f32" ? (next() >>> 8) / 2 ** 24 : ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}

function typed(dtype: DType, values: readonly number[]): FloatArray {
  return dtype === "f32" ? Float32Array.from(values) : Float64Array.from(values);
}

function array(dtype: DType, length: number, value: () => number): FloatArray {
  return typed(dtype, Array.from({ length }, value));
}

/** Zero, the smallest and largest subnormals, the smallest normal, neighbors of 1, where σ saturates, the largest. */
const SPECIAL: Record<DType, readonly number[]> = {
  f32: [
    0, 1.401298464324817e-45, 1.1754942106924411e-38, 1.1754943508222875e-38, 1e-20, 0.5, 0.9999999403953552, 1,
    1.0000001192092896, 2, 16.635532379150391, 88.72283935546875, 103.972076, 1e20, 3.4028234663852886e38,
  ],
  f64: [
    0, 5e-324, 2.225073858507201e-308, 2.2250738585072014e-308, 1e-160, 0.5, 0.9999999999999999, 1, 1.0000000000000002,
    2, 36.7368005696771, 709.782712893384, 745.1332191019411, 1e160, 1.7976931348623157e308,
  ],
};

const NOT_FINITE = [Number.POSITIVE_INFINITY, Number.NaN];

const SCALES = [1 / 64, 1 / 4, 1, 8, 32];

/** Makers of values: of several magnitudes; the same with one in four special and one in 32 not finite; any bits. */
const VALUES: Record<string, (dtype: DType, next: () => number) => () => number> = {
  ordinary,
  special: (dtype, next) => {
    const usual = ordinary(dtype, next);
    return () => {
      const kind = next() % 32;
      const sign = (next() & 1) * 2 - 1;
      return kind > 8 ? usual() : sign * pick(kind === 0 ? NOT_FINITE : SPECIAL[dtype], next);
    };
  },
  any: (dtype, next) => {
    const view = new DataView(new ArrayBuffer(8));
    return () => {
      view.setUint32(0, next());
      view.setUint32(4, next());
      return dtype === "f32" ? view.getFloat32(0) : view.getFloat64(0);
    };
  },
};

function ordinary(dtype: DType, next: () => number): () => number {
  return () => (2 * uniform(dtype, next) - 1) * pick(SCALES, next);
}

function pick(values: readonly number[], next: () => number): number {
  return values[next() % values.length]!;
}

// ---- bytes

/** Bare engine shells have no TextEncoder. */
function asciiBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** Unsigned 32-bit words, little-endian. */
function wordsBytes(words: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words.length; i++) view.setUint32(i * 4, words[i]!, true);
  return bytes;
}

function expectEngine(found: EngineName, asked: EngineName): void {
  if (found !== asked) throw new Error(`the ${found} engine ran; ${asked} was asked for`);
}

// ---- building blocks

interface Shape {
  readonly rows: number;
  readonly inputs: number;
  readonly units: number;
}

/** Empty sizes, one, whole registers and tiles, both sides of every register and tile width, one unit. */
const SHAPES: Record<string, readonly Shape[]> = {
  empty: shapes([0, 3, 2], [3, 0, 5], [2, 4, 0]),
  small: shapes([1, 1, 1], [2, 1, 3], [1, 3, 2], [3, 5, 7]),
  whole: shapes([4, 8, 16], [8, 16, 8], [16, 4, 32]),
  ragged: shapes([9, 13, 17], [17, 33, 11], [7, 15, 31]),
  long: shapes([5, 67, 9], [67, 4, 3], [2, 3, 70]),
  "one unit": shapes([13, 21, 1], [1, 40, 1], [33, 2, 1]),
};

function shapes(...sizes: [number, number, number][]): Shape[] {
  return sizes.map(([rows, inputs, units]) => ({ rows, inputs, units }));
}

/** Lengths of arrays for elementwise blocks. */
const LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 500];

/** Rates that are ordinary, zero, infinite or zero once rounded to f32. */
const RATES = [0.1, 0, 1e300, 5e-324];

type Take = (length: number) => FloatArray;

/** Blocks of matrices, on every shape. */
const MATRIX_BLOCKS: Record<string, (op: Operations, take: Take, shape: Shape) => FloatArray> = {
  forward: (op, take, shape) => {
    const { rows, inputs, units } = shape;
    return op.forward(take(rows * inputs), take(inputs * units), take(units), shape);
  },
  inputGradient: (op, take, shape) => {
    const { rows, inputs, units } = shape;
    return op.inputGradient(take(rows * units), take(inputs * units), shape);
  },
  weightGradient: (op, take, shape) => {
    const { rows, inputs, units } = shape;
    return op.weightGradient(take(rows * inputs), take(rows * units), shape);
  },
  biasGradient: (op, take, shape) => op.biasGradient(take(shape.rows * shape.units), shape),
  // of all rows, and of each, since one NaN hides all others
  sseError: (op, take, { rows, units }) => {
    const [a, y] = [take(rows * units), take(rows * units)];
    const errors = [op.sseError(a, y, { rows, units })];
    for (let start = 0; start < a.length; start += units) {
      const row = [a, y].map((all) => all.subarray(start, start + units)) as [FloatArray, FloatArray];
      errors.push(op.sseError(...row, { rows: 1, units }));
    }
    return Float64Array.from(errors);
  },
};

/** Blocks that work on one element at a time, on every length. */
const ELEMENT_BLOCKS: Record<string, (op: Operations, take: Take, length: number) => FloatArray[]> = {
  sigmoid: (op, take, length) => [op.sigmoid(take(length))],
  tanh: (op, take, length) => [op.tanh(take(length))],
  exp: (op, take, length) => [op.exp(take(length))],
  log: (op, take, length) => [op.log(take(length))],
  sigmoidDerivative: (op, take, length) => [op.sigmoidDerivative(take(length))],
  sseGradient: (op, take, length) => [op.sseGradient(take(length), take(length))],
  ...Object.fromEntries(
    ELEMENTWISE.map((name) => [
      `activate ${name}`,
      (op: Operations, take: Take, length: number) => {
        const z = take(length);
        return [op.activate(z, name), op.activationDerivative(z, name)];
      },
    ]),
  ),
  update: (op, take, length) => RATES.map((rate) => op.update(take(length), take(length), rate)),
};

function* blockCases(library: Library, engine: EngineName, dtype: DType): Generator<Case> {
  const blockCase = (name: string, kind: string, compute: (op: Operations, take: Take) => Part[]): Case => ({
    name,
    compute: async () => {
      const value = VALUES[kind]!(dtype, xorshift(name));
      return compute(await operations(library, engine), (length) => array(dtype, length, value));
    },
  });
  for (const [block, compute] of Object.entries(MATRIX_BLOCKS)) {
    for (const [shape, sizes] of Object.entries(SHAPES)) {
      for (const kind of shape === "empty" ? ["ordinary"] : ["ordinary", "special"]) {
        const name = `${block} ${dtype} ${shape}, ${kind} values`;
        yield blockCase(name, kind, (op, take) =>
          sizes.map((size) => {
            const what = `rows ${size.rows}, inputs ${size.inputs}, units ${size.units}`;
            return { what, values: compute(op, take, size) };
          }),
        );
      }
    }
  }
  for (const [block, compute] of Object.entries(ELEMENT_BLOCKS)) {
    for (const kind of Object.keys(VALUES)) {
      const name = `${block} ${dtype}, ${kind} values`;
      yield blockCase(name, kind, (op, take) =>
        LENGTHS.flatMap((length) =>
          compute(op, take, length).map((values) => ({
            what: `${length} elements`,
            values,
          })),
        ),
      );
    }
  }
}

function* operationCases(library: Library, engine: EngineName, dtype: DType): Generator<Case> {
  for (const [block, compute] of Object.entries(OPERATION_CASES)) {
    const name = `${block} ${dtype}`;
    yield {
      name,
      compute: async () => {
        const value = ordinary(dtype, xorshift(name));
        const op = await operations(library, engine);
        return compute(op, (length) => array(dtype, length, value), dtype).map((values) => ({ what: block, values }));
      },
    };
  }
}

/**
 * Bits of f32 whose σ lies so near a midpoint between two f32 that the table of assembly/sigmoid-table.ts alone gives
 * the wrong one.
 */
const NEAR_MIDPOINTS = [
  0x3c08b9b4, 0x3c707f9b, 0x3cb3cc99, 0x3cd43dca, 0x3cf8521e, 0x3d20e8ec, 0x3d4708a6, 0x3d6739d7, 0x3d88b7ce,
  0x3db26bae, 0x3dd32544, 0x3df3b494, 0x3e13ec5f, 0x3e3441c3, 0x3e579b2b, 0x3e77e833, 0xbc134881, 0xbc4672df,
  0xbc7b5583, 0xbc9d035b, 0xbcc4fc0e, 0xbcf43341, 0xbd15d757, 0xbd39d098, 0xbd64418e, 0xbd8b7211, 0xbdab7406,
  0xbdcb8c22, 0xbded07ed, 0xbe0f57ba, 0xbe3055ed, 0xbe50e204,
];

/** Likewise those of which half the margin that it leaves below a midpoint, or above it, would give the wrong one. */
const AT_MARGIN = [
  0xc09d02bc, 0xc0b47be9, 0xc0cbfa56, 0xc0df00b8, 0xc1070209, 0xc13e0247, 0xc1803f4d, 0xc191a044, 0xc09bacc0,
  0xc0b232b2, 0xc0c7ab5f, 0xc0e1aa90, 0xc10655d6, 0xc12855c4, 0xc131aa50, 0xc13d9725,
];

/** Likewise of ln: the last bit of assembly/elementary.ts's f64 decides. */
const NEAR_MIDPOINTS_OF_LOG = [0x4c5d65a5, 0x65d890d3, 0x6f31a8ec];

/** Those whose ln is wrong where its f64 is rounded to odd to the wrong side: of all f32 these two. */
const ROUNDED_TO_ODD = [0x1f116ab8, 0x41178feb];

function nearMidpoints(
  library: Library,
  engine: EngineName,
  name: "sigmoid" | "log",
  where: string,
  bits: readonly number[],
): Case {
  return {
    name: `${name} f32, ${where}`,
    compute: async () => {
      const op = await operations(library, engine);
      const hard = new Float32Array(Uint32Array.from(bits).buffer);
      // each alone in one place of two registers, and all
      const singles = Array.from(hard.subarray(0, 8), (value, n) => new Float32Array(8).fill(value, n, n + 1));
      return [...singles, hard.subarray(0, 4), hard].map((z) => ({
        what: `${z.length} elements`,
        values: op[name](z),
      }));
    },
  };
}

async function operations({ Operations }: Library, engine: EngineName): Promise<Operations> {
  const op = await Operations.create({ engine });
  expectEngine(op.engine, engine);
  return op;
}

// ---- random streams and initial parameters

const SEEDS = [0, 42, 2 ** 32 + 42, 2 ** 53 - 1];

const BLOCKS_OF_WORDS = 200;

function* streamCases(library: Library, engine: EngineName): Generator<Case> {
  for (const first of [0, 2 ** 32 - 1, 0x13198a2e]) {
    const name = `threefry, keys and counters from ${first}`;
    yield {
      name,
      compute: async () => {
        const op = await operations(library, engine);
        const next = xorshift(name);
        let words: [number, number, number, number] = [first, first, first, first];
        return Array.from({ length: BLOCKS_OF_WORDS }, (_, n) => {
          const [key0, key1, counter0, counter1] = words;
          words = [next(), next(), next(), next()];
          return {
            what: `block ${n}`,
            values: Uint32Array.from(op.threefry([key0, key1], [counter0, counter1])),
          };
        });
      },
    };
  }
  for (const seed of SEEDS) {
    for (const epoch of [0, 7]) {
      yield {
        name: `shuffle, seed ${seed}, epoch ${epoch}`,
        compute: async () => {
          const op = await operations(library, engine);
          return [0, 1, 2, 3, 10, 1000].map((rows) => ({
            what: `${rows} rows`,
            values: op.shuffle(rows, seed, epoch),
          }));
        },
      };
    }
  }
  for (const [rows, seed] of PASSING_OVER) {
    yield {
      name: `shuffle of ${rows} rows passes words over, seed ${seed}`,
      compute: async () => {
        const op = await operations(library, engine);
        return [{ what: "order", values: op.shuffle(rows, seed, 0) }];
      },
    };
  }
}

/** Rows and seeds whose shuffle passes words over: one of 1,000 rows hardly ever does. */
const PASSING_OVER = [
  [50, 15643780], // a word that is the limit itself
  [50, 60949874], // one that is just below it, and counts
  [50, 57306633], // the largest word of all, where 8 divides 2^32
  [3000, 1544],
  [10000, 183],
  [30000, 6],
  [300000, 12345],
] as const;

const LAYERS = [
  [1, 1],
  [7, 13, 3],
];

const INITIALIZERS: readonly (readonly [name: string, initializer: Initializer])[] = [
  ["constant", { type: "constant", value: 0.1 }],
  ["uniform", { type: "uniform", min: -0.3, max: 0.7 }],
  ["normal", { type: "normal", mean: 0.1, deviation: 0.3 }],
  ["glorotNormal", "glorotNormal"],
  ["heUniform", "heUniform"],
  ["heNormal", "heNormal"],
  ["lecunUniform", "lecunUniform"],
  ["lecunNormal", "lecunNormal"],
  ["orthogonal", "orthogonal"],
];

async function initialParameters(
  { Network }: Library,
  engine: EngineName,
  dtype: DType,
  [inputs, ...units]: readonly number[],
  seed: number,
  initializer: Initializer = "glorotUniform",
): Promise<Part[]> {
  const layers = units.map((count) => ({ units: count, initializer }));
  using net = await Network.create({
    inputs: inputs!,
    layers,
    dtype,
    seed,
    engine,
  });
  expectEngine(net.engine, engine);
  return parameters(net);
}

/** All parameters; they must be those that the network's own digest is taken over. */
function parameters(net: Network): Part[] {
  const parts = net
    .getParameters()
    .flatMap((layer, l) => Object.entries(layer).map(([name, values]) => ({ what: `${name} of layer ${l}`, values })));
  if (digestOf(parts) !== net.digest()) throw new Error("the network's digest is not that of its parameters");
  return parts;
}

// ---- trainings

interface Data {
  readonly x: {
    readonly data: FloatArray;
    readonly shape: readonly [number, number];
  };
  readonly y: {
    readonly data: FloatArray;
    readonly shape: readonly [number, number];
  };
  readonly sampleWeights?: FloatArray;
}

type Way =
  | "fit"
  | "outputs"
  | "fit twice"
  | "fitAsync"
  | "save and load"
  | "compressed"
  | "streamed"
  | "all"
  | "epoch by epoch"
  | "by hand"
  | "interrupted";

interface Spec {
  readonly sizes: readonly number[];
  readonly loss?: NetworkOptions["loss"];
  /** Of every layer; none: sigmoid. One with a type is as it is, and of as many units as the one before. */
  readonly activations?: readonly (
    | Omit<DenseLayerOptions, "units" | "type">
    | Exclude<LayerOptions, DenseLayerOptions>
  )[];
  /** None: sgd. */
  readonly optimizer?: Omit<OptimizerOptions, "learningRate">;
  readonly learningRate: number | Readonly<Record<DType, number>>;
  /** Divides the learning rate by a number that grows with epochs and steps. */
  readonly scheduled?: true;
  /** Biases begin as −0. */
  readonly negativeZeros?: true;
  /** An epoch leaves the finite numbers, in one of the dtypes at least, and is taken back. */
  readonly diverges?: true;
  readonly seed: number;
  readonly fit: {
    readonly epochs: number;
    readonly batchSize: number;
    readonly shuffle: boolean;
  };
  /** Rows of the buffer that a stream is shuffled in, where they aren't all; `shuffle` is false then. */
  readonly shuffleBuffer?: number;
  readonly ways: readonly Way[];
  data(dtype: DType, next: () => number): Data;
}

interface Work extends Data {
  readonly library: Library;
  readonly engine: EngineName;
  readonly dtype: DType;
  readonly spec: Spec;
}

const CORNERS = [0, 0, 0, 1, 1, 0, 1, 1];

function truthTable(targets: readonly number[]) {
  return (dtype: DType): Data => ({
    x: { data: typed(dtype, CORNERS), shape: [4, 2] },
    y: { data: typed(dtype, targets), shape: [4, 1] },
  });
}

function made(rows: number, inputs: number, outputs: number) {
  return (dtype: DType, next: () => number): Data => ({
    x: {
      data: array(dtype, rows * inputs, () => 2 * uniform(dtype, next) - 1),
      shape: [rows, inputs],
    },
    y: {
      data: array(dtype, rows * outputs, () => uniform(dtype, next)),
      shape: [rows, outputs],
    },
  });
}

/** One element in four is not 0; zeros have either sign. */
function mostlyZeros(rows: number, inputs: number, outputs: number) {
  return (dtype: DType, next: () => number): Data => {
    const { x, y } = made(rows, inputs, outputs)(dtype, next);
    return {
      x: {
        ...x,
        data: x.data.map((value) => (next() % 4 === 0 ? value : value < 0 ? -0 : 0)),
      },
      y,
    };
  };
}

/**
 * One element in eight is not 0, one zero in four is −0: enough zeros for assembly/sparse.ts, which takes −0 for
 * another number.
 */
function sparse(rows: number, inputs: number, outputs: number) {
  return (dtype: DType, next: () => number): Data => {
    const { x, y } = made(rows, inputs, outputs)(dtype, next);
    return {
      x: {
        ...x,
        data: x.data.map((value) => (next() % 8 === 0 ? value : value < -0.5 ? -0 : 0)),
      },
      y,
    };
  };
}

/** Every third row of x is all +0. */
function emptyRows(data: Spec["data"]) {
  return (dtype: DType, next: () => number): Data => {
    const { x, y } = data(dtype, next);
    const inputs = x.shape[1];
    return {
      x: {
        ...x,
        data: x.data.map((value, n) => (Math.floor(n / inputs) % 3 === 0 ? 0 : value)),
      },
      y,
    };
  };
}

function weighted(data: Spec["data"]) {
  return (dtype: DType, next: () => number): Data => {
    const { x, y } = data(dtype, next);
    return {
      x,
      y,
      sampleWeights: array(dtype, x.shape[0], () => 2 * uniform(dtype, next)),
    };
  };
}

/** A last row of the largest numbers: from when on the weights are far from 0, its products are infinite. */
function largestLast(data: Spec["data"]) {
  return (dtype: DType, next: () => number): Data => {
    const { x, y } = data(dtype, next);
    const largest = last(SPECIAL[dtype]);
    return {
      x: { ...x, data: x.data.map((value, n) => (n < x.data.length - x.shape[1] ? value : largest)) },
      y: { ...y, data: y.data.map((_, n) => (x.data[2 * n]! > x.data[2 * n + 1]! ? 1 : 0)) },
    };
  };
}

/** Both times a number, each product rounded to the dtype. */
function scaled(byX: Readonly<Record<DType, number>>, byY: Readonly<Record<DType, number>>, data: Spec["data"]) {
  return (dtype: DType, next: () => number): Data => {
    const { x, y } = data(dtype, next);
    return {
      x: { ...x, data: x.data.map((value) => value * byX[dtype]) },
      y: { ...y, data: y.data.map((value) => value * byY[dtype]) },
    };
  };
}

const ONE = { f32: 1, f64: 1 };

const ALL_WAYS: readonly Way[] = ["fit", "outputs", "fit twice", "fitAsync", "save and load"];

const TRAININGS: Record<string, Spec> = {
  "OR 2-1": {
    sizes: [2, 1],
    learningRate: 0.5,
    seed: 1,
    fit: { epochs: 200, batchSize: 1, shuffle: false },
    ways: ["fit", "outputs"],
    data: truthTable([0, 1, 1, 1]),
  },
  "OR 2-1 in one batch": {
    sizes: [2, 1],
    learningRate: 0.5,
    seed: 1,
    fit: { epochs: 200, batchSize: 4, shuffle: false },
    ways: ["fit"],
    data: truthTable([0, 1, 1, 1]),
  },
  "XOR 2-3-1": {
    sizes: [2, 3, 1],
    learningRate: 0.5,
    seed: 42,
    fit: { epochs: 2000, batchSize: 4, shuffle: false },
    ways: ["fit", "outputs"],
    data: truthTable([0, 1, 1, 0]),
  },
  "XOR 2-3-1 row by row, shuffled": {
    sizes: [2, 3, 1],
    learningRate: 2,
    seed: 42,
    fit: { epochs: 500, batchSize: 1, shuffle: true },
    ways: ["fit", "outputs"],
    data: truthTable([0, 1, 1, 0]),
  },
  "deep 9-17-12-5-3": {
    sizes: [9, 17, 12, 5, 3],
    learningRate: 0.25,
    seed: 2 ** 53 - 1,
    fit: { epochs: 20, batchSize: 8, shuffle: false },
    ways: ["fit", "outputs", "by hand"],
    data: made(37, 9, 3),
  },
  // the last batch is partial
  "shuffled 16-32-8": {
    sizes: [16, 32, 8],
    learningRate: 0.05,
    seed: 2 ** 32 + 7,
    fit: { epochs: 30, batchSize: 16, shuffle: true },
    ways: ALL_WAYS,
    data: made(101, 16, 8),
  },
  "row by row 24-10-4": {
    sizes: [24, 10, 4],
    learningRate: 0.3,
    seed: 3,
    fit: { epochs: 10, batchSize: 1, shuffle: true },
    ways: ["fit", "outputs"],
    data: made(29, 24, 4),
  },
  "one input, one unit 1-1-1": {
    sizes: [1, 1, 1],
    learningRate: 0.7,
    seed: 4,
    fit: { epochs: 50, batchSize: 15, shuffle: true },
    ways: ["fit", "outputs"],
    data: made(40, 1, 1),
  },
  "one output 6-20-1": {
    sizes: [6, 20, 1],
    learningRate: 0.1,
    seed: 5,
    fit: { epochs: 30, batchSize: 7, shuffle: true },
    ways: ["fit", "outputs", "by hand"],
    data: made(50, 6, 1),
  },
  // assembly/sparse.ts
  "mostly zeros 45-38-3": {
    sizes: [45, 38, 3],
    learningRate: 0.2,
    seed: 7,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "compressed", "streamed"],
    data: mostlyZeros(53, 45, 3),
  },
  "mostly zeros, row by row 130-9-2": {
    sizes: [130, 9, 2],
    learningRate: 0.2,
    seed: 8,
    fit: { epochs: 4, batchSize: 1, shuffle: false },
    ways: ["fit", "outputs", "compressed"],
    data: mostlyZeros(20, 130, 2),
  },
  // more columns than a batch lists elements
  "sparse, few columns 300-9-2": {
    sizes: [300, 9, 2],
    learningRate: 0.2,
    seed: 170,
    fit: { epochs: 4, batchSize: 5, shuffle: true },
    ways: ["fit", "outputs", "compressed"],
    data: sparse(21, 300, 2),
  },
  // one unit: from dense rows it isn't compressed
  "sparse 70-1": {
    sizes: [70, 1],
    learningRate: 0.2,
    seed: 171,
    fit: { epochs: 4, batchSize: 5, shuffle: true },
    ways: ["fit", "compressed"],
    data: sparse(21, 70, 1),
  },
  "sparse, adam 33-1": {
    sizes: [33, 1],
    activations: [{ activation: "linear" }],
    loss: "mse",
    optimizer: { type: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    learningRate: 0.02,
    seed: 172,
    fit: { epochs: 4, batchSize: 40, shuffle: false },
    ways: ["fit", "compressed"],
    data: sparse(21, 33, 1),
  },
  // more rows than a window has
  "several windows 40-5-1": {
    sizes: [40, 5, 1],
    learningRate: 0.02,
    seed: 173,
    fit: { epochs: 2, batchSize: 32, shuffle: true },
    ways: ["fit", "streamed"],
    data: made(2500, 40, 1),
  },
  "several windows in order 2-1": {
    sizes: [2, 1],
    learningRate: 0.02,
    seed: 174,
    fit: { epochs: 2, batchSize: 4, shuffle: false },
    ways: ["fit", "streamed"],
    data: made(30000, 2, 1),
  },
  "a buffer of 100 rows 9-5-1": {
    sizes: [9, 5, 1],
    learningRate: 0.1,
    seed: 175,
    fit: { epochs: 3, batchSize: 16, shuffle: false },
    shuffleBuffer: 100,
    ways: ["streamed"],
    data: made(331, 9, 1),
  },
  "relu, tanh and linear 9-14-6-3": {
    sizes: [9, 14, 6, 3],
    activations: [{ activation: "relu" }, { activation: "tanh" }, { activation: "linear" }],
    learningRate: 0.02,
    seed: 9,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "save and load"],
    data: made(37, 9, 3),
  },
  "leakyRelu, elu and softplus 9-14-6-3": {
    sizes: [9, 14, 6, 3],
    activations: [
      { activation: "leakyRelu", alpha: 0.3 },
      { activation: "elu", alpha: 0.7 },
      { activation: "softplus" },
    ],
    learningRate: 0.02,
    seed: 10,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "save and load"],
    data: made(37, 9, 3),
  },
  "selu, silu and hardSigmoid, row by row 9-7-6-3": {
    sizes: [9, 7, 6, 3],
    activations: [{ activation: "selu" }, { activation: "silu" }, { activation: "hardSigmoid" }],
    learningRate: 0.05,
    seed: 11,
    fit: { epochs: 5, batchSize: 1, shuffle: false },
    ways: ["fit", "outputs"],
    data: made(37, 9, 3),
  },
  "gelu, geluTanh and linear, mostly zeros 40-12-1-5": {
    sizes: [40, 12, 1, 5],
    activations: [{ activation: "gelu" }, { activation: "geluTanh" }, { activation: "linear" }],
    learningRate: 0.02,
    seed: 12,
    fit: { epochs: 10, batchSize: 9, shuffle: true },
    ways: ["fit", "outputs"],
    data: mostlyZeros(37, 40, 5),
  },
  "relu6, mish and softsign 9-14-6-3": {
    sizes: [9, 14, 6, 3],
    activations: [{ activation: "relu6" }, { activation: "mish" }, { activation: "softsign" }],
    learningRate: 0.02,
    seed: 32,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "save and load"],
    data: made(37, 9, 3),
  },
  "hardSwish and hardSwish, row by row 9-7-3": {
    sizes: [9, 7, 3],
    activations: [{ activation: "hardSwish" }, { activation: "hardSwish" }],
    learningRate: 0.05,
    seed: 33,
    fit: { epochs: 5, batchSize: 1, shuffle: false },
    ways: ["fit", "outputs"],
    data: made(37, 9, 3),
  },
  "mse 9-14-3": {
    sizes: [9, 14, 3],
    loss: "mse",
    learningRate: 1.5,
    seed: 13,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs"],
    data: made(37, 9, 3),
  },
  "mae 9-14-3": {
    sizes: [9, 14, 3],
    loss: "mae",
    activations: [{ activation: "tanh" }, { activation: "linear" }],
    learningRate: 0.1,
    seed: 14,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs"],
    data: made(37, 9, 3),
  },
  "huber 9-14-3": {
    sizes: [9, 14, 3],
    loss: { type: "huber", delta: 0.3 },
    activations: [{ activation: "relu" }, { activation: "linear" }],
    learningRate: 0.1,
    seed: 15,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "save and load"],
    data: made(37, 9, 3),
  },
  "binaryCrossEntropy 9-14-3": {
    sizes: [9, 14, 3],
    loss: "binaryCrossEntropy",
    activations: [{ activation: "relu" }, { activation: "sigmoid" }],
    learningRate: 0.5,
    seed: 16,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "save and load"],
    data: made(37, 9, 3),
  },
  "binaryCrossEntropy, labels smoothed 9-14-3": {
    sizes: [9, 14, 3],
    loss: { type: "binaryCrossEntropy", labelSmoothing: 0.1 },
    activations: [{ activation: "tanh" }, { activation: "sigmoid" }],
    learningRate: 0.5,
    seed: 30,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "save and load"],
    data: made(37, 9, 3),
  },
  "categoricalCrossEntropy, labels smoothed 9-14-5": {
    sizes: [9, 14, 5],
    loss: { type: "categoricalCrossEntropy", labelSmoothing: 0.3 },
    activations: [{ activation: "tanh" }, { activation: "softmax" }],
    learningRate: 0.2,
    seed: 31,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "by hand"],
    data: made(37, 9, 5),
  },
  "categoricalCrossEntropy, mostly zeros 40-14-5": {
    sizes: [40, 14, 5],
    loss: "categoricalCrossEntropy",
    activations: [{ activation: "silu" }, { activation: "softmax" }],
    learningRate: 0.2,
    seed: 17,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs"],
    data: mostlyZeros(37, 40, 5),
  },
  "momentum 9-14-3": {
    sizes: [9, 14, 3],
    loss: "mse",
    optimizer: { type: "sgd", momentum: 0.9 },
    learningRate: 0.2,
    seed: 18,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs"],
    data: made(37, 9, 3),
  },
  "nesterov 9-14-3": {
    sizes: [9, 14, 3],
    loss: "mse",
    optimizer: { type: "sgd", momentum: 0.8, nesterov: true },
    learningRate: 0.3,
    seed: 19,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs"],
    data: made(37, 9, 3),
  },
  "rmsprop 9-14-3": {
    sizes: [9, 14, 3],
    loss: "mse",
    optimizer: { type: "rmsprop" },
    learningRate: 0.01,
    seed: 20,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs"],
    data: made(37, 9, 3),
  },
  "adagrad 9-14-3": {
    sizes: [9, 14, 3],
    loss: "mse",
    optimizer: { type: "adagrad" },
    learningRate: 0.1,
    seed: 21,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs"],
    data: made(37, 9, 3),
  },
  "adam 9-14-3": {
    sizes: [9, 14, 3],
    loss: "mse",
    optimizer: { type: "adam" },
    learningRate: 0.02,
    seed: 22,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "fit twice"],
    data: made(37, 9, 3),
  },
  "adamw 9-14-3": {
    sizes: [9, 14, 3],
    loss: "mse",
    optimizer: { type: "adamw", weightDecay: 1.1 },
    learningRate: 0.04,
    seed: 23,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs"],
    data: made(37, 9, 3),
  },
  "nadam 9-14-3": {
    sizes: [9, 14, 3],
    loss: "mse",
    optimizer: { type: "nadam" },
    learningRate: 0.02,
    seed: 24,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "interrupted", "by hand"],
    data: made(37, 9, 3),
  },
  "lion 9-14-3": {
    sizes: [9, 14, 3],
    loss: "mse",
    optimizer: { type: "lion", weightDecay: 0.1 },
    learningRate: 0.01,
    seed: 25,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "by hand"],
    data: made(37, 9, 3),
  },
  "adam with clipValue, l1 and l2 9-14-3": {
    sizes: [9, 14, 3],
    loss: "mse",
    activations: [
      { activation: "tanh", l1: 0.001, l2: 0.003 },
      { activation: "linear", l2: 0.01 },
    ],
    optimizer: { type: "adam", clipValue: 0.01 },
    learningRate: 0.02,
    seed: 26,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "by hand"],
    data: made(37, 9, 3),
  },
  "sgd with clipNorm 9-14-3": {
    sizes: [9, 14, 3],
    loss: "mse",
    optimizer: { type: "sgd", clipNorm: 0.1 },
    learningRate: 1.5,
    seed: 27,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "by hand"],
    data: made(37, 9, 3),
  },
  // an even and an odd number of units: two share a block
  "adam with dropout 9-14-11-3": {
    sizes: [9, 14, 11, 3],
    loss: "mse",
    activations: [{ activation: "relu", dropout: 0.3 }, { activation: "tanh", dropout: 0.5 }, { activation: "linear" }],
    optimizer: { type: "adam" },
    learningRate: 0.01,
    seed: 2 ** 32 + 28,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "interrupted", "by hand"],
    data: made(37, 9, 3),
  },
  "adam with clipNorm, mostly zeros 40-14-5": {
    sizes: [40, 14, 5],
    loss: "mse",
    optimizer: { type: "adam", clipNorm: 0.05 },
    learningRate: 0.02,
    seed: 29,
    fit: { epochs: 12, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "by hand"],
    data: mostlyZeros(37, 40, 5),
  },
  // the last epoch's shuffle passes the first word of a block over, or the second: one of four million epochs of 37
  // rows does
  "passing a word over 3-4-2": {
    sizes: [3, 4, 2],
    learningRate: 0.3,
    seed: 371752,
    fit: { epochs: 9, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs"],
    data: made(37, 3, 2),
  },
  "passing a word over, row by row 2-3-1": {
    sizes: [2, 3, 1],
    learningRate: 0.5,
    seed: 1493206,
    fit: { epochs: 7, batchSize: 1, shuffle: true },
    ways: ["fit", "outputs"],
    data: made(37, 2, 1),
  },
  // branches of assembly/ that no case above takes, each in few steps (test/coverage)
  ...Object.fromEntries(
    [2, 3, 6, 7, 10, 11, 15, 19, 24, 34, 42].map((units): [string, Spec] => [
      `sparse 40-${units}-2`,
      {
        sizes: [40, units, 2],
        learningRate: 0.3,
        seed: 30 + units,
        fit: { epochs: 2, batchSize: 8, shuffle: units % 2 === 0 },
        ways: ["all"],
        data: sparse(19, 40, 2),
      },
    ]),
  ),
  "sparse, two rows a batch 40-7-2": {
    sizes: [40, 7, 2],
    learningRate: 0.3,
    seed: 157,
    fit: { epochs: 2, batchSize: 2, shuffle: true },
    ways: ["all"],
    data: sparse(9, 40, 2),
  },
  "sparse, row by row 45-7-2": {
    sizes: [45, 7, 2],
    learningRate: 0.3,
    seed: 60,
    fit: { epochs: 2, batchSize: 1, shuffle: true },
    ways: ["all"],
    data: sparse(9, 45, 2),
  },
  "sparse, one row 40-3-2": {
    sizes: [40, 3, 2],
    learningRate: 0.3,
    seed: 59,
    fit: { epochs: 2, batchSize: 1, shuffle: true },
    ways: ["all"],
    data: sparse(1, 40, 2),
  },
  "sparse, one unit 40-1-2": {
    sizes: [40, 1, 2],
    learningRate: 0.3,
    seed: 61,
    fit: { epochs: 2, batchSize: 6, shuffle: true },
    ways: ["all"],
    data: sparse(9, 40, 2),
  },
  "sparse, relu 37-11-2": {
    sizes: [37, 11, 2],
    activations: [{ activation: "relu" }, { activation: "linear" }],
    learningRate: 0.02,
    seed: 62,
    fit: { epochs: 2, batchSize: 8, shuffle: true },
    ways: ["all"],
    data: sparse(19, 37, 2),
  },
  // units whose gradients are exactly 0
  ...Object.fromEntries(
    [1, 3].map((rows): [string, Spec] => [
      `sparse, relu, one step of ${rows} 40-11-2`,
      {
        sizes: [40, 11, 2],
        activations: [{ activation: "relu" }, { activation: "linear" }],
        learningRate: 0.75,
        seed: 150 + rows,
        fit: { epochs: 1, batchSize: rows, shuffle: false },
        ways: ["all"],
        data: sparse(rows, 40, 2),
      },
    ]),
  ),
  "sparse, biases of minus zero 37-11-2": {
    sizes: [37, 11, 2],
    activations: [{ activation: "linear" }, { activation: "linear" }],
    learningRate: 0.02,
    negativeZeros: true,
    seed: 63,
    fit: { epochs: 1, batchSize: 8, shuffle: true },
    ways: ["all"],
    data: sparse(19, 37, 2),
  },
  "sparse, biases of minus zero of sigmoids 37-11-2": {
    sizes: [37, 11, 2],
    learningRate: 0.02,
    negativeZeros: true,
    seed: 64,
    fit: { epochs: 1, batchSize: 8, shuffle: true },
    ways: ["all"],
    data: sparse(19, 37, 2),
  },
  "sparse, empty rows, biases of minus zero 37-3": {
    sizes: [37, 3],
    activations: [{ activation: "linear", trainable: false }],
    learningRate: 0.02,
    negativeZeros: true,
    seed: 67,
    fit: { epochs: 1, batchSize: 8, shuffle: true },
    ways: ["all"],
    data: emptyRows(sparse(19, 37, 3)),
  },
  "sparse, lion 45-11-2": {
    sizes: [45, 11, 2],
    loss: "mse",
    optimizer: { type: "lion" },
    learningRate: 0.01,
    seed: 68,
    fit: { epochs: 2, batchSize: 8, shuffle: true },
    ways: ["all"],
    data: sparse(19, 45, 2),
  },
  "sparse, adam 45-11-2": {
    sizes: [45, 11, 2],
    loss: "mse",
    optimizer: { type: "adam" },
    learningRate: 0.02,
    seed: 65,
    fit: { epochs: 2, batchSize: 8, shuffle: true },
    ways: ["all", "interrupted"],
    data: sparse(19, 45, 2),
  },
  "sparse, adam with clipNorm 45-10-2": {
    sizes: [45, 10, 2],
    loss: "mse",
    optimizer: { type: "adam", clipNorm: 0.05 },
    learningRate: 0.02,
    seed: 66,
    fit: { epochs: 2, batchSize: 8, shuffle: false },
    ways: ["all"],
    data: sparse(19, 45, 2),
  },
  ...Object.fromEntries(
    [
      [5, 3],
      [5, 7, 1],
      [3, 4, 4, 1],
      [4, 3, 1, 2],
      [3, 2, 1],
      [3, 3, 1],
      [3, 1, 1],
      [5, 6, 3],
      [9, 4, 3],
    ].map((sizes, n): [string, Spec] => [
      `row by row ${sizes.join("-")}`,
      {
        sizes,
        learningRate: 0.7,
        seed: 70 + n,
        fit: { epochs: 3, batchSize: 1, shuffle: n % 2 === 0 },
        ways: ["all", "epoch by epoch"],
        data: made(7, sizes[0]!, sizes[sizes.length - 1]!),
      },
    ]),
  ),
  ...Object.fromEntries(
    [2, 3, 4, 5].map((units): [string, Spec] => [
      `row by row 2-${units}-1`,
      {
        sizes: [2, units, 1],
        learningRate: 0.9,
        seed: 80 + units,
        fit: { epochs: 4, batchSize: 1, shuffle: units % 2 === 0 },
        ways: ["all", "epoch by epoch", "fit twice", "interrupted"],
        data: made(7, 2, 1),
      },
    ]),
  ),
  "row by row, far from 0 2-3-1": {
    sizes: [2, 3, 1],
    learningRate: 300,
    seed: 86,
    fit: { epochs: 4, batchSize: 1, shuffle: true },
    ways: ["all"],
    data: made(7, 2, 1),
  },
  "one unit, batches of 4, shuffled 2-1": {
    sizes: [2, 1],
    learningRate: 0.9,
    seed: 90,
    fit: { epochs: 6, batchSize: 4, shuffle: true },
    ways: ["all", "epoch by epoch", "fit twice", "interrupted"],
    data: made(12, 2, 1),
  },
  "one unit, a last batch of 2 2-1": {
    sizes: [2, 1],
    learningRate: 0.9,
    seed: 91,
    fit: { epochs: 3, batchSize: 4, shuffle: false },
    ways: ["all", "interrupted"],
    data: made(10, 2, 1),
  },
  "one unit, batches of 4 3-1": {
    sizes: [3, 1],
    learningRate: 0.9,
    seed: 92,
    fit: { epochs: 3, batchSize: 4, shuffle: true },
    ways: ["all"],
    data: made(12, 3, 1),
  },
  "one unit, batches of 7 5-1": {
    sizes: [5, 1],
    learningRate: 0.9,
    seed: 93,
    fit: { epochs: 3, batchSize: 7, shuffle: true },
    ways: ["all", "epoch by epoch", "interrupted"],
    data: made(26, 5, 1),
  },
  "two units, batches of 4 2-2": {
    sizes: [2, 2],
    learningRate: 0.9,
    seed: 94,
    fit: { epochs: 3, batchSize: 4, shuffle: true },
    ways: ["all"],
    data: made(12, 2, 2),
  },
  "deep, batches of 7 9-10-6-3": {
    sizes: [9, 10, 6, 3],
    learningRate: 0.25,
    seed: 95,
    fit: { epochs: 3, batchSize: 7, shuffle: true },
    ways: ["all", "epoch by epoch"],
    data: made(20, 9, 3),
  },
  "one unit in the middle, batches of 6 5-9-1-3": {
    sizes: [5, 9, 1, 3],
    activations: [{ activation: "tanh" }, { activation: "elu" }, { activation: "linear" }],
    learningRate: 0.1,
    seed: 96,
    fit: { epochs: 3, batchSize: 6, shuffle: true },
    ways: ["all"],
    data: made(20, 5, 3),
  },
  "mae, one output 9-5-1": {
    sizes: [9, 5, 1],
    loss: "mae",
    activations: [{ activation: "tanh" }, { activation: "linear" }],
    learningRate: 0.1,
    seed: 97,
    fit: { epochs: 3, batchSize: 7, shuffle: true },
    ways: ["all"],
    data: made(20, 9, 1),
  },
  "mae, errors of 0 2-3-1": {
    sizes: [2, 3, 1],
    loss: "mae",
    activations: [{ activation: "tanh" }, { activation: "linear" }],
    learningRate: 0.1,
    seed: 97,
    fit: { epochs: 4, batchSize: 3, shuffle: true },
    ways: ["all"],
    data: truthTable([0, 0, 1, 0]),
  },
  "binaryCrossEntropy, far from 0 3-4-1": {
    sizes: [3, 4, 1],
    loss: "binaryCrossEntropy",
    activations: [{ activation: "linear" }, { activation: "sigmoid" }],
    learningRate: 0.001,
    seed: 98,
    fit: { epochs: 2, batchSize: 7, shuffle: true },
    ways: ["all"],
    data: scaled({ f32: 1000, f64: 1000 }, ONE, made(20, 3, 1)),
  },
  "dropout of one unit, of sigmoids 7-1-5-3-9-2": {
    sizes: [7, 1, 5, 3, 9, 2],
    activations: [{ dropout: 0.4 }, { dropout: 0.1 }, { dropout: 0.5 }, { dropout: 0.25 }, {}],
    learningRate: 0.5,
    seed: 99,
    fit: { epochs: 3, batchSize: 6, shuffle: true },
    ways: ["all"],
    data: made(20, 7, 2),
  },
  "weighted mse, shuffled 9-6-3": {
    sizes: [9, 6, 3],
    loss: "mse",
    learningRate: 0.5,
    seed: 100,
    fit: { epochs: 3, batchSize: 7, shuffle: true },
    ways: ["all", "interrupted"],
    data: weighted(made(20, 9, 3)),
  },
  "weighted categoricalCrossEntropy 9-6-5": {
    sizes: [9, 6, 5],
    loss: "categoricalCrossEntropy",
    activations: [{ activation: "tanh" }, { activation: "softmax" }],
    learningRate: 0.5,
    seed: 101,
    fit: { epochs: 3, batchSize: 7, shuffle: false },
    ways: ["all"],
    data: weighted(made(20, 9, 5)),
  },
  "weighted, row by row 2-3-1": {
    sizes: [2, 3, 1],
    learningRate: 0.5,
    seed: 102,
    fit: { epochs: 3, batchSize: 1, shuffle: true },
    ways: ["all"],
    data: weighted(made(7, 2, 1)),
  },
  "scheduled adam 9-6-3": {
    sizes: [9, 6, 3],
    loss: "mse",
    optimizer: { type: "adam" },
    learningRate: 0.05,
    scheduled: true,
    seed: 103,
    fit: { epochs: 3, batchSize: 7, shuffle: true },
    ways: ["all", "interrupted"],
    data: made(20, 9, 3),
  },
  "scheduled, row by row 2-3-1": {
    sizes: [2, 3, 1],
    learningRate: 0.9,
    scheduled: true,
    seed: 104,
    fit: { epochs: 3, batchSize: 1, shuffle: true },
    ways: ["all"],
    data: made(7, 2, 1),
  },
  "row by row, large steps 2-3-1": {
    sizes: [2, 3, 1],
    learningRate: 400,
    seed: 159,
    fit: { epochs: 3, batchSize: 1, shuffle: true },
    ways: ["all"],
    data: made(7, 2, 1),
  },
  "scheduled, 20 steps an epoch 2-3-1": {
    sizes: [2, 3, 1],
    learningRate: 0.9,
    scheduled: true,
    seed: 158,
    fit: { epochs: 3, batchSize: 1, shuffle: true },
    ways: ["all"],
    data: made(20, 2, 1),
  },
  "frozen first layer 9-6-5-3": {
    sizes: [9, 6, 5, 3],
    activations: [{ trainable: false }],
    learningRate: 0.9,
    seed: 105,
    fit: { epochs: 3, batchSize: 7, shuffle: true },
    ways: ["all"],
    data: made(20, 9, 3),
  },
  "frozen, all but the last, adamw with clipNorm 9-6-5-3": {
    sizes: [9, 6, 5, 3],
    activations: [{ trainable: false }, { trainable: false }],
    loss: "mse",
    optimizer: { type: "adamw", weightDecay: 0.1, clipNorm: 0.05 },
    learningRate: 0.05,
    seed: 106,
    fit: { epochs: 3, batchSize: 7, shuffle: true },
    ways: ["all"],
    data: made(20, 9, 3),
  },
  "frozen middle and last layer, rmsprop 9-6-5-3": {
    sizes: [9, 6, 5, 3],
    activations: [{}, { trainable: false }, { trainable: false }],
    loss: "mse",
    optimizer: { type: "rmsprop" },
    learningRate: 0.05,
    seed: 107,
    fit: { epochs: 3, batchSize: 7, shuffle: true },
    ways: ["all"],
    data: made(20, 9, 3),
  },
  "frozen layer, row by row 2-3-1": {
    sizes: [2, 3, 1],
    activations: [{ trainable: false }],
    learningRate: 0.9,
    seed: 108,
    fit: { epochs: 3, batchSize: 1, shuffle: true },
    ways: ["all"],
    data: made(7, 2, 1),
  },
  "all frozen 5-4-2": {
    sizes: [5, 4, 2],
    activations: [{ trainable: false }, { trainable: false }],
    learningRate: 0.9,
    seed: 109,
    fit: { epochs: 2, batchSize: 3, shuffle: true },
    ways: ["all"],
    data: made(7, 5, 2),
  },
  ...Object.fromEntries(
    (
      [
        { type: "sgd", clipValue: 0.01 },
        { type: "sgd", momentum: 0.9, clipValue: 0.01 },
        { type: "rmsprop", clipValue: 0.01 },
        { type: "adagrad", clipValue: 0.01 },
        { type: "nadam", clipValue: 0.01 },
        { type: "lion", clipValue: 0.01 },
        { type: "sgd", clipValue: 0.01, clipNorm: 0.03 },
        { type: "sgd", clipNorm: 1000 },
      ] as const
    ).map((optimizer, n): [string, Spec] => [
      `${Object.entries(optimizer)
        .slice(1)
        .map(([name, value]) => `${name} ${value}`)
        .join(", ")} of ${optimizer.type} 5-6-1`,
      {
        sizes: [5, 6, 1],
        loss: "mse",
        activations: [
          { activation: "tanh", l2: 0.01 },
          { activation: "linear", l1: 0.02 },
        ],
        optimizer,
        learningRate: 0.05,
        seed: 110 + n,
        fit: { epochs: 3, batchSize: 7, shuffle: true },
        ways: ["all"],
        data: made(20, 5, 1),
      },
    ]),
  ),
  // so many rows, or layers, that what is written by mistake to address 0 and behind reaches what is read
  "1,500 rows in one batch 3-2-1": {
    sizes: [3, 2, 1],
    learningRate: 0.001,
    seed: 153,
    fit: { epochs: 2, batchSize: 1500, shuffle: true },
    ways: ["all"],
    data: made(1500, 3, 1),
  },
  "sixty layers of 2 units": {
    sizes: new Array(61).fill(2),
    learningRate: 0.5,
    seed: 154,
    fit: { epochs: 2, batchSize: 3, shuffle: true },
    ways: ["all"],
    data: made(6, 2, 2),
  },
  "dropout of 200 units 3-200-2": {
    sizes: [3, 200, 2],
    activations: [{ dropout: 0.4 }],
    learningRate: 0.1,
    seed: 155,
    fit: { epochs: 2, batchSize: 3, shuffle: true },
    ways: ["all"],
    data: made(5, 3, 2),
  },
  // what has no other reason to be more than plain descent
  "penalties of plain sgd 5-6-1": {
    sizes: [5, 6, 1],
    loss: "mse",
    activations: [
      { activation: "tanh", l2: 0.01 },
      { activation: "linear", l1: 0.02 },
    ],
    learningRate: 0.05,
    seed: 118,
    fit: { epochs: 3, batchSize: 7, shuffle: true },
    ways: ["all"],
    data: made(20, 5, 1),
  },
  "penalty, row by row 2-3-1": {
    sizes: [2, 3, 1],
    activations: [{ l1: 0.01 }],
    learningRate: 0.9,
    seed: 119,
    fit: { epochs: 3, batchSize: 1, shuffle: true },
    ways: ["all"],
    data: made(7, 2, 1),
  },
  // enough work for three threads
  "for threads, frozen first layer 40-60-30-20": {
    sizes: [40, 60, 30, 20],
    activations: [{ trainable: false }],
    learningRate: 0.1,
    seed: 130,
    fit: { epochs: 1, batchSize: 64, shuffle: true },
    ways: ["all"],
    data: made(64, 40, 20),
  },
  "for threads, one unit in the middle 60-90-1-90": {
    sizes: [60, 90, 1, 90],
    loss: "categoricalCrossEntropy",
    activations: [
      { activation: "tanh", dropout: 0.2 },
      { activation: "tanh", dropout: 0.3 },
      { activation: "softmax" },
    ],
    learningRate: 0.1,
    seed: 131,
    fit: { epochs: 1, batchSize: 64, shuffle: true },
    ways: ["all"],
    data: weighted(made(64, 60, 90)),
  },
  "for threads, fewer panels than threads, sparse 110-44-7-3": {
    sizes: [110, 44, 7, 3],
    loss: "mse",
    activations: [{ dropout: 0.2 }, { dropout: 0.3 }, {}],
    optimizer: { type: "adam", clipNorm: 0.1 },
    learningRate: 0.1,
    seed: 132,
    fit: { epochs: 1, batchSize: 44, shuffle: true },
    ways: ["all"],
    data: sparse(44, 110, 3),
  },
  // what one thread writes too far is another's, which of two has fewer rows and is ready first
  "for threads, mse, rows of whole registers 40-60-20": {
    sizes: [40, 60, 20],
    loss: "mse",
    learningRate: 0.1,
    seed: 133,
    fit: { epochs: 2, batchSize: 49, shuffle: true },
    ways: ["all"],
    data: made(49, 40, 20),
  },
  ...Object.fromEntries(
    (
      [
        ["leakyRelu", "softplus", "silu", "geluTanh", "gelu"],
        ["mish", "hardSwish", "softsign", "tanh", "elu"],
      ] as const
    ).map((activations, n): [string, Spec] => [
      `for threads, ${activations[0]} to ${activations[4]}, rows of whole registers 50-40-40-40-40-20`,
      {
        sizes: [50, 40, 40, 40, 40, 20],
        loss: "mse",
        activations: activations.map((activation) => ({ activation })),
        learningRate: 0.02,
        seed: 136 + n,
        fit: { epochs: 2, batchSize: 49, shuffle: true },
        ways: ["all"],
        data: made(49, 50, 20),
      },
    ]),
  ),
  "for threads, one unit 500-1": {
    sizes: [500, 1],
    learningRate: 0.001,
    seed: 156,
    fit: { epochs: 1, batchSize: 450, shuffle: true },
    ways: ["all"],
    data: made(450, 500, 1),
  },
  "for threads, one panel a thread, sparse 800-24-3": {
    sizes: [800, 24, 3],
    learningRate: 0.1,
    seed: 134,
    fit: { epochs: 2, batchSize: 32, shuffle: true },
    ways: ["all"],
    data: sparse(32, 800, 3),
  },
  "for threads, one register a row, sparse 1000-3-2": {
    sizes: [1000, 3, 2],
    learningRate: 0.1,
    seed: 135,
    fit: { epochs: 2, batchSize: 49, shuffle: true },
    ways: ["all"],
    data: sparse(49, 1000, 2),
  },
  "an infinite norm 5-4-2": {
    sizes: [5, 4, 2],
    loss: "mse",
    activations: [{ activation: "linear" }, { activation: "linear" }],
    optimizer: { type: "sgd", clipNorm: 1 },
    learningRate: 0.1,
    diverges: true,
    seed: 120,
    fit: { epochs: 2, batchSize: 4, shuffle: true },
    ways: ["all"],
    data: scaled({ f32: 1e12, f64: 1e12 }, { f32: 1e12, f64: 1e150 }, made(8, 5, 2)),
  },
  "diverging 5-6-2": {
    sizes: [5, 6, 2],
    loss: "mse",
    activations: [{ activation: "linear" }, { activation: "linear" }],
    learningRate: { f32: 20, f64: 1e8 },
    diverges: true,
    seed: 121,
    fit: { epochs: 30, batchSize: 8, shuffle: true },
    ways: ["all"],
    data: made(20, 5, 2),
  },
  "errors too large 5-2": {
    sizes: [5, 2],
    activations: [{ activation: "linear" }],
    learningRate: 0.1,
    diverges: true,
    seed: 122,
    fit: { epochs: 2, batchSize: 8, shuffle: false },
    ways: ["all"],
    data: scaled(ONE, { f32: 3e38, f64: 1e200 }, made(8, 5, 2)),
  },
  "steps too large 5-2": {
    sizes: [5, 2],
    activations: [{ activation: "linear" }],
    learningRate: { f32: 1e30, f64: 1e200 },
    diverges: true,
    seed: 123,
    fit: { epochs: 2, batchSize: 8, shuffle: false },
    ways: ["all"],
    data: scaled(ONE, { f32: 1e30, f64: 1e150 }, made(8, 5, 2)),
  },
  ...Object.fromEntries(
    (
      [
        [[2, 1], 4, 136],
        [[2, 1], 4, 161], // in the second epoch
        [[2, 2, 1], 1, 129],
        [[2, 4, 1], 1, 169],
      ] as const
    ).map(([sizes, batchSize, seed]): [string, Spec] => [
      `steps too large, seed ${seed} ${sizes.join("-")}`,
      {
        sizes,
        learningRate: { f32: 3e38, f64: 1.7e308 },
        diverges: true,
        seed,
        fit: { epochs: 2, batchSize, shuffle: false },
        ways: ["all"],
        data: scaled({ f32: 100, f64: 100 }, ONE, made(8, sizes[0], 1)),
      },
    ]),
  ),
  // a call of the core runs 65,536 epochs at most
  "more epochs than one call runs 2-1": {
    sizes: [2, 1],
    learningRate: 0.5,
    seed: 140,
    fit: { epochs: 65_538, batchSize: 4, shuffle: false },
    ways: ["all"],
    data: truthTable([0, 0, 0, 1]),
  },
  // rows of activations of a multiple of 1,024 bytes; more than 64 KiB of weights, which are moved in pieces
  "rows of 1,024 bytes 70-256-2": {
    sizes: [70, 256, 2],
    learningRate: 0.1,
    seed: 141,
    fit: { epochs: 1, batchSize: 3, shuffle: true },
    ways: ["all"],
    data: made(5, 70, 2),
  },
  // a row of weights is more than half of the 64 KiB that are moved at once
  "rows of 8,200 weights 3-8200-1": {
    sizes: [3, 8200, 1],
    learningRate: 0.001,
    seed: 152,
    fit: { epochs: 2, batchSize: 2, shuffle: true },
    ways: ["save and load"],
    data: made(3, 3, 1),
  },
  // the epoch that is taken back is not the first of its call
  ...Object.fromEntries(
    [2, 3, 4, 5].map((units): [string, Spec] => [
      `finite for some epochs 2-${units}-1`,
      {
        sizes: [2, units, 1],
        learningRate: 3,
        diverges: true,
        seed: 147,
        fit: { epochs: 12, batchSize: 1, shuffle: false },
        ways: ["all"],
        data: largestLast(made(8, 2, 1)),
      },
    ]),
  ),
  // an order of so many rows, or a δ of so many inputs, would not go unseen where there is no memory for it
  ...Object.fromEntries(
    (
      [
        [[2, 1], 4],
        [[2, 2, 1], 1],
        [[3, 2, 1], 50],
      ] as const
    ).map(([sizes, batchSize], n): [string, Spec] => [
      `12,000 rows in order ${sizes.join("-")}`,
      {
        sizes,
        learningRate: 0.1,
        seed: 142 + n,
        fit: { epochs: 2, batchSize, shuffle: false },
        ways: ["interrupted"],
        data: made(12000, sizes[0], 1),
      },
    ]),
  ),
  ...Object.fromEntries(
    [3, 1].map((units): [string, Spec] => [
      `row by row 6000-${units}-1`,
      {
        sizes: [6000, units, 1],
        learningRate: 0.1,
        seed: 145 + units,
        fit: { epochs: 1, batchSize: 1, shuffle: false },
        ways: ["all"],
        data: made(2, 6000, 1),
      },
    ]),
  ),
  // layers that only activate or drop
  "activation and dropout layers 9-9-14-14-14-3": {
    sizes: [9, 9, 14, 14, 14, 3],
    loss: "mse",
    activations: [
      { type: "dropout", rate: 0.2 },
      { activation: "linear", l2: 0.01 },
      { type: "activation", activation: "gelu" },
      { type: "dropout", rate: 0.4 },
      { activation: "linear" },
    ],
    optimizer: { type: "adam", clipNorm: 0.5 },
    learningRate: 0.02,
    seed: 180,
    fit: { epochs: 6, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "interrupted", "save and load"],
    data: made(37, 9, 3),
  },
  "activations first and last 9-9-6-5-5": {
    sizes: [9, 9, 6, 5, 5],
    loss: "categoricalCrossEntropy",
    activations: [
      { type: "activation", activation: "elu" },
      { activation: "sigmoid" },
      { activation: "linear" },
      { type: "activation", activation: "softmax" },
    ],
    learningRate: 0.5,
    seed: 181,
    fit: { epochs: 3, batchSize: 7, shuffle: false },
    ways: ["all"],
    data: made(20, 9, 5),
  },
  "layers of one unit that activate or drop 1-1-1-4-1-1": {
    sizes: [1, 1, 1, 4, 1, 1],
    loss: "binaryCrossEntropy",
    activations: [
      { type: "dropout", rate: 0.3 },
      { type: "activation", activation: "tanh" },
      { activation: "tanh" },
      { activation: "linear" },
      { type: "activation", activation: "sigmoid" },
    ],
    learningRate: 0.5,
    seed: 182,
    fit: { epochs: 3, batchSize: 6, shuffle: true },
    ways: ["all"],
    data: made(20, 1, 1),
  },
  "dropout of sparse inputs 40-40-7-2": {
    sizes: [40, 40, 7, 2],
    activations: [{ type: "dropout", rate: 0.25 }],
    learningRate: 0.3,
    seed: 183,
    fit: { epochs: 2, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "compressed", "streamed"],
    data: sparse(19, 40, 2),
  },
  "activation above a frozen layer 5-6-6-4": {
    sizes: [5, 6, 6, 4],
    activations: [
      { activation: "linear", trainable: false },
      { type: "activation", activation: "relu" },
    ],
    optimizer: { type: "sgd", clipNorm: 0.1 },
    learningRate: 0.3,
    seed: 184,
    fit: { epochs: 2, batchSize: 6, shuffle: true },
    ways: ["all"],
    data: made(20, 5, 4),
  },
  ...Object.fromEntries(
    (
      [
        [60, 20],
        [200, 70],
      ] as const
    ).map(([inputs, units], n): [string, Spec] => [
      `for threads, activation and dropout layers ${[inputs, inputs, units, units, 1, 1, units].join("-")}`,
      {
        sizes: [inputs, inputs, units, units, 1, 1, units],
        loss: "mse",
        activations: [
          { type: "dropout", rate: 0.2 },
          { activation: "linear" },
          { type: "activation", activation: "silu" },
          { activation: "linear" },
          { type: "activation", activation: "tanh" },
          { activation: "linear" },
        ],
        learningRate: 0.1,
        seed: 185 + n,
        fit: { epochs: 2, batchSize: 81, shuffle: true },
        ways: ["all"],
        data: made(162, inputs, units),
      },
    ]),
  ),
  "for threads, rows through activation and dropout layers 60-60-40-40-8": {
    sizes: [60, 60, 40, 40, 8],
    loss: "mse",
    activations: [
      { type: "dropout", rate: 0.2 },
      { activation: "linear" },
      { type: "activation", activation: "mish" },
      { activation: "linear" },
    ],
    learningRate: 0.1,
    seed: 187,
    fit: { epochs: 2, batchSize: 81, shuffle: true },
    ways: ["all"],
    data: made(162, 60, 8),
  },
  // normalizations
  "batch normalization 9-14-14-14-3": {
    sizes: [9, 14, 14, 14, 3],
    loss: "mse",
    activations: [
      { activation: "linear" },
      { type: "batchNormalization" },
      { type: "activation", activation: "relu" },
      { activation: "linear" },
    ],
    optimizer: { type: "adam" },
    learningRate: 0.02,
    seed: 190,
    fit: { epochs: 6, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "interrupted", "save and load"],
    data: made(37, 9, 3),
  },
  "batch normalization of inputs 9-9-7-2": {
    sizes: [9, 9, 7, 2],
    loss: "mse",
    activations: [
      { type: "batchNormalization", epsilon: 0.01, momentum: 0.7 },
      { activation: "tanh", l2: 0.01 },
      { activation: "linear" },
    ],
    learningRate: 0.1,
    seed: 191,
    fit: { epochs: 3, batchSize: 6, shuffle: false },
    ways: ["all"],
    data: made(19, 9, 2),
  },
  "batch normalizations without beta, gamma and both 5-11-11-4-4-9-9": {
    sizes: [5, 11, 11, 4, 4, 9, 9],
    loss: "mse",
    activations: [
      { activation: "sigmoid" },
      { type: "batchNormalization", center: false, momentum: 0.7 },
      { activation: "tanh", dropout: 0.2 },
      { type: "batchNormalization", scale: false, momentum: 0.7 },
      { activation: "elu" },
      { type: "batchNormalization", center: false, scale: false, momentum: 0.7 },
    ],
    optimizer: { type: "adamw", weightDecay: 0.1, clipNorm: 0.3 },
    learningRate: 0.05,
    seed: 192,
    fit: { epochs: 3, batchSize: 7, shuffle: true },
    ways: ["all"],
    data: made(20, 5, 9),
  },
  "batch normalization of one unit, and of one row 3-1-1-2": {
    sizes: [3, 1, 1, 2],
    loss: "mse",
    activations: [{ activation: "linear" }, { type: "batchNormalization", momentum: 0.7 }, { activation: "linear" }],
    optimizer: { type: "sgd", clipValue: 0.05 },
    learningRate: 0.2,
    seed: 193,
    fit: { epochs: 4, batchSize: 3, shuffle: true },
    ways: ["all"],
    data: made(7, 3, 2),
  },
  "a frozen batch normalization 5-6-6-4": {
    sizes: [5, 6, 6, 4],
    loss: "mse",
    activations: [
      { activation: "sigmoid" },
      { type: "batchNormalization", trainable: false, momentum: 0.7 },
      { activation: "linear" },
    ],
    optimizer: { type: "sgd", clipNorm: 0.1 },
    learningRate: 0.3,
    seed: 194,
    fit: { epochs: 3, batchSize: 6, shuffle: true },
    ways: ["all"],
    data: made(20, 5, 4),
  },
  "batch normalization above a frozen layer 5-6-6-4": {
    sizes: [5, 6, 6, 4],
    loss: "mse",
    activations: [
      { activation: "sigmoid", trainable: false },
      { type: "batchNormalization", momentum: 0.7 },
      { activation: "linear" },
    ],
    optimizer: { type: "rmsprop" },
    learningRate: 0.3,
    seed: 195,
    fit: { epochs: 3, batchSize: 6, shuffle: true },
    ways: ["all"],
    data: made(20, 5, 4),
  },
  "batch normalization of one column, first, with clipNorm 1-1-3": {
    sizes: [1, 1, 3],
    loss: "mse",
    activations: [{ type: "batchNormalization", scale: false, momentum: 0.7 }, { activation: "linear" }],
    optimizer: { type: "sgd", momentum: 0.9, clipNorm: 0.2 },
    learningRate: 0.2,
    seed: 196,
    fit: { epochs: 3, batchSize: 5, shuffle: true },
    ways: ["all"],
    data: made(12, 1, 3),
  },
  "batch normalization last 4-7-7": {
    sizes: [4, 7, 7],
    loss: "mse",
    activations: [{ activation: "tanh" }, { type: "batchNormalization", momentum: 0.7 }],
    optimizer: { type: "lion" },
    learningRate: 0.2,
    seed: 197,
    fit: { epochs: 3, batchSize: 5, shuffle: true },
    ways: ["all"],
    data: made(12, 4, 7),
  },
  "for threads, batch normalizations 60-60-41-41-41-1-1-20": {
    sizes: [60, 60, 41, 41, 41, 1, 1, 20],
    loss: "mse",
    activations: [
      { type: "batchNormalization", momentum: 0.7 },
      { activation: "linear" },
      { type: "batchNormalization", momentum: 0.7 },
      { type: "activation", activation: "silu" },
      { activation: "linear" },
      { type: "batchNormalization", momentum: 0.7 },
      { activation: "linear" },
    ],
    learningRate: 0.1,
    seed: 198,
    fit: { epochs: 2, batchSize: 81, shuffle: true },
    ways: ["all"],
    data: made(162, 60, 20),
  },
  "for threads, wide batch normalizations 200-70-70-70": {
    sizes: [200, 70, 70, 70],
    loss: "mse",
    activations: [{ activation: "sigmoid" }, { type: "batchNormalization", momentum: 0.7 }, { activation: "linear" }],
    learningRate: 0.1,
    seed: 199,
    fit: { epochs: 2, batchSize: 81, shuffle: true },
    ways: ["all"],
    data: made(162, 200, 70),
  },
  "for threads, rows through batch normalizations 60-41-41-41-8": {
    sizes: [60, 41, 41, 41, 8],
    loss: "mse",
    activations: [
      { activation: "linear" },
      { type: "batchNormalization", momentum: 0.7 },
      { type: "activation", activation: "tanh" },
      { activation: "linear" },
    ],
    learningRate: 0.1,
    seed: 200,
    fit: { epochs: 2, batchSize: 81, shuffle: true },
    ways: ["all"],
    data: made(162, 60, 8),
  },
  "layer normalization 9-14-14-14-3": {
    sizes: [9, 14, 14, 14, 3],
    loss: "mse",
    activations: [
      { activation: "linear" },
      { type: "layerNormalization" },
      { type: "activation", activation: "relu" },
      { activation: "linear" },
    ],
    optimizer: { type: "adam" },
    learningRate: 0.02,
    seed: 210,
    fit: { epochs: 6, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "interrupted", "save and load"],
    data: made(37, 9, 3),
  },
  "layer normalization of inputs 9-9-7-2": {
    sizes: [9, 9, 7, 2],
    loss: "mse",
    activations: [
      { type: "layerNormalization", epsilon: 0.01 },
      { activation: "tanh", l2: 0.01 },
      { activation: "linear" },
    ],
    learningRate: 0.1,
    seed: 211,
    fit: { epochs: 3, batchSize: 6, shuffle: false },
    ways: ["all"],
    data: made(19, 9, 2),
  },
  "layer normalizations without beta, gamma and both 5-11-11-4-4-9-9": {
    sizes: [5, 11, 11, 4, 4, 9, 9],
    loss: "mse",
    activations: [
      { activation: "sigmoid" },
      { type: "layerNormalization", center: false },
      { activation: "tanh", dropout: 0.2 },
      { type: "layerNormalization", scale: false },
      { activation: "elu" },
      { type: "layerNormalization", center: false, scale: false },
    ],
    optimizer: { type: "adamw", weightDecay: 0.1, clipNorm: 0.3 },
    learningRate: 0.05,
    seed: 212,
    fit: { epochs: 3, batchSize: 7, shuffle: true },
    ways: ["all"],
    data: made(20, 5, 9),
  },
  "layer normalization of one unit, and of one row 3-1-1-2": {
    sizes: [3, 1, 1, 2],
    loss: "mse",
    activations: [{ activation: "linear" }, { type: "layerNormalization" }, { activation: "linear" }],
    optimizer: { type: "sgd", clipValue: 0.05 },
    learningRate: 0.2,
    seed: 213,
    fit: { epochs: 4, batchSize: 3, shuffle: true },
    ways: ["all"],
    data: made(7, 3, 2),
  },
  "a frozen layer normalization 5-6-6-4": {
    sizes: [5, 6, 6, 4],
    loss: "mse",
    activations: [
      { activation: "sigmoid" },
      { type: "layerNormalization", trainable: false },
      { activation: "linear" },
    ],
    optimizer: { type: "sgd", clipNorm: 0.1 },
    learningRate: 0.3,
    seed: 214,
    fit: { epochs: 3, batchSize: 6, shuffle: true },
    ways: ["all"],
    data: made(20, 5, 4),
  },
  "layer normalization above a frozen layer 5-6-6-4": {
    sizes: [5, 6, 6, 4],
    loss: "mse",
    activations: [
      { activation: "sigmoid", trainable: false },
      { type: "layerNormalization" },
      { activation: "linear" },
    ],
    optimizer: { type: "rmsprop" },
    learningRate: 0.3,
    seed: 215,
    fit: { epochs: 3, batchSize: 6, shuffle: true },
    ways: ["all"],
    data: made(20, 5, 4),
  },
  "layer normalization of one column, first, with clipNorm 1-1-3": {
    sizes: [1, 1, 3],
    loss: "mse",
    activations: [{ type: "layerNormalization", scale: false }, { activation: "linear" }],
    optimizer: { type: "sgd", momentum: 0.9, clipNorm: 0.2 },
    learningRate: 0.2,
    seed: 216,
    fit: { epochs: 3, batchSize: 5, shuffle: true },
    ways: ["all"],
    data: made(12, 1, 3),
  },
  "layer normalization last 4-7-7": {
    sizes: [4, 7, 7],
    loss: "mse",
    activations: [{ activation: "tanh" }, { type: "layerNormalization" }],
    optimizer: { type: "lion" },
    learningRate: 0.2,
    seed: 217,
    fit: { epochs: 3, batchSize: 5, shuffle: true },
    ways: ["all"],
    data: made(12, 4, 7),
  },
  "for threads, layer normalizations 60-60-41-41-41-1-1-20": {
    sizes: [60, 60, 41, 41, 41, 1, 1, 20],
    loss: "mse",
    activations: [
      { type: "layerNormalization" },
      { activation: "linear" },
      { type: "layerNormalization" },
      { type: "activation", activation: "silu" },
      { activation: "linear" },
      { type: "layerNormalization" },
      { activation: "linear" },
    ],
    learningRate: 0.1,
    seed: 218,
    fit: { epochs: 2, batchSize: 81, shuffle: true },
    ways: ["all"],
    data: made(162, 60, 20),
  },
  "for threads, wide layer normalizations 200-70-70-70": {
    sizes: [200, 70, 70, 70],
    loss: "mse",
    activations: [{ activation: "sigmoid" }, { type: "layerNormalization" }, { activation: "linear" }],
    learningRate: 0.1,
    seed: 219,
    fit: { epochs: 2, batchSize: 81, shuffle: true },
    ways: ["all"],
    data: made(162, 200, 70),
  },
  "for threads, rows through layer normalizations 60-41-41-41-8": {
    sizes: [60, 41, 41, 41, 8],
    loss: "mse",
    activations: [
      { activation: "linear" },
      { type: "layerNormalization" },
      { type: "activation", activation: "tanh" },
      { activation: "linear" },
    ],
    learningRate: 0.1,
    seed: 220,
    fit: { epochs: 2, batchSize: 81, shuffle: true },
    ways: ["all"],
    data: made(162, 60, 8),
  },
  "wide 70-66-33": {
    sizes: [70, 66, 33],
    learningRate: 0.02,
    seed: 6,
    fit: { epochs: 2, batchSize: 33, shuffle: true },
    ways: ["fit", "outputs", "interrupted"],
    data: made(67, 70, 33),
  },
};

/**
 * What is done with a training, and what that leaves. All must leave the same parameters. "interrupted" has those as
 * the second epoch began and after two of its steps, too, at least three of which there must be.
 */
function rowsOf({ data, shape: [, columns] }: Data["x"], rows: Uint32Array): Data["x"] {
  const some = data.slice(0, rows.length * columns);
  rows.forEach((row, s) => some.set(data.subarray(row * columns, (row + 1) * columns), s * columns));
  return { data: some, shape: [rows.length, columns] };
}

const WAYS: Record<Way, (work: Work) => Promise<Part[]>> = {
  async fit(work) {
    using net = await create(work);
    net.fit(work.x, work.y, work.spec.fit);
    return parameters(net);
  },

  async outputs(work) {
    using net = await create(work);
    const { loss } = net.fit(work.x, work.y, work.spec.fit);
    return [{ what: "losses", values: Float64Array.from(loss) }, ...outputs(net, work)];
  },

  async all(work) {
    using net = await create(work);
    const loss = losses(net, work);
    return [{ what: "losses", values: Float64Array.from(loss) }, ...parameters(net), ...outputs(net, work)];
  },

  async "epoch by epoch"(work) {
    using net = await create(work);
    losses(net, work, { onEpoch: () => {} });
    return parameters(net);
  },

  async "by hand"(work) {
    using net = await create(work);
    const { x, y, engine, library, spec } = work;
    const { epochs, batchSize, shuffle } = spec.fit;
    const [rows] = x.shape;
    const op = await library.Operations.create({ engine });
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = shuffle ? op.shuffle(rows, spec.seed, epoch) : Uint32Array.from({ length: rows }, (_, s) => s);
      for (let batch = 0; batch * batchSize < rows; batch++) {
        const some = order.subarray(batch * batchSize, (batch + 1) * batchSize);
        const dropout = { epoch, batch };
        net.apply(net.gradients(rowsOf(x, some), rowsOf(y, some), { dropout }).gradients);
      }
    }
    return parameters(net);
  },

  async "fit twice"(work) {
    using net = await create(work);
    const first = Math.floor(work.spec.fit.epochs / 3);
    net.fit(work.x, work.y, { ...work.spec.fit, epochs: first });
    net.fit(work.x, work.y, {
      ...work.spec.fit,
      epochs: work.spec.fit.epochs - first,
    });
    return parameters(net);
  },

  async compressed(work) {
    using net = await create(work);
    const { x, y } = work;
    const rows = compressed(x);
    const { loss } = net.fit(rows, y, work.spec.fit);
    if (net.evaluate(rows, y).loss !== net.evaluate(x, y).loss || loss.length === 0) throw new Error("other bits");
    return parameters(net);
  },

  // an array's shuffle is that of a buffer with room for all rows
  async streamed(work) {
    using net = await create(work);
    const { x, y, spec } = work;
    const [rows, inputs] = x.shape;
    const outputs = y.shape[1];
    const items = function* () {
      for (let first = 0, count = 1; first < rows; first += count, count = (count % 11) + 1) {
        const end = Math.min(first + count, rows);
        const part = ({ data }: Data["x"], columns: number) => ({
          data: data.subarray(first * columns, end * columns),
          shape: [end - first, columns],
        });
        yield [part(x, inputs), part(y, outputs)] as const;
      }
    };
    const { shuffle, ...fit } = spec.fit;
    net.fit(items, { ...fit, shuffleBuffer: spec.shuffleBuffer ?? (shuffle ? rows : 0) });
    return parameters(net);
  },

  async fitAsync(work) {
    using net = await create(work);
    await net.fitAsync(work.x, work.y, work.spec.fit);
    return parameters(net);
  },

  async "save and load"(work) {
    using net = await create(work);
    const first = Math.floor(work.spec.fit.epochs / 2);
    net.fit(work.x, work.y, { ...work.spec.fit, epochs: first });
    using loaded = await work.library.Network.fromJSON(JSON.stringify(net), {
      engine: work.engine,
    });
    expectEngine(loaded.engine, work.engine);
    loaded.fit(work.x, work.y, {
      ...work.spec.fit,
      epochs: work.spec.fit.epochs - first,
    });
    return parameters(loaded);
  },

  // the first call of a training takes one step, whatever the clock says
  async interrupted(work) {
    using whole = await create(work);
    using first = await load(work, firstCheckpoint(whole, work, { everyEpochs: 1 }, false));
    using second = await load(work, firstCheckpoint(first, work, { everySeconds: 0 }, true));
    using net = await load(work, firstCheckpoint(second, work, { everySeconds: 0 }, true));
    using begun = await work.library.Network.fromJSON(JSON.stringify(net), { engine: work.engine });
    const interrupted = [...parameters(begun), ...parameters(net)];
    const loss = losses(net, work, { resume: true });
    return [...interrupted, { what: "losses", values: Float64Array.from(loss) }, ...parameters(net)];
  },
};

/** The elements that are not 0, and some zeros. */
function compressed({ data, shape }: Data["x"]): CompressedMatrix {
  const [rows, columns] = shape;
  const [elements, indices, indptr]: number[][] = [[], [], [0]];
  for (let s = 0; s < rows; s++) {
    for (let i = 0; i < columns; i++) {
      const element = data[s * columns + i]!;
      if (element === 0 && (s + i) % 7 !== 0) continue;
      elements!.push(element);
      indices!.push(i);
    }
    indptr!.push(elements!.length);
  }
  return { data: elements!, indices: indices!, indptr: indptr!, shape };
}

async function load({ library, engine }: Work, file: Uint8Array): Promise<Network> {
  const net = await library.Network.load(file, { engine });
  expectEngine(net.engine, engine);
  return net;
}

/**
 * Trains, or goes on, up to the first checkpoint. A training that went on would write one in every few milliseconds.
 */
function firstCheckpoint(net: Network, work: Work, when: Omit<Checkpoint, "save">, resume: boolean): Uint8Array {
  const kept: Uint8Array[] = [];
  const enough = new Error("a checkpoint is kept");
  const save = (file: Uint8Array) => {
    kept.push(file);
    throw enough;
  };
  try {
    losses(net, work, { resume, checkpoint: { ...when, save } });
  } catch (error) {
    if (error !== enough) throw error;
  }
  return kept[0]!;
}

function outputs(net: Network, { x, y }: Work): Part[] {
  return [
    { what: "outputs", values: net.predict(x).data },
    { what: "error", values: Float64Array.of(net.evaluate(x, y).loss) },
  ];
}

/** Trains; returns the losses of the epochs that ended finite. */
function losses(net: Network, { dtype, spec, x, y, sampleWeights }: Work, others: FitOptions = {}): readonly number[] {
  const rate = rateOf(spec, dtype);
  const options = {
    ...spec.fit,
    ...(sampleWeights !== undefined && { sampleWeights }),
    ...(spec.scheduled && {
      schedule: ({ epoch, step }: { epoch: number; step: number }) => rate / (1 + 0.5 * epoch + 0.25 * step),
    }),
    ...others,
  };
  let ended: readonly number[];
  try {
    ended = net.fit(x, y, options).loss;
  } catch (error) {
    const { name, loss } = error as { name: string; loss: readonly number[] };
    if (!spec.diverges || name !== "NotFiniteError") throw error;
    return loss;
  }
  if (spec.diverges) throw new Error("the training didn't end with a NotFiniteError");
  return ended;
}

function rateOf({ learningRate }: Spec, dtype: DType): number {
  return typeof learningRate === "number" ? learningRate : learningRate[dtype];
}

function layerOf(units: number, layer: NonNullable<Spec["activations"]>[number] = {}): LayerOptions {
  if ("type" in layer) return layer;
  return { units, activation: "sigmoid", initializer: "glorotUniform", ...layer };
}

async function create({ library, engine, dtype, spec }: Work): Promise<Network> {
  const [inputs, ...units] = spec.sizes;
  const net = await library.Network.create({
    inputs: inputs!,
    layers: units.map((count, l) => layerOf(count, spec.activations?.[l])),
    loss: spec.loss ?? "sse",
    optimizer: {
      type: "sgd",
      ...spec.optimizer,
      learningRate: rateOf(spec, dtype),
    },
    dtype,
    seed: spec.seed,
    engine,
  });
  expectEngine(net.engine, engine);
  if (spec.negativeZeros) {
    net.setParameters(
      net.getParameters().map(({ weights, biases }) => ({
        weights,
        biases: biases.map(() => -0),
      })),
    );
  }
  return net;
}
