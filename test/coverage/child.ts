// A process that runs golden cases on given modules: one that never returns can be ended.

import * as bitgrad from "bitgrad";
import * as withThreads from "bitgrad/threads";
import { cases, digestOf, type Library } from "../../bindings/verify/cases.ts";
import json from "../../bindings/verify/golden.json" with { type: "json" };
import { type Loader, resumptions } from "../golden/checkpoints.ts";
import { CASE_BEGINS, FOR_THREADS, type Job, type Outcome } from "./runner.ts";

export const RESUMPTIONS = "resumptions";
const THREADS = [3, 2];
const GOLDEN: Readonly<Record<string, string>> = json;

/** The library on the module, with the memory that it takes. */
async function load(
  { build, wasm }: Job,
  threads: number,
): Promise<{ library: Library & Loader; memory: WebAssembly.Memory }> {
  const module = new WebAssembly.Module(wasm);
  if (build === "single") {
    const instance = new WebAssembly.Instance(module);
    const { instantiate } = WebAssembly;
    WebAssembly.instantiate = (async () => instance) as unknown as typeof instantiate;
    await bitgrad.Operations.create({ module });
    WebAssembly.instantiate = instantiate;
    const library: Library & Loader = {
      Network: {
        create: (options) => bitgrad.Network.create({ ...options, module }),
        fromJSON: (saved, options) => bitgrad.Network.fromJSON(saved, { ...options, module }),
        load: (file, options) => bitgrad.Network.load(file, { ...options, module }),
      },
      Operations: { create: (options) => bitgrad.Operations.create({ ...options, module }) },
      Optimizer: {
        create: (options) => bitgrad.Optimizer.create({ ...options, module }),
        fromJSON: (saved, options) => bitgrad.Optimizer.fromJSON(saved, { ...options, module }),
      },
    };
    return { library, memory: instance.exports.memory as WebAssembly.Memory };
  }
  const { Memory } = WebAssembly;
  let memory: WebAssembly.Memory | undefined;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      memory = this;
    }
  };
  const options = { module, threads };
  (await withThreads.Network.create({ inputs: 1, layers: [{ units: 1 }], ...options })).dispose();
  WebAssembly.Memory = Memory;
  const library: Library & Loader = {
    Network: {
      create: (given) => withThreads.Network.create({ ...given, ...options }),
      fromJSON: (saved, given) => withThreads.Network.fromJSON(saved, { ...given, ...options }),
      load: (file, given) => withThreads.Network.load(file, { ...given, ...options }),
    },
    Operations: withThreads.Operations,
    Optimizer: withThreads.Optimizer,
  };
  return { library, memory: memory! };
}

async function run(job: Job): Promise<Outcome> {
  const taken: Record<string, Uint32Array> = {};
  const milliseconds: Record<string, number> = {};
  try {
    for (const threads of job.build === "threads" ? THREADS : [1]) {
      const { library, memory } = await load(job, threads);
      const known = new Map([...cases(library, "wasm")].map((one) => [one.name, one]));
      const all = [...known.keys(), RESUMPTIONS];
      const some = all.filter((name) => job.build === "single" || FOR_THREADS.test(name));
      for (const name of job.cases === "all" ? all : (job.cases ?? some)) {
        await new Promise((sent) => process.send!(CASE_BEGINS, sent));
        const start = performance.now();
        const right =
          name === RESUMPTIONS
            ? Object.values(await resumptions(library, "wasm")).every((difference) => difference === "")
            : digestOf(await known.get(name)!.compute()) === GOLDEN[name];
        milliseconds[name] = performance.now() - start;
        if (!right) return { failed: name, taken, milliseconds };
        if (job.flags === undefined) continue;
        const flags = new Uint8Array(memory.buffer, job.flags.address, job.flags.count);
        const before = taken[name] ?? [];
        taken[name] = Uint32Array.from(new Set([...before, ...[...flags.keys()].filter((flag) => flags[flag] !== 0)]));
        flags.fill(0);
      }
    }
    return { taken, milliseconds };
  } catch (error) {
    return { failed: `${error}`, taken, milliseconds };
  }
}

process.on("message", async (job: Job) => process.send!(await run(job)));
