// Headless Chromium without a driver: a page of a local server posts back what it found. It runs the program twice: with
// the package's own files, by import map, and as one minified bundle.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Suite } from "../golden/suite.ts";
import type { Kit } from "./kit.ts";
import { start } from "./processes.ts";
import { onPath, RUN_LIMIT_MS, type Runtime } from "./runtime.ts";

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
<script type="importmap">{ "imports": { "bitgrad": "/dist/index.js", "bitgrad/reference": "/dist/reference.js" } }</script>
${FORMS.map((form) => `<script type="module" src="/${form}/page.js"></script>`).join("\n")}
`;

const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
];

export const chromium: Runtime = {
  name: "chromium",
  install: "apt-get install chromium",
  candidates: () => onPath("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"),
  async run(program, kit) {
    await kit.bundle("page.ts", "modules/page.js", { as: "bare" });
    await kit.bundle("page.ts", "bundle/page.js", { as: "bundled", conditions: ["browser", "module"] });
    const { url, reports, close } = await serve(kit);
    const profile = join(kit.folder, "profile");
    const browser = start(program, [...FLAGS, `--user-data-dir=${profile}`, url], {
      env: { HOME: kit.folder },
      limitMs: RUN_LIMIT_MS,
    });
    try {
      return await Promise.race([reports, browser.ended.then(() => Promise.reject(new Error("it ended early")))]);
    } finally {
      await browser.stop();
      close();
    }
  },
};

/** A server of the page and its scripts; `reports` has the suites of every form once all are posted. */
async function serve({ folder }: Kit) {
  const script = (path: string) => ({ type: "text/javascript", body: readFileSync(join(folder, path)) });
  const files: Record<string, { type: string; body: string | Buffer }> = {
    "/": { type: "text/html", body: PAGE },
    "/dist/index.js": script("node_modules/bitgrad/dist/index.js"),
    "/dist/reference.js": script("node_modules/bitgrad/dist/reference.js"),
  };
  for (const form of FORMS) files[`/${form}/page.js`] = script(`${form}/page.js`);

  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const reports = new Promise<Record<string, Suite[]>>((resolve, reject) => {
    const posted: Record<string, Suite[]> = {};
    server.on("request", async (request, response) => {
      const { method, url = "" } = request;
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
