// A page under a strict content security policy, for policy.test.ts: what becomes of engines, workers and threads, and
// how many violations the browser reports. It posts what it found.

import { Network, Operations } from "bitgrad";
import * as threads from "bitgrad/threads";
import * as worker from "bitgrad/worker";

const options = { inputs: 61, layers: [{ units: 40 }, { units: 3 }], seed: 5, warn: false } as const;
const x = { data: Float32Array.from({ length: 90 * 61 }, (_, n) => (n % 17) / 17), shape: [90, 61] } as const;
const y = { data: Float32Array.from({ length: 90 * 3 }, (_, n) => (n % 5) / 5), shape: [90, 3] } as const;
const fit = { epochs: 3, batchSize: 30 } as const;
const address = "/worker-program.js";
const { trustedTypes } = globalThis as unknown as { trustedTypes?: Policies };
// where the page's policy requires it, a TrustedScriptURL, which text is not taken for
const workerUrl = document.location.search.includes("trusted")
  ? trustedTypes!.createPolicy("page", { createScriptURL: (url) => url }).createScriptURL(address)
  : new URL(address, location.href);

interface Policies {
  createPolicy(
    name: string,
    rules: object & { createScriptURL(url: string): string },
  ): {
    createScriptURL(url: string): { toJSON(): string };
  };
}

export interface Found {
  readonly engines: readonly (string | undefined)[];
  readonly inWorker: Trained;
  readonly inWorkerOfUrl: Trained;
  readonly withThreads: Trained;
  readonly withThreadsOfUrl: Trained;
  readonly wanted: string;
  /** How often each directive was violated. */
  readonly violations: Readonly<Record<string, number>>;
}

interface Trained {
  readonly digest: string;
  readonly warnings: readonly (string | undefined)[];
}

const violations: Record<string, number> = {};
document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
  const what = `${effectiveDirective} ${blockedURI}`;
  violations[what] = (violations[what] ?? 0) + 1;
});

const turn = () => new Promise((resolve) => setTimeout(resolve, 200)); // reports come in a task of their own

async function inWorker(given: object): Promise<Trained> {
  const warnings: (string | undefined)[] = [];
  let digest = "";
  for (let n = 0; n < 3; n++) {
    const net = await worker.Network.create({ ...options, ...given });
    const history = await net.fitAsync(x, y, { ...fit, worker: true });
    warnings.push(...((history as { warnings?: readonly string[] }).warnings ?? [undefined]));
    digest = net.digest();
    net.dispose();
  }
  return { digest, warnings };
}

async function withThreads(given: object): Promise<Trained> {
  const warnings: (string | undefined)[] = [];
  let digest = "";
  for (let n = 0; n < 3; n++) {
    const net = await threads.Network.create({ ...options, threads: 2, ...given });
    warnings.push(net.threads.reason);
    net.fit(x, y, fit);
    digest = net.digest();
    net.dispose();
  }
  return { digest, warnings };
}

async function run(): Promise<Found> {
  const engines: (string | undefined)[] = [];
  for (let n = 0; n < 5; n++) {
    engines.push((await Network.create(options)).engineReason, Network.createSync(options).engineReason);
    engines.push((await Operations.create({ warn: false })).engineReason);
  }
  const net = await Network.create({ ...options, engine: "reference" });
  net.fit(x, y, fit);
  const found = {
    engines,
    wanted: net.digest(),
    withThreads: await withThreads({}),
    inWorker: await inWorker({}),
    inWorkerOfUrl: await inWorker({ workerUrl }),
    withThreadsOfUrl: await withThreads({ workerUrl }),
  };
  await turn();
  return { ...found, violations };
}

const report = (body: object) => fetch("/report", { method: "POST", body: JSON.stringify(body) });
run().then(report, (error: unknown) => report({ error: String((error as Error).stack ?? error) }));
