// Builds the page, in memory, and serves it on this machine only. The headers isolate it, which gives it a finer clock, and
// let it load nothing from elsewhere.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { PageResult } from "./run.ts";

const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "content-security-policy":
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; " +
    "style-src 'self' 'unsafe-inline'; img-src data:",
  "cache-control": "no-cache",
};

export interface Served {
  readonly url: string;
  /** What the next run posts, with ?post in its address: its result, or its error. */
  posted(): Promise<PageResult>;
  close(): void;
}

/** On a free port unless told which. */
export async function servePage(port = 0): Promise<Served> {
  const files = await buildPage();
  let settle: { resolve(result: PageResult): void; reject(error: Error): void } | undefined;
  const server = createServer(async (request, response) => {
    const { method, url = "/" } = request;
    const { pathname } = new URL(url, "http://localhost");
    const file = files.get(pathname);
    if (method === "POST") {
      const body = await text(request);
      if (pathname === "/result") settle?.resolve(JSON.parse(body) as PageResult);
      else settle?.reject(new Error(body));
      response.end();
    } else if (file !== undefined) {
      response.writeHead(200, { ...HEADERS, "content-type": file.type }).end(file.body);
    } else response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("not found\n");
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    posted: () =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject };
      }),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function buildPage(): Promise<Map<string, { type: string; body: string | Uint8Array }>> {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const { version } = JSON.parse(await readFile(here("../../package.json"), "utf8")) as { version: string };
  const { outputFiles } = await build({
    entryPoints: [here("page.ts"), here("contestant-worker.ts")],
    outdir: "/",
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    define: { BITGRAD_VERSION: JSON.stringify(version) },
    write: false,
    logLevel: "warning",
  });
  return new Map<string, { type: string; body: string | Uint8Array }>([
    ["/", { type: "text/html; charset=utf-8", body: await readFile(here("index.html")) }],
    ["/style.css", { type: "text/css; charset=utf-8", body: await readFile(here("style.css")) }],
    ...outputFiles.map(
      ({ path, contents }) => [path.replace(/^.*(?=\/)/, ""), { type: "text/javascript", body: contents }] as const,
    ),
  ]);
}
