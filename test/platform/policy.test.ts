// Pages under content security policies, in real browsers: what is forbidden is tried once and told, and a page that
// serves worker-program.js itself has workers and threads.

import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { skippedWithout } from "../needs.ts";
import { BROWSERS, visit } from "../support/browsers.ts";
import { find } from "../support/programs.ts";
import type { Found } from "./policy.ts";

const dist = (file: string) => fileURLToPath(new URL(`../../dist/${file}`, import.meta.url));
const PAGE =
  '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>';
let script: Buffer;

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("policy.ts", import.meta.url))],
    alias: Object.fromEntries(
      ["threads", "worker"]
        .map((entry) => [`bitgrad/${entry}`, dist(`${entry}.js`)])
        .concat([["bitgrad", dist("index.js")]]),
    ),
    bundle: true,
    format: "esm",
    minify: true,
    write: false,
  });
  script = Buffer.from(outputFiles[0]!.contents);
});

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

/** What the page finds under a policy. */
async function visited(name: "chromium" | "firefox", policy: string, query = ""): Promise<Found> {
  const browser = BROWSERS[name];
  const { command } = (await find(browser))!;
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const reported = new Promise<string>((resolve) => {
    server.on("request", async (request, response) => {
      response.setHeader("content-security-policy", policy);
      response.setHeader("cross-origin-opener-policy", "same-origin"); // for threads
      response.setHeader("cross-origin-embedder-policy", "require-corp");
      if (request.method === "POST") {
        resolve(await text(request));
        return response.end();
      }
      const files: Record<string, [type: string, body: string | Buffer]> = {
        "/": ["text/html", PAGE],
        "/page.js": ["text/javascript", script],
        "/worker-program.js": ["text/javascript", readFileSync(dist("worker-program.js"))],
      };
      const file = files[request.url!.replace(/\?.*/, "")];
      if (file === undefined) return response.writeHead(404).end();
      return response.setHeader("content-type", file[0]).end(file[1]);
    });
  });
  const folder = mkdtempSync(join(tmpdir(), "bitgrad-policy-"));
  folders.push(folder);
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${query}`;
    const body = await visit(browser, command, { url, folder, found: () => reported, limitMs: 100_000 });
    const found = JSON.parse(body) as Found & { error?: string };
    if (found.error !== undefined) throw new Error(found.error);
    return found;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const blob = expect.stringContaining("workerUrl");

describe.skipIf(await skippedWithout("chromium"))("chromium", () => {
  policies("chromium");
  trustedTypes();
});
describe.skipIf(await skippedWithout("firefox"))("firefox", () => policies("firefox"));

function policies(name: "chromium" | "firefox"): void {
  it("a policy without wasm-unsafe-eval and blob:", async () => {
    const found = await visited(name, "default-src 'self'; img-src data:");
    expect(found.engines).toHaveLength(15);
    for (const reason of found.engines) expect(reason).toMatch(/can't run here .*(Content Security Policy|CSP)/s);
    for (const { digest } of [found.inWorker, found.inWorkerOfUrl, found.withThreads, found.withThreadsOfUrl]) {
      expect(digest).toBe(found.wanted);
    }
    expect(found.inWorker.warnings).toEqual([blob, blob, blob]);
    expect(found.inWorkerOfUrl.warnings).toEqual([null, null, null]);
    expect(found.withThreadsOfUrl.warnings).toHaveLength(3);
    for (const reason of found.withThreadsOfUrl.warnings) expect(reason).toMatch(/Content Security Policy|CSP/);
    // one of each entry, which are as three libraries here
    expect(found.violations).toEqual({ "script-src wasm-eval": 3, "worker-src blob": 1 });
  });

  it("a policy with wasm-unsafe-eval, without blob:", async () => {
    const found = await visited(name, "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:");
    expect(found.engines).toEqual(Array(15).fill(null)); // undefined, as JSON
    for (const { digest } of [found.inWorker, found.inWorkerOfUrl, found.withThreads, found.withThreadsOfUrl]) {
      expect(digest).toBe(found.wanted);
    }
    expect(found.inWorker.warnings).toEqual([blob, blob, blob]);
    expect(found.withThreads.warnings).toEqual([blob, blob, blob]);
    expect(found.inWorkerOfUrl.warnings).toEqual([null, null, null]);
    expect(found.withThreadsOfUrl.warnings).toEqual([null, null, null]);
    expect(found.violations).toEqual({ "worker-src blob": 1 });
  });
}

function trustedTypes(): void {
  it("a policy that requires trusted types", async () => {
    const policy = "require-trusted-types-for 'script'; trusted-types page";
    const found = await visited("chromium", policy, "?trusted");
    expect(found.engines).toEqual(Array(15).fill(null));
    for (const { digest } of [found.inWorker, found.inWorkerOfUrl, found.withThreads, found.withThreadsOfUrl]) {
      expect(digest).toBe(found.wanted);
    }
    expect(found.inWorker.warnings).toEqual([blob, blob, blob]);
    expect(found.inWorkerOfUrl.warnings).toEqual([null, null, null]);
    expect(found.withThreadsOfUrl.warnings).toEqual([null, null, null]);
    expect(found.violations).toEqual({ "require-trusted-types-for trusted-types-sink": 1 });
  });
}
