// Builds the pages, in memory, and serves them on this machine only. The headers isolate them, which gives them a finer
// clock, and let them load nothing from elsewhere.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "content-security-policy":
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; connect-src 'self'; " +
    "style-src 'self' 'unsafe-inline'; img-src data:",
  "cache-control": "no-cache",
};

export interface Served {
  readonly url: string;
  /** What the next run posts, with ?post in its address: its result, or its error. */
  posted<T>(): Promise<T>;
  close(): void;
}

/** On a free port unless told which. */
export async function servePages(port = 0): Promise<Served> {
  const files = await buildPages();
  let settle: { resolve(result: unknown): void; reject(error: Error): void } | undefined;
  const server = createServer(async (request, response) => {
    const { method, url = "/" } = request;
    const { pathname } = new URL(url, "http://localhost");
    const file = files.get(pathname);
    if (method === "POST") {
      const body = await text(request);
      if (pathname === "/result") settle?.resolve(JSON.parse(body));
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
    posted: <T>() =>
      new Promise<T>((resolve, reject) => {
        settle = { resolve: (result) => resolve(result as T), reject };
      }),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function buildPages(): Promise<Map<string, { type: string; body: string | Uint8Array }>> {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const { version } = JSON.parse(await readFile(here("../../package.json"), "utf8")) as { version: string };
  const { outputFiles } = await build({
    entryPoints: [here("page.ts"), here("contestant-worker.ts"), here("frames.ts")],
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
    ["/frames", { type: "text/html; charset=utf-8", body: await readFile(here("frames.html")) }],
    ["/style.css", { type: "text/css; charset=utf-8", body: await readFile(here("style.css")) }],
    ...outputFiles.map(
      ({ path, contents }) => [path.replace(/^.*(?=\/)/, ""), { type: "text/javascript", body: contents }] as const,
    ),
  ]);
}
