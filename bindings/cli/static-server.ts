// Serves a folder of finished files: those that are there when it starts, from memory, by their exact names. So no path
// leads out of the folder, whatever it looks like.

import { readdir, readFile, stat } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { isIP } from "node:net";
import { extname, join, sep } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** They isolate a page, which lets it have threads and a fine clock, and keep it out of others' frames. */
const HEADERS = {
  "cache-control": "no-cache",
  "content-security-policy": "frame-ancestors 'self'",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-served-by": "bitgrad", // a service worker of an earlier run asks
  "x-content-type-options": "nosniff",
};

interface Form {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface File {
  readonly plain: Form;
  /** Of a text, for those who take it. */
  readonly compressed?: Form;
}

const compress = promisify(gzip);
const TAKES_GZIP = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/;

/** Answers requests for the folder's files, and index.html for a folder in it. */
export async function listenerOf(folder: string, ownNames: readonly string[] = []): Promise<RequestListener> {
  const files = await readFiles(folder);
  return (request, response) => {
    const { method, headers } = request;
    const answer = (status: number, text: string, more: Readonly<Record<string, string>> = {}) =>
      response.writeHead(status, { ...HEADERS, "content-type": "text/plain; charset=utf-8", ...more }).end(`${text}\n`);
    // a page elsewhere whose name is made to lead here asks for its own name
    if (!isOwn(headers.host, ownNames)) return answer(403, "This server is not known by that name.");
    if (method !== "GET" && method !== "HEAD") return answer(405, "Only GET is expected.", { allow: "GET, HEAD" });
    const [path] = request.url!.split(/[?#]/) as [string];
    const file = files.get(path.endsWith("/") ? `${path}index.html` : path);
    if (file !== undefined) {
      const isCompressed = TAKES_GZIP.test(String(headers["accept-encoding"] ?? ""));
      const { headers: own, body } = (isCompressed && file.compressed) || file.plain;
      if (headers["if-none-match"] === own.etag) return response.writeHead(304, { ...HEADERS, ...own }).end();
      response.writeHead(200, { ...HEADERS, ...own, "content-length": body.length });
      return response.end(method === "HEAD" ? undefined : body);
    }
    if (files.has(`${path}/index.html`)) {
      return answer(301, "It is a folder.", { location: `${path.slice(path.lastIndexOf("/") + 1)}/` });
    }
    return answer(404, "There is no such file.");
  };
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, File>> {
  const names = await readdir(folder, { recursive: true });
  const files = names
    .filter((name) => extname(name) !== "") // a folder has none
    .map(async (name) => {
      const [body, { mtimeMs }] = await Promise.all([readFile(join(folder, name)), stat(join(folder, name))]);
      const etag = `${body.length}-${Math.round(mtimeMs)}`;
      const type = TYPES[extname(name)] ?? "application/octet-stream";
      const headers = { "content-type": type, vary: "accept-encoding" };
      const plain = { headers: { ...headers, etag: `"${etag}"` }, body };
      const path = `/${name.split(sep).join("/")}`;
      if (!/^text|json$|svg/.test(type)) return [path, { plain }] as const;
      const more = { "content-encoding": "gzip", etag: `"${etag}-gzip"` };
      return [path, { plain, compressed: { headers: { ...headers, ...more }, body: await compress(body) } }] as const;
    });
  return new Map(await Promise.all(files));
}

/** An address, this machine, or a name that it was given; not a name of which it knows nothing. */
function isOwn(host: string | undefined, ownNames: readonly string[]): boolean {
  const name = host?.replace(/:\d+$/, "").toLowerCase() ?? "";
  return name === "localhost" || isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0 || ownNames.includes(name);
}
