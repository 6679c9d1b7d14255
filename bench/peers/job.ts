// What a contestant is given, written to files, and the loss that must come out of it, by bitgrad/reference.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type DType, Network, type NetworkOptions } from "../../dist/reference.js";
import { createData, type Data, networkOptions, type Workload } from "../workloads.ts";
import type { Adopter } from "./adopters.ts";

export interface Job extends Pick<Workload, "sizes" | "batchSize" | "learningRate" | "rows"> {
  readonly dtype: DType;
  /** Options of Network.create. */
  readonly network: NetworkOptions;
  /** Of a training that is timed as a whole. */
  readonly epochs?: number;
  /** Files of raw little-endian numbers. */
  readonly x: string;
  readonly y: string;
  readonly parameters: string;
  readonly checkRows: number;
  readonly checkEpochs: number;
  readonly roundSeconds: number;
}

/** With the mean loss of the rows trained on. */
export type Assignment = Readonly<{ job: Job; file: string; expectedLoss: number }>;

// whole batches, as many as the slowest exact contestant trains in a few seconds
const CHECK_ROWS: Record<string, number> = { tabular: 1_280, digits: 500, mlp: 320, wide: 256 };

export async function assign(
  workload: Workload & Partial<Adopter>,
  dtype: DType,
  folder: string,
  seconds: number,
): Promise<Assignment> {
  const { name, rows, sizes, batchSize, learningRate, epochs } = workload;
  const data = createData(workload, dtype, rows);
  const network = networkOptions(workload, dtype);
  const net = Network.createSync(network);
  const parameters = net.getParameters().flatMap((layer) => Object.values(layer));
  const write = async (what: string, values: readonly NodeJS.ArrayBufferView[]) => {
    const file = join(folder, `${name}-${what}.${dtype}`);
    await writeFile(file, Buffer.concat(values.map((v) => new Uint8Array(v.buffer, v.byteOffset, v.byteLength))));
    return file;
  };
  const files = {
    x: await write("x", [data.x.data]),
    y: await write("y", [data.y.data]),
    parameters: await write("parameters", parameters),
  };
  const checkRows = CHECK_ROWS[name] ?? rows;
  const checkEpochs = name in CHECK_ROWS ? 1 : epochs === undefined ? 1000 : 2;
  const [x, y] = [firstRows(data.x, checkRows), firstRows(data.y, checkRows)];
  net.fit(x, y, { epochs: checkEpochs, batchSize, shuffle: false });
  const told = { sizes, dtype, network, batchSize, learningRate, rows, ...(epochs && { epochs }), ...files };
  const job = { ...told, checkRows, checkEpochs, roundSeconds: seconds };
  const file = join(folder, `${name}-${dtype}.json`);
  await writeFile(file, JSON.stringify(job));
  const { loss } = net.evaluate(x, y);
  return { job, file, expectedLoss: network.loss === "sse" ? loss / checkRows : loss };
}

function firstRows({ data, shape: [, columns] }: Data["x"], rows: number): Data["x"] {
  return { data: data.subarray(0, rows * columns), shape: [rows, columns] };
}
