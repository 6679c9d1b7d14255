// How long files of 10 MB take to be read as options of Network.create, beside reading and copying their bytes. All
// take turns in one process:
//   npx tsx bench/loading.ts

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Network } from "bitgrad";
import { fromONNX, fromSafetensors, toONNX, toSafetensors } from "bitgrad/formats";
import { Message } from "../bindings/formats/protobuf.ts";

const ROUNDS = 200;
const INPUTS = 1280;
const LAYERS = [
  { units: 1024, activation: "relu" },
  { units: 1024, activation: "relu" },
  { units: 200, activation: "linear" },
] as const;

const folder = mkdtempSync(join(tmpdir(), "bitgrad-loading-"));
const network = Network.createSync({ inputs: INPUTS, layers: LAYERS });
const written = toSafetensors(network);
const pytorch = withoutDigest(written);
const files = { written, pytorch, onnx: toONNX(network), turned: turnedONNX() };
const paths = Object.entries(files).map(([name, bytes]) => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return [name, path] as const;
});
const fileOf = Object.fromEntries(paths) as Record<keyof typeof files, string>;

const read = {
  "fromSafetensors, a file as PyTorch writes it": () =>
    fromSafetensors(readFileSync(fileOf.pytorch), { layers: LAYERS }),
  "fromSafetensors, a file with its SHA-256": () => fromSafetensors(readFileSync(fileOf.written)),
  "fromONNX, in the orientation of toONNX": () => fromONNX(readFileSync(fileOf.onnx)),
  "fromONNX, in PyTorch's orientation": () => fromONNX(readFileSync(fileOf.turned)),
};
const parameters = network.getParameters();
for (const [name, run] of Object.entries(read)) {
  if (!isDeepStrictEqual(run().parameters, parameters)) throw new Error(`${name}: the bits differ`);
}
const ways: Readonly<Record<string, () => unknown>> = {
  "reading and copying the bytes": () => new Uint8Array(readFileSync(fileOf.pytorch)),
  ...read,
  "the first, and Network.create": () =>
    Network.createSync(fromSafetensors(readFileSync(fileOf.pytorch), { layers: LAYERS })).dispose(),
};
const times = Object.entries(ways).map(([name, run]) => ({ name, run, ms: [] as number[] }));
for (let round = 0; round < ROUNDS; round++) {
  for (const { run, ms } of times) {
    const start = performance.now();
    run();
    ms.push(performance.now() - start);
  }
}
rmSync(folder, { recursive: true });
console.log(`${(written.length / 1e6).toFixed(1)} MB, ms of ${ROUNDS} rounds, times copying: median | least`);
for (const { ms } of times) ms.sort((a, b) => a - b);
for (const { name, ms } of times) {
  const shown = [ROUNDS >> 1, 0].map((n) => {
    return ms[n]!.toFixed(1).padStart(6) + (ms[n]! / times[0]!.ms[n]!).toFixed(1).padStart(6);
  });
  console.log(`${name.padEnd(46)}${shown.join(" |")}`);
}

/** Without the metadata that only this library writes. */
function withoutDigest(file: Uint8Array): Uint8Array {
  const end = 8 + new DataView(file.buffer).getUint32(0, true);
  const { __metadata__: _, ...tensors } = JSON.parse(new TextDecoder().decode(file.subarray(8, end)));
  const text = JSON.stringify({ __metadata__: { format: "pt" }, ...tensors });
  const header = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const changed = new Uint8Array(8 + header.length + file.length - end);
  new DataView(changed.buffer).setUint32(0, header.length, true);
  changed.set(header, 8);
  changed.set(file.subarray(end), 8 + header.length);
  return changed;
}

/** The tensors of the safetensors file as PyTorch's exporter writes them: Gemm with transB = 1. */
function turnedONNX(): Uint8Array {
  const start = 8 + new DataView(pytorch.buffer).getUint32(0, true);
  const { __metadata__: _, ...tensors } = JSON.parse(new TextDecoder().decode(pytorch.subarray(8, start)));
  const graph = new Message();
  let value = "input";
  const node = (operator: string, inputs: readonly string[], attribute?: Message) => {
    const written = new Message();
    for (const input of inputs) written.text(1, input);
    value = operator === "Gemm" ? `${inputs[1]}.gemm` : `${value}.relu`;
    written.text(2, value).text(4, operator);
    graph.message(1, attribute === undefined ? written : written.message(5, attribute));
  };
  const isTurned = new Message().text(1, "transB").whole(20, 2).whole(3, 1); // an integer
  for (const [name, { shape, data_offsets: offsets }] of Object.entries<Record<string, [number, number]>>(tensors)) {
    const tensor = new Message();
    for (const size of shape!) tensor.whole(1, size);
    const raw = pytorch.subarray(start + offsets![0], start + offsets![1]);
    graph.message(5, tensor.whole(2, 1).text(8, name).bytes(9, raw));
  }
  [0, 2, 4].forEach((n) => {
    node("Gemm", [value, `${n}.weight`, `${n}.bias`], isTurned);
    if (n < 4) node("Relu", [value]);
  });
  const named = (name: string, columns: number) => {
    const shape = new Message().message(1, new Message().text(2, "batch")).message(1, new Message().whole(1, columns));
    return new Message()
      .text(1, name)
      .message(2, new Message().message(1, new Message().whole(1, 1).message(2, shape)));
  };
  graph.message(11, named("input", INPUTS)).message(12, named(value, LAYERS[2].units));
  const model = new Message().whole(1, 8).message(7, graph).message(8, new Message().text(1, "").whole(2, 17));
  const file = new Uint8Array(model.length);
  let at = 0;
  for (const part of model.parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}
