// What `gradients` and `apply` cost beside the same steps in `fit`. Each row has its own process, where both take short
// turns:
//   npx tsx bench/by-hand.ts
//   npx tsx bench/by-hand.ts --only "4-16-3 32 f32 sgd"

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { type DType, Network, type NetworkOptions, type TypedMatrix } from "bitgrad";
import { callsToTime } from "./clock.ts";
import { TEXT } from "./command-line.ts";
import { createData, type Workload } from "./workloads.ts";

const WARM_UP_MS = 500;
const MEASURED_MS = 3000;
const CLOCK_STEP_MS = 0.005; // so that a turn takes half a millisecond
const BATCHES = 8; // of an epoch

const SHAPES: readonly Pick<Workload, "sizes" | "data">[] = [
  { sizes: [4, 16, 3], data: "dense" },
  { sizes: [30, 64, 32, 2], data: "dense" },
  { sizes: [784, 128, 10], data: "image" },
];

interface Case extends Pick<Workload, "sizes" | "data"> {
  readonly name: string;
  readonly batchSize: number;
  readonly dtype: DType;
  readonly optimizer: "sgd" | "adam";
}

const CASES = SHAPES.flatMap(({ sizes, data }) =>
  [32, 128, 512].flatMap((batchSize) =>
    (["f32", "f64"] as const).flatMap((dtype) =>
      (["sgd", "adam"] as const).map((optimizer): Case => {
        return {
          name: `${sizes.join("-")} ${batchSize} ${dtype} ${optimizer}`,
          sizes,
          data,
          batchSize,
          dtype,
          optimizer,
        };
      }),
    ),
  ),
);

const { values } = parseArgs({ options: { only: TEXT } });
if (values.only === undefined) {
  console.log("sizes, batch, dtype, optimizer; µs a step of fit, by hand, quotient: median | least of short turns");
  const self = [...process.execArgv, fileURLToPath(import.meta.url), "--only"];
  for (const { name } of CASES) execFileSync(process.execPath, [...self, name], { stdio: "inherit" });
} else measure(CASES.find(({ name }) => name === values.only)!);

function measure(given: Case): void {
  const { sizes, data, batchSize, dtype, optimizer } = given;
  const { x, y } = createData({ sizes, data } as Workload, dtype, BATCHES * batchSize);
  const layers = sizes.slice(1).map((units, l) => {
    return { units, activation: l + 2 < sizes.length ? "relu" : "softmax" } as const;
  });
  const loss = "categoricalCrossEntropy";
  const common = { inputs: sizes[0]!, layers, loss, dtype, seed: 7, engine: "wasm" } satisfies NetworkOptions;
  const create = () => Network.createSync({ ...common, optimizer: { type: optimizer, learningRate: 0.001 } });
  using fitted = create();
  using stepped = create();
  const batches = Array.from({ length: BATCHES }, (_, n) => [x, y].map((rows) => batchOf(rows, n, batchSize)));
  const options = { out: { gradients: stepped.getParameters() } };
  const train = (epochs: number) => void fitted.fit(x, y, { epochs, batchSize, shuffle: false });
  const step = (epochs: number) => {
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (const [some, wanted] of batches) {
        stepped.gradients(some!, wanted!, options);
        stepped.apply(options.out.gradients);
      }
    }
  };
  train(2);
  step(2);
  if (!isDeepStrictEqual(fitted.getParameters(), stepped.getParameters())) throw new Error("the bits differ");
  for (const start = performance.now(); performance.now() - start < WARM_UP_MS; )
    for (const run of [train, step]) run(1);
  const epochs = callsToTime(() => train(1), CLOCK_STEP_MS);
  const times: [number[], number[]] = [[], []];
  for (const start = performance.now(); performance.now() - start < MEASURED_MS; ) {
    [train, step].forEach((run, n) => {
      const start = performance.now();
      run(epochs);
      times[n]!.push((1000 * (performance.now() - start)) / epochs / BATCHES);
    });
  }
  const show = (share: number) => {
    const [a, b] = times.map((all) => all.sort((p, q) => p - q)[Math.floor(share * all.length)]!) as [number, number];
    return [a.toFixed(1), b.toFixed(1), (b / a).toFixed(2)].map((text) => text.padStart(8)).join("");
  };
  console.log(`${given.name.padEnd(28)}${show(0.5)} |${show(0)}`);
}

function batchOf({ data, shape: [, columns] }: TypedMatrix, n: number, size: number): TypedMatrix {
  return { data: data.slice(n * size * columns, (n + 1) * size * columns), shape: [size, columns] } as TypedMatrix;
}
