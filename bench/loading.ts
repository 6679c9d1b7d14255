// How long a file of 10 MB takes to be read as options of Network.create, beside reading and copying its bytes:
//   npx tsx bench/loading.ts

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Network } from "bitgrad";
import { fromSafetensors, toSafetensors } from "bitgrad/formats";

const ROUNDS = 40;
const LAYERS = [
  { units: 1024, activation: "relu" },
  { units: 1024, activation: "relu" },
  { units: 200, activation: "linear" },
] as const;

const folder = mkdtempSync(join(tmpdir(), "bitgrad-loading-"));
const written = toSafetensors(Network.createSync({ inputs: 1280, layers: LAYERS }));
const files = { own: join(folder, "own.safetensors"), pytorch: join(folder, "pytorch.safetensors") };
writeFileSync(files.own, written);
writeFileSync(files.pytorch, withoutDigest(written));

const ways: Readonly<Record<string, () => unknown>> = {
  "reading and copying the bytes": () => new Uint8Array(readFileSync(files.pytorch)),
  "fromSafetensors, a file as PyTorch writes it": () =>
    fromSafetensors(readFileSync(files.pytorch), { layers: LAYERS }),
  "the same, and Network.create": () =>
    Network.createSync(fromSafetensors(readFileSync(files.pytorch), { layers: LAYERS })).dispose(),
  "fromSafetensors, a file with its SHA-256": () => fromSafetensors(readFileSync(files.own)),
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
console.log(`${(written.length / 1e6).toFixed(1)} MB, ms of ${ROUNDS} rounds: least, median`);
for (const { name, ms } of times) {
  ms.sort((a, b) => a - b);
  console.log(`${name.padEnd(46)}${ms[0]!.toFixed(1).padStart(6)}${ms[ROUNDS / 2]!.toFixed(1).padStart(8)}`);
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
