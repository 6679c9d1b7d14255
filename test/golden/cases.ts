// The golden cases: named computations whose SHA-256 must be the same on every engine, runtime and processor. No platform
// API here: the library is passed in, and the input data come from integer arithmetic alone. Digests are taken over
// little-endian bytes with every NaN canonicalised, since WebAssembly leaves its payload open.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { DType, EngineName, Network, Operations } from "bitgrad";

type FloatArray = Float32Array | Float64Array;

/** What "bitgrad" and "bitgrad/reference" both export. */
export interface Library {
  readonly Network: typeof Network;
  readonly Operations: typeof Operations;
}

export interface Case {
  readonly name: string;
  /** SHA-256 in hex; throws where another engine than the one asked for did the work. */
  digest(): Promise<string>;
}

const DTYPES: readonly DType[] = ["f32", "f64"];

/** All cases on one engine of one entry. */
export function* cases(library: Library, engine: EngineName): Generator<Case> {
  for (const dtype of DTYPES) {
    for (const [block, compute] of Object.entries(BLOCKS)) {
      for (const [kind, values] of Object.entries(VALUES)) {
        const name = `${block} ${dtype} ${kind}`;
        yield { name, digest: async () => blockDigest(library, engine, compute, dtype, values(dtype, xorshift(name))) };
      }
    }
    for (const seed of SEEDS) {
      yield { name: `initial ${dtype} seed ${seed}`, digest: () => initialDigest(library, engine, dtype, seed) };
    }
    for (const [training, spec] of Object.entries(TRAININGS)) {
      const work = () => ({ library, engine, dtype, spec, ...spec.data(dtype, xorshift(`${training} ${dtype}`)) });
      for (const way of spec.ways) {
        yield { name: `training ${dtype} ${training}, ${way}`, digest: () => WAYS[way](work()) };
      }
    }
  }
}

// ---- input data

/** Marsaglia's xorshift32, started from FNV-1a of a name so that a new case moves no other. */
function xorshift(name: string): () => number {
  let state = 0x811c9dc5;
  for (const byte of utf8ToBytes(name)) state = Math.imul(state ^ byte, 0x01000193);
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

/** Zero, the smallest and largest subnormals, the smallest normal, neighbours of 1, where σ saturates, the largest. */
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

/** Makers of values: numbers of several magnitudes; the same with one in four special and one in 32 not finite. */
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
};

function ordinary(dtype: DType, next: () => number): () => number {
  return () => (2 * uniform(dtype, next) - 1) * pick(SCALES, next);
}

function pick(values: readonly number[], next: () => number): number {
  return values[next() % values.length]!;
}

// ---- digests

function digest(...arrays: FloatArray[]): string {
  const hash = sha256.create();
  for (const values of arrays) hash.update(bytesOf(values));
  return bytesToHex(hash.digest());
}

function bytesOf(values: FloatArray): Uint8Array {
  const bytes = new Uint8Array(values.byteLength);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    if (values instanceof Float32Array) {
      if (Number.isNaN(value)) view.setUint32(i * 4, 0x7fc00000, true);
      else view.setFloat32(i * 4, value, true);
    } else if (Number.isNaN(value)) view.setBigUint64(i * 8, 0x7ff8000000000000n, true);
    else view.setFloat64(i * 8, value, true);
  });
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

/** Empty sizes, one, and both sides of every register and tile width. */
const SHAPES: readonly Shape[] = [
  [0, 3, 2],
  [3, 0, 5],
  [2, 3, 0],
  [1, 1, 1],
  [3, 5, 7],
  [4, 8, 16],
  [9, 13, 17],
  [17, 33, 11],
  [5, 67, 9],
  [67, 4, 3],
].map(([rows, inputs, units]) => ({ rows: rows!, inputs: inputs!, units: units! }));

/** Rates that are ordinary, zero, infinite or zero once rounded to f32. */
const RATES = [0.1, 0, 1e300, 5e-324];

type Take = (length: number) => FloatArray;
type Compute = (op: Operations, take: Take, shape: Shape) => FloatArray[];

const BLOCKS: Record<string, Compute> = {
  forward: (op, take, shape) => {
    const { rows, inputs, units } = shape;
    return [op.forward(take(rows * inputs), take(inputs * units), take(units), shape)];
  },
  sigmoid: (op, take, { rows, units }) => [op.sigmoid(take(rows * units))],
  sigmoidDerivative: (op, take, { rows, units }) => [op.sigmoidDerivative(take(rows * units))],
  sseError: (op, take, shape) => {
    const length = shape.rows * shape.units;
    return [Float64Array.of(op.sseError(take(length), take(length), shape))];
  },
  sseGradient: (op, take, { rows, units }) => [op.sseGradient(take(rows * units), take(rows * units))],
  inputGradient: (op, take, shape) => {
    const { rows, inputs, units } = shape;
    return [op.inputGradient(take(rows * units), take(inputs * units), shape)];
  },
  weightGradient: (op, take, shape) => {
    const { rows, inputs, units } = shape;
    return [op.weightGradient(take(rows * inputs), take(rows * units), shape)];
  },
  biasGradient: (op, take, shape) => [op.biasGradient(take(shape.rows * shape.units), shape)],
  update: (op, take, { inputs, units }) =>
    RATES.map((rate) => op.update(take(inputs * units), take(inputs * units), rate)),
};

async function blockDigest(
  { Operations }: Library,
  engine: EngineName,
  compute: Compute,
  dtype: DType,
  value: () => number,
): Promise<string> {
  const op = await Operations.create({ engine });
  expectEngine(op.engine, engine);
  const take: Take = (length) => array(dtype, length, value);
  return digest(...SHAPES.flatMap((shape) => compute(op, take, shape)));
}

// ---- initial parameters

const SEEDS = [0, 42, 2 ** 32 + 42, 2 ** 53 - 1];

async function initialDigest({ Network }: Library, engine: EngineName, dtype: DType, seed: number): Promise<string> {
  using net = await Network.create({ inputs: 7, layers: [{ units: 13 }, { units: 3 }], dtype, seed, engine });
  expectEngine(net.engine, engine);
  return net.digest();
}

// ---- trainings

interface Data {
  readonly x: { readonly data: FloatArray; readonly shape: readonly [number, number] };
  readonly y: { readonly data: FloatArray; readonly shape: readonly [number, number] };
}

type Way = "fit" | "outputs" | "fit twice" | "fitAsync" | "save and load";

interface Spec {
  readonly sizes: readonly number[];
  readonly learningRate: number;
  readonly seed: number;
  readonly fit: { readonly epochs: number; readonly batchSize: number; readonly shuffle: boolean };
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
    x: { data: array(dtype, rows * inputs, () => 2 * uniform(dtype, next) - 1), shape: [rows, inputs] },
    y: { data: array(dtype, rows * outputs, () => uniform(dtype, next)), shape: [rows, outputs] },
  });
}

const TRAININGS: Record<string, Spec> = {
  "OR 2-1": {
    sizes: [2, 1],
    learningRate: 0.5,
    seed: 1,
    fit: { epochs: 200, batchSize: 1, shuffle: false },
    ways: ["fit", "outputs"],
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
  "deep 9-17-12-5-3": {
    sizes: [9, 17, 12, 5, 3],
    learningRate: 0.25,
    seed: 2 ** 53 - 1,
    fit: { epochs: 20, batchSize: 8, shuffle: false },
    ways: ["fit", "outputs"],
    data: made(37, 9, 3),
  },
  // the last batch is partial, and fitAsync takes several turns: its first slice is 2 million multiply-adds
  "shuffled 16-32-8": {
    sizes: [16, 32, 8],
    learningRate: 0.05,
    seed: 2 ** 32 + 7,
    fit: { epochs: 60, batchSize: 16, shuffle: true },
    ways: ["fit", "outputs", "fit twice", "fitAsync", "save and load"],
    data: made(101, 16, 8),
  },
};

/** What is done with a training, and the digest of what it leaves. All but "outputs" must leave the same parameters. */
const WAYS: Record<Way, (work: Work) => Promise<string>> = {
  async fit(work) {
    using net = await create(work);
    net.fit(work.x, work.y, work.spec.fit);
    return net.digest();
  },

  async outputs(work) {
    using net = await create(work);
    const { loss } = net.fit(work.x, work.y, work.spec.fit);
    const { data } = net.predict(work.x);
    return digest(Float64Array.from(loss), data, Float64Array.of(net.evaluate(work.x, work.y).loss));
  },

  async "fit twice"(work) {
    using net = await create(work);
    const first = Math.floor(work.spec.fit.epochs / 3);
    net.fit(work.x, work.y, { ...work.spec.fit, epochs: first });
    net.fit(work.x, work.y, { ...work.spec.fit, epochs: work.spec.fit.epochs - first });
    return net.digest();
  },

  async fitAsync(work) {
    using net = await create(work);
    const training = net.fitAsync(work.x, work.y, work.spec.fit);
    const before = net.epochs;
    await training;
    if (before === work.spec.fit.epochs) throw new Error("fitAsync trained to the end in one turn of the event loop");
    return net.digest();
  },

  async "save and load"(work) {
    using net = await create(work);
    const first = Math.floor(work.spec.fit.epochs / 2);
    net.fit(work.x, work.y, { ...work.spec.fit, epochs: first });
    using loaded = await work.library.Network.fromJSON(JSON.stringify(net), { engine: work.engine });
    expectEngine(loaded.engine, work.engine);
    loaded.fit(work.x, work.y, { ...work.spec.fit, epochs: work.spec.fit.epochs - first });
    return loaded.digest();
  },
};

async function create({ library, engine, dtype, spec }: Work): Promise<Network> {
  const [inputs, ...units] = spec.sizes;
  const net = await library.Network.create({
    inputs: inputs!,
    layers: units.map((count) => ({ units: count })),
    optimizer: { type: "sgd", learningRate: spec.learningRate },
    dtype,
    seed: spec.seed,
    engine,
  });
  expectEngine(net.engine, engine);
  return net;
}
