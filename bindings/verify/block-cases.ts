// Golden cases of the building blocks, one call each.

import type { FloatArray } from "../arrays.ts";
import { ELEMENTWISE } from "../catalog/activations.ts";
import type { EngineName } from "../engine/engine.ts";
import type { DType } from "../numbers.ts";
import { array, ordinary, VALUES, xorshift } from "./inputs.ts";
import { type Case, type Library, type Operations, operations } from "./library.ts";
import { OPERATION_CASES, type Part, ratesOfSchedules } from "./operation-cases.ts";

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

export function* blockCases(library: Library, engine: EngineName, dtype: DType): Generator<Case> {
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

export function* operationCases(library: Library, engine: EngineName, dtype: DType): Generator<Case> {
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

/** What needs f32 alone, or no dtype. */
export function* singleCases(library: Library, engine: EngineName): Generator<Case> {
  yield { name: "learningRates", compute: async () => ratesOfSchedules(await operations(library, engine)) };
  yield nearMidpoints(library, engine, "sigmoid", "near midpoints", NEAR_MIDPOINTS);
  yield nearMidpoints(library, engine, "sigmoid", "at the table's margin", AT_MARGIN);
  yield nearMidpoints(library, engine, "log", "near midpoints", NEAR_MIDPOINTS_OF_LOG);
  yield nearMidpoints(library, engine, "log", "rounded to odd", ROUNDED_TO_ODD);
}
