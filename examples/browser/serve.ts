// A static server for the page: this folder and dist/, on this machine only. npm run example:browser [-- --port 8000]

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { parseArgs } from "node:util";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};
const PAGE = "/examples/browser/";
const root = new URL("../../", import.meta.url);
const { values } = parseArgs({ options: { port: { type: "string", default: "8000" } } });

const server = createServer(async (request, response) => {
  // a URL's path has no .. left; what stays encoded names no file
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  if (pathname === "/") {
    response.writeHead(302, { location: PAGE }).end();
    return;
  }
  const path = pathname === PAGE ? `${PAGE}index.html` : pathname;
  const type = TYPES[extname(path)];
  try {
    if (type === undefined || !(path.startsWith(PAGE) || path.startsWith("/dist/"))) throw new Error("not served");
    const body = await readFile(new URL(`.${path}`, root));
    response.writeHead(200, { "content-type": type, "cache-control": "no-cache" }).end(body);
  } catch {
    response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("not found\n");
  }
});

server.on("error", (error) => {
  console.error(`${error.message}; another port: npm run example:browser -- --port 8001`);
  process.exitCode = 1;
});
server.listen(Number(values.port), "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : values.port;
  console.log(`http://127.0.0.1:${port}${PAGE}   (Ctrl-C ends)`);
});
