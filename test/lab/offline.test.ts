// The service worker in Chromium, on a host that sends no isolating headers, in a sub-folder: it isolates pages, works
// without a network, and never mixes two versions. A page of the test's own drives it, and tells a second server.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { listenerOf } from "../../bindings/cli/static-server.ts";
import { addOffline } from "../../examples/lab/offline.ts";
import { skippedWithout } from "../needs.ts";
import { BROWSERS, visit } from "../support/browsers.ts";
import { find } from "../support/programs.ts";

const isAbsent = await skippedWithout("chromium");
const LAB = fileURLToPath(new URL("../../dist/lab", import.meta.url));

async function listening(listener: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** The page's script: it is loaded three times, and its storage says which time it is. */
function drive(results: string): void {
  const tell = (found: object) => fetch(results, { method: "POST", mode: "no-cors", body: JSON.stringify(found) });
  const has = async (path: string, word: string) => (await (await fetch(path)).text()).includes(word);
  const { serviceWorker } = navigator;
  const found = JSON.parse(sessionStorage.getItem("found") ?? "{}");
  const again = (more: object) => {
    sessionStorage.setItem("found", JSON.stringify({ ...found, ...more }));
    location.reload();
  };
  const steps = [
    async () => {
      await serviceWorker.register("offline-worker.js");
      await serviceWorker.ready;
      again({ first: crossOriginIsolated });
    },
    async () => {
      const second = crossOriginIsolated;
      await fetch("update", { method: "POST" });
      const registration = (await serviceWorker.getRegistration())!;
      await registration.update();
      while (registration.waiting === null) await new Promise((resolve) => setTimeout(resolve, 50));
      again({ second, keepsOld: !(await has("verify/index.html", "CHANGED")) });
    },
    async () => {
      const isNew = await has("verify/index.html", "CHANGED");
      const caches = await globalThis.caches.keys();
      await fetch("end", { method: "POST" }).catch(() => {});
      const offline = await has("learn/index.html", "<h1>");
      const unknown = (await fetch("docs/unknown.html")).status;
      await tell({ ...found, third: crossOriginIsolated, isNew, caches: caches.length, offline, unknown });
    },
  ];
  const step = Number(sessionStorage.getItem("step") ?? "0");
  sessionStorage.setItem("step", String(step + 1));
  steps[step]!().catch((error: unknown) => tell({ error: `step ${step}: ${error}` }));
}

it.skipIf(isAbsent)("pages are isolated, work without a network, and are never of two versions", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bitgrad-offline-"));
  const place = mkdtempSync(join(tmpdir(), "bitgrad-offline-"));
  cpSync(LAB, folder, { recursive: true });
  let settle: (found: unknown) => void = () => {};
  const told = new Promise((resolve) => {
    settle = resolve;
  });
  const results = await listening(async (request, response) => {
    settle(JSON.parse(await text(request)));
    response.end();
  });
  let serve = await listenerOf(folder);
  const site = await listening(async (request, response) => {
    const path = request.url!.replace(/^\/sub/, "");
    if (path === "/drive.html") {
      const html = `<!doctype html><script>(${drive})(${JSON.stringify(results.url)})</script>`;
      response.writeHead(200, { "content-type": "text/html", "x-served-by": "bitgrad" }).end(html);
    } else if (path === "/update") {
      const page = join(folder, "verify/index.html");
      writeFileSync(page, readFileSync(page, "utf8").replace("<h1>", "<h1>CHANGED "));
      await addOffline(folder);
      serve = await listenerOf(folder);
      response.end();
    } else if (path === "/end") {
      site.server.close();
      site.server.closeAllConnections();
    } else {
      const { writeHead } = response;
      response.writeHead = ((status: number, headers: Record<string, string> = {}) => {
        const others = Object.entries(headers).filter(([name]) => !name.startsWith("cross-origin-"));
        return writeHead.call(response, status, Object.fromEntries(others));
      }) as typeof writeHead;
      request.url = path;
      await serve(request, response);
    }
  });
  try {
    const program = (await find(BROWSERS.chromium))!;
    const found = await visit(BROWSERS.chromium, program.command, {
      url: `${site.url}sub/drive.html`,
      folder: place,
      limitMs: 110_000,
      found: () => told,
    });
    expect(found).toEqual({
      first: false,
      second: true,
      keepsOld: true,
      third: true,
      isNew: true,
      caches: 1,
      offline: true,
      unknown: 503,
    });
  } finally {
    site.server.close();
    results.server.close();
    for (const made of [folder, place]) rmSync(made, { recursive: true });
  }
});
