// What a history warns of: data far off scale, and outputs that are the same for every row; the same wherever the
// training runs.

import { type FitAsyncOptions, type NetworkOptions, NotFiniteError } from "bitgrad";
import { Network } from "bitgrad/threads";
import { describe, expect, it } from "vitest";
import { rejectionOf } from "./expect-error.ts";

const ROWS = 40;
const x = Array.from({ length: ROWS }, (_, s) => [((s * 7) % 11) / 10, ((s * 5) % 13) / 13]);
const y = x.map(([a, b]) => [a! - b!]);

const far = (matrix: number[][], column: number, range: number) =>
  matrix.map((row, s) => row.map((value, i) => (i === column ? 3 + (range * s) / (ROWS - 1) : value)));

const SCALE = 'as an Encoder does with the kind "standard"';
const ofX = (columns: string) => `x has ${columns}. Scale x, ${SCALE}: numbers of about −1 to 1 train best`;
const ofY = (range: string, loss: string) =>
  `y has a column with a range (max − min) of over 10000: y[…][0], of ${range}. Scale y, ${SCALE}: the loss, "${loss}", squares it`;
const SAME =
  "the outputs are the same for all of 40 rows that were looked at, but the targets differ: scale x and y, " +
  `${SCALE}, or try a smaller learningRate, another activation or another seed`;

type Way = Pick<NetworkOptions, "engine" | "threads"> & Pick<FitAsyncOptions, "worker">;

const ways: readonly (readonly [string, Way | undefined])[] = [
  ["fit", undefined],
  ["the reference engine", { engine: "reference" }],
  ["in slices", {}],
  ["in a worker", { worker: true }],
  ["two threads", { threads: 2 }],
];

const small = { inputs: 2, layers: [{ units: 1 }], optimizer: { type: "sgd", learningRate: 1e-12 } } as const;
/** A ReLU that is 0 for every row, and can't learn. */
const dead = [
  { weights: [0, 0], biases: [-1] },
  { weights: [1], biases: [0.5] },
];

describe.each(ways)("%s", (_, way) => {
  const { worker = false, ...engine } = way ?? {};
  async function train(
    options: NetworkOptions,
    given: [number[][], number[][]],
    fit: FitAsyncOptions = {},
    start = [],
  ) {
    using net = await Network.create({ ...options, ...engine });
    if (start.length > 0) net.setParameters(start);
    return way === undefined ? net.fit(...given, fit) : await net.fitAsync(...given, { ...fit, worker });
  }
  const warnings = async (...given: Parameters<typeof train>) => (await train(...given)).warnings;

  it("columns of x with a range of over 100", async () => {
    expect(await warnings(small, [x, y])).toBeUndefined();
    expect(await warnings(small, [far(x, 1, 100), y])).toBeUndefined();
    const one = ofX("a column with a range (max − min) of over 100: x[…][1], of 101");
    expect(await warnings(small, [far(x, 1, 101), y])).toEqual([one]);
    // one epoch of these rows takes no longer than the look
    expect(await warnings(small, [far(x, 1, 101), y], { epochs: 1, batchSize: ROWS })).toBeUndefined();
    const wide = { ...small, inputs: 10 };
    const columns = x.map(([a], s) => Array.from({ length: 10 }, (_, i) => (i % 2 === 1 ? (1234 * s) / 39 : a!)));
    const five = "x[…][1], of 1230; x[…][3], of 1230; x[…][5], of 1230; 2 more";
    expect(await warnings(wide, [columns, y])).toEqual([
      ofX(`5 columns with a range (max − min) of over 100: ${five}`),
    ]);
  });

  it("targets with a range of over 10,000 and a squared loss, of the rows that are trained on", async () => {
    for (const loss of ["mse", "sse"] as const) {
      const options: NetworkOptions = { ...small, loss, layers: [{ units: 1, activation: "linear" }] };
      expect(await warnings(options, [x, far(y, 0, 1e4)])).toBeUndefined();
      expect(await warnings(options, [x, far(y, 0, 1e5)])).toEqual([ofY("100000", loss)]);
      const last = far(y, 0, 1e5).map(([value], s) => [s < ROWS / 2 ? 1 : value!]);
      expect(await warnings(options, [x, last], { validationSplit: { last: 0.5 } })).toBeUndefined();
    }
    expect(await warnings({ ...small, loss: "mae" }, [x, far(y, 0, 1e5)])).toBeUndefined();
  });

  it("outputs that are the same for every row, where the targets differ", async () => {
    const options: NetworkOptions = { inputs: 2, layers: [{ units: 1 }, { units: 1 }] };
    const start = dead as never;
    const long = { epochs: 200 };
    expect(await warnings(options, [x, y], long, start)).toEqual([SAME]);
    expect(await warnings(options, [x, y.map(() => [3])], long, start)).toBeUndefined();
    expect(await warnings({ ...options, layers: [{ units: 8 }, { units: 1 }] }, [x, y], long)).toBeUndefined();
    // over before a look is worth its time
    expect(await warnings(options, [x, y], { epochs: 9 }, start)).toBeUndefined();
  });

  it("a divergence names the columns", async () => {
    const options: NetworkOptions = { ...small, optimizer: { type: "sgd", learningRate: 1 } };
    const error = await rejectionOf(train(options, [far(x, 0, 500), far(y, 0, 1e5)]));
    expect(error).toBeInstanceOf(NotFiniteError);
    const { message, history } = error as NotFiniteError & { history: { warnings: string[] } };
    expect(message).toMatch(/^the training left the finite numbers in epoch \d+; .*x and y scaled to some −1 to 1/);
    const both = [ofX("a column with a range (max − min) of over 100: x[…][0], of 500"), ofY("100000", "mse")];
    for (const words of both) expect(message).toContain(words);
    expect(history.warnings).toEqual(both);
  });

  it("a training that goes on says what one says that was never interrupted", async () => {
    const options: NetworkOptions = { inputs: 2, layers: [{ units: 1 }, { units: 1 }], ...engine };
    const files: Uint8Array[] = [];
    const save = (file: Uint8Array) => void files.push(file.slice());
    const given = [far(x, 0, 200), y] as [number[][], number[][]];
    const whole = await train(options, given, { epochs: 200, checkpoint: { everyEpochs: 150, save } }, dead as never);
    expect(whole.warnings).toEqual([ofX("a column with a range (max − min) of over 100: x[…][0], of 200"), SAME]);
    using loaded = await Network.load(files[0]!, engine);
    expect(await loaded.fitAsync(...given, { epochs: 200, resume: true, worker })).toEqual(whole);
  });
});

it("some rows of many are looked at, from the first to the last", async () => {
  const many = Array.from({ length: 10_000 }, (_, s) => [s / 10, 0]);
  using net = await Network.create(small);
  const { warnings } = net.fit(
    many,
    many.map(() => [0]),
    { epochs: 1 },
  );
  expect(warnings).toEqual([ofX("a column with a range (max − min) of over 100: x[…][0], of 996")]); // row 9,960 − row 0
});
