// Browsers: a page of a local server posts back what it found. It runs the program twice: with the package's own files,
// by import map, and as one minified bundle.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Suite } from "../golden/suite.ts";
import { BROWSERS, type Browser, chromium, firefox, visit, webkit } from "../support/browsers.ts";
import { type Command, INSTALL_ALL } from "../support/programs.ts";
import { type Kit, modulesIn } from "./kit.ts";
import { type Forms, type Platform, RUN_LIMIT_MS } from "./platform.ts";

const FORMS = ["modules", "bundle"];

const PAGE = `<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<script>
  const fail = ({ reason, message, target }) =>
    fetch("/failure", { method: "POST", body: String(reason ?? message ?? target.src + " can't be loaded") });
  addEventListener("error", fail, true);
  addEventListener("unhandledrejection", fail);
</script>
<script type="importmap">${JSON.stringify({
  imports: {
    bitgrad: "/dist/index.js",
    "bitgrad/estimators": "/dist/estimators.js",
    "bitgrad/reference": "/dist/reference.js",
    "bitgrad/threads": "/dist/threads.js",
    "bitgrad/worker": "/dist/worker.js",
  },
})}</script>
${FORMS.map((form) => `<script type="module" src="/${form}/page.js"></script>`).join("\n")}
`;

function platform(browser: Browser): Platform {
  const { name, gate, candidates } = browser;
  return { name, gate, install: INSTALL_ALL, candidates, run: (command, kit) => runPage(browser, command, kit) };
}

async function runPage(browser: Browser, command: Command, kit: Kit): Promise<Forms> {
  await kit.bundle("page.ts", "modules/page.js", { as: "bare" });
  await kit.bundle("page.ts", "bundle/page.js", { as: "bundled", conditions: ["browser", "module"] }, 1);
  const { url, reports, close } = await serve(kit);
  try {
    return await visit(browser, command, { url, folder: kit.folder, found: () => reports, limitMs: RUN_LIMIT_MS });
  } finally {
    close();
  }
}

/** A server of the page and its scripts; `reports` has the suites of every form once all are posted. */
async function serve({ folder }: Kit) {
  const script = (path: string) => ({ type: "text/javascript", body: readFileSync(join(folder, path)) });
  const files: Record<string, { type: string; body: string | Buffer }> = {
    "/": { type: "text/html", body: PAGE },
  };
  for (const name of modulesIn(folder)) files[`/dist/${name}`] = script(`node_modules/bitgrad/dist/${name}`);
  for (const form of FORMS) files[`/${form}/page.js`] = script(`${form}/page.js`);

  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const reports = new Promise<Forms>((resolve, reject) => {
    const posted: Forms = {};
    server.on("request", async (request, response) => {
      const { method, url = "" } = request;
      response.setHeader("cross-origin-opener-policy", "same-origin"); // for threads
      response.setHeader("cross-origin-embedder-policy", "require-corp");
      const file = files[url];
      if (method === "POST") {
        const body = await text(request);
        const form = FORMS.find((name) => url === `/${name}/report`);
        if (form === undefined) reject(new Error(body));
        else posted[form] = JSON.parse(body) as Suite[];
        if (FORMS.every((name) => name in posted)) resolve(posted);
        response.end();
      } else if (file !== undefined) response.setHeader("content-type", file.type).end(file.body);
      else response.writeHead(404).end();
    });
  });
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/`, reports, close };
}

export const browsers: readonly Platform[] = [
  BROWSERS.chromium,
  chromium(" baseline", "--liftoff-only", false),
  chromium(" optimizing", "--no-liftoff", false),
  BROWSERS.firefox,
  firefox(" baseline", { "javascript.options.wasm_optimizingjit": false }, true),
  firefox(" optimizing", { "javascript.options.wasm_baselinejit": false }, true),
  BROWSERS.webkit,
  webkit(" baseline", { JSC_useOMGJIT: "0" }, false),
].map(platform);
