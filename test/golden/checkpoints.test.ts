// Node in-process against the committed checkpoints, and whether a difference would be found.

import * as bitgrad from "bitgrad";
import * as reference from "bitgrad/reference";
import { expect, it } from "vitest";
import { fromBase64, toBase64 } from "../../bindings/saving/bytes.ts";
import { readTensors, writeTensors } from "../../bindings/saving/safetensors.ts";
import json from "./checkpoints.json" with { type: "json" };
import { DTYPES, type Golden, RESUMPTIONS, resumptions } from "./checkpoints.ts";
import { WITH_THREADS } from "./suite.ts";

const golden = json as Golden;
const nothing = Object.fromEntries(RESUMPTIONS.map((name) => [name, ""]));

it.each([
  { entry: "bitgrad", library: bitgrad, engine: "wasm" },
  { entry: "bitgrad/threads", library: WITH_THREADS, engine: "wasm" },
  { entry: "bitgrad", library: bitgrad, engine: "reference" },
  { entry: "bitgrad/reference", library: reference, engine: "reference" },
] as const)("$entry, $engine: the same files, and the same end from each", async ({ library, engine }) => {
  expect(await resumptions(library, engine)).toEqual(nothing);
});

it.each(DTYPES)("%s: the files are of what they are to be", (dtype) => {
  const { afterEpoch, midEpoch, history } = golden[dtype];
  for (const file of [afterEpoch, midEpoch]) {
    const { tensors, metadata } = readTensors(fromBase64(file));
    const { epochs, run } = JSON.parse(metadata.get("bitgrad")!);
    expect(tensors.has("best")).toBe(true);
    expect(tensors.has("epochStart")).toBe(file === midEpoch);
    expect(run.interruption?.position).toBe(file === midEpoch ? 530 : undefined);
    expect(epochs).toBe(13);
    expect(run.best.epoch).toBeLessThan(epochs);
    expect(history.bestEpoch).toBeGreaterThan(epochs);
  }
  expect(history.stopped).toBe("earlyStopping");
});

it("a difference in any of it is found", async () => {
  const changed = (f32: object): Golden => ({ ...golden, f32: { ...golden.f32, ...f32 } });
  const found = async (f32: object) => Object.values(await resumptions(bitgrad, "wasm", changed(f32)));
  const { midEpoch, end, history } = golden.f32;

  // another bit in a weight, with the SHA-256 that belongs to it
  const { tensors, metadata } = readTensors(fromBase64(midEpoch));
  new Uint8Array(tensors.get("layers.0.weights")!.data.buffer)[0]! ^= 1;
  const weight = toBase64(writeTensors(tensors, Object.fromEntries(metadata)));
  const [whole, after, middle, ...f64] = await found({ midEpoch: weight });
  expect(whole).toMatch(/^the file midEpoch: byte \d+ of \d+ is \d+; \d+ is expected$/);
  expect(after).toBe("");
  expect(middle).toMatch(/^the file end: byte \d+ of \d+ is \d+; \d+ is expected$/);
  expect(f64).toEqual(["", "", ""]);

  const damaged = fromBase64(midEpoch);
  damaged[damaged.length - 1]! ^= 1;
  expect((await found({ midEpoch: toBase64(damaged) }))[2]).toContain("the file is damaged");

  const shorter = await found({ end: toBase64(fromBase64(end).subarray(0, -1)) });
  for (const one of shorter.slice(0, 3))
    expect(one).toMatch(/^the file end: byte \d+ of \d+ is \d+; no byte is expected$/);
  for (const one of (await found({ digest: "0" })).slice(0, 3)) expect(one).toMatch(/^digest is "\w{64}"; "0" is/);
  const loss = [...history.loss.slice(0, -1), 0];
  for (const one of (await found({ history: { ...history, loss } })).slice(0, 3)) expect(one).toMatch(/^loss is/);
});
