// What every platform runs: all golden cases on every engine of every entry, and trainings that go on from a
// checkpoint. No platform API but timers where there are some; a case that throws is a wrong digest, not the end.

import type { EngineName } from "bitgrad";
import * as bitgrad from "bitgrad";
import { MLPClassifier } from "bitgrad/estimators";
import * as reference from "bitgrad/reference";
import * as threads from "bitgrad/threads";
import { cases, digestOf, type Library } from "../../bindings/verify/cases.ts";
import { abortByTimer } from "./abort.ts";
import { type Loader, resumptions } from "./checkpoints.ts";
import { fitted, GOLDEN, GOLDEN_REALMLP, REALMLP } from "./estimators.ts";
import { isInShare, type Share } from "./share.ts";
import { trainInWorker } from "./worker.ts";

/** Of one engine of one entry. */
export interface Suite {
  readonly entry: string;
  readonly engine: EngineName;
  /** Which of the cases ran, if not all. */
  readonly share?: Share;
  /** The same by name, where they are no share. */
  readonly names?: readonly string[];
  /** By case name. */
  readonly digests: Readonly<Record<string, string>>;
  /** What `resumptions` found, where there is JavaScript. */
  readonly resumed?: Readonly<Record<string, string>>;
}

/**
 * Where "auto" falls back to the reference there is no suite of WebAssembly: whoever expects one must look. The
 * reference engine takes most of the time: with a share it runs that alone, by turns from the two entries that have it.
 */
export async function runSuites(share?: Share): Promise<Suite[]> {
  using net = await bitgrad.Network.create({ inputs: 1, layers: [{ units: 1 }] });
  if (typeof AbortController === "function") await abortByTimer(bitgrad, false);
  const [two, worker] = [await trainByTwo(), await trainInWorker()];
  await fitEstimators();
  if (two && !worker) throw new Error("there are threads, but no worker");
  return [
    ...(net.engine === "wasm" ? [await runSuite("bitgrad", bitgrad, "wasm")] : []),
    ...(two ? [await runSuite("bitgrad/threads", WITH_THREADS, "wasm")] : []),
    ...(share !== undefined
      ? [await runShare("bitgrad and bitgrad/reference by turns", [bitgrad, reference], "reference", share)]
      : [await runSuite("bitgrad", bitgrad, "reference"), await runSuite("bitgrad/reference", reference, "reference")]),
  ];
}

async function runSuite(entry: string, library: Library & Loader, engine: EngineName): Promise<Suite> {
  const { share, ...suite } = await runShare(entry, [library], engine, { index: 0, of: 1 });
  return suite;
}

/** The share's cases, by turns from these libraries. */
async function runShare(
  entry: string,
  libraries: readonly [Library & Loader, ...Library[]],
  engine: EngineName,
  share: Share,
): Promise<Suite> {
  const digests: Record<string, string> = {};
  const lists = libraries.map((library) => [...cases(library, engine)]);
  const numbers = lists[0]!.map((_, n) => n).filter((n) => isInShare(n, share));
  for (const [turn, n] of numbers.entries()) {
    const { name, compute } = lists[turn % lists.length]![n]!;
    digests[name] = await compute().then(digestOf, String);
  }
  return { entry, engine, share, digests, resumed: await resumptions(libraries[0], engine) };
}

/** Threads start with the first network and end with the last: one stays, so that not every case starts them. */
export function withThreads(count: number): Library & Loader {
  let staying: Promise<unknown> | undefined;
  const stay = () => (staying ??= threads.Network.create({ inputs: 1, layers: [{ units: 1 }], threads: count }));
  return {
    Network: {
      create: async (options) => {
        await stay();
        return threads.Network.create({ ...options, threads: count });
      },
      fromJSON: (saved, options) => threads.Network.fromJSON(saved, { ...options, threads: count }),
      load: (file, options) => threads.Network.load(file, { ...options, threads: count }),
    },
    Operations: threads.Operations,
    Optimizer: threads.Optimizer,
  };
}

export const WITH_THREADS = withThreads(2);

/** Estimators with the network of their own entry and of another. */
async function fitEstimators(): Promise<void> {
  const { Network } = reference;
  for (const options of [{}, { Network }]) {
    using standard = await fitted(MLPClassifier, options);
    using realmlp = await fitted(MLPClassifier, { ...options, ...REALMLP });
    const digests = [standard.digest(), realmlp.digest()];
    if (String(digests) !== String([GOLDEN, GOLDEN_REALMLP])) throw new Error(`estimators give other bits: ${digests}`);
  }
}

/**
 * Two threads train what is too large for one, with the bits of one. Whether there are two here; if not, there is a
 * reason.
 */
async function trainByTwo(): Promise<boolean> {
  const options = { inputs: 61, layers: [{ units: 131 }, { units: 9 }], seed: 5 };
  const x = { data: Float32Array.from({ length: 150 * 61 }, (_, n) => (n % 17) / 17), shape: [150, 61] } as const;
  const y = { data: Float32Array.from({ length: 150 * 9 }, (_, n) => (n % 5) / 5), shape: [150, 9] } as const;
  using one = await bitgrad.Network.create(options);
  using two = await threads.Network.create({ ...options, threads: 2 });
  const { count, reason } = two.threads;
  if ((count === 2) === (reason !== undefined)) throw new Error(`${count} threads, for this reason: ${reason}`);
  for (const net of [one, two]) net.fit(x, y, { epochs: 3, batchSize: 50 });
  if (one.digest() !== two.digest()) throw new Error("two threads do not train as one does");
  if (two.threads.count !== count) throw new Error(`a thread was lost: ${two.threads.reason}`);
  return count === 2;
}
