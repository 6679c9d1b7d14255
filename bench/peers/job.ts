// What a contestant is given, written to files, and what must come out of it by bitgrad/reference.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
// by path: inside this folder, a package of its own, the name "bitgrad" leads nowhere
import { type DType, Network } from "../../dist/reference.js";
import { createData, type Data, floats, networkOptions, type Workload } from "../workloads.ts";

export type Task = "train" | "predict-one" | "predict-batch";

export interface Job {
  readonly workload: string;
  readonly task: Task;
  readonly sizes: readonly number[];
  readonly dtype: DType;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly rows: number;
  /** Files of raw little-endian numbers. */
  readonly x: string;
  readonly y: string;
  readonly parameters: string;
  readonly checkRows: number;
  readonly checkEpochs: number;
  readonly roundSeconds: number;
}

export interface Expected {
  /** After training: mean loss of the rows trained on. */
  readonly loss: number;
  /** Before it: outputs of the first four rows. */
  readonly outputs: readonly number[];
}

// whole batches, as many as the slowest exact contestant trains in a few seconds
const CHECK_ROWS: Record<string, number> = { tabular: 1_280, digits: 500, mlp: 320, wide: 256 };
const FEW_ROWS = 4; // of those who need not agree: some manage one sample a second

const SHOWN_ROWS = 4;

export interface Assignment {
  readonly job: Job;
  readonly expected: Expected;
}

/** Writes the data of a workload; returns the job for those who must agree with the reference, and for those who need not. */
export async function assign(
  workload: Workload,
  task: Task,
  dtype: DType,
  folder: string,
  roundSeconds: number,
): Promise<(exact: boolean) => Assignment> {
  const { name, rows, sizes, batchSize, learningRate } = workload;
  const data = createData(workload, dtype, rows);
  const layers = Network.createSync(networkOptions(workload, dtype)).getParameters();
  const parts = layers.flatMap(({ weights, biases }) => [weights, biases]);
  const parameters = floats(
    dtype,
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    parameters.set(part, at);
    at += part.length;
  }
  const write = async (what: string, values: NodeJS.ArrayBufferView) => {
    const file = join(folder, `${name}-${what}.${dtype}`);
    await writeFile(file, values);
    return file;
  };
  const files = {
    x: await write("x", data.x.data),
    y: await write("y", data.y.data),
    parameters: await write("parameters", parameters),
  };
  const all = CHECK_ROWS[name] ?? rows;
  const checkEpochs = name in CHECK_ROWS ? 1 : 1000;
  const expected = new Map<number, Expected>();
  return (exact) => {
    const checkRows = exact ? all : Math.min(all, FEW_ROWS);
    const job = { workload: name, task, sizes, dtype, batchSize, learningRate, rows, ...files };
    if (!expected.has(checkRows)) expected.set(checkRows, expect(workload, dtype, data, checkRows, checkEpochs));
    return { job: { ...job, checkRows, checkEpochs, roundSeconds }, expected: expected.get(checkRows)! };
  };
}

function expect(workload: Workload, dtype: DType, data: Data, rows: number, epochs: number): Expected {
  const net = Network.createSync(networkOptions(workload, dtype));
  const few = (count: number) => ({ x: firstRows(data.x, count), y: firstRows(data.y, count) });
  const outputs = Array.from(net.predict(few(SHOWN_ROWS).x).data);
  const { x, y } = few(rows);
  net.fit(x, y, { epochs, batchSize: workload.batchSize, shuffle: false });
  return { outputs, loss: net.evaluate(x, y).loss / rows };
}

function firstRows({ data, shape: [, columns] }: Data["x"], rows: number): Data["x"] {
  return { data: data.subarray(0, rows * columns), shape: [rows, columns] };
}
