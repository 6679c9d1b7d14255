// The service worker: keeps the site's files, so that it works without a network, and adds the headers that isolate a
// page, which hosts like GitHub Pages can't send. A new version waits, with files of its own, until the only page that
// is open is loaded again: a page never gets files of two versions.

interface Waiting {
  readonly waiting: { postMessage(message: unknown): void } | null;
  unregister(): Promise<boolean>;
}
interface Happening extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface Asked extends Happening {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface Scope {
  readonly registration: Waiting;
  readonly clients: { matchAll(): Promise<readonly unknown[]>; claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: Happening) => void): void;
  addEventListener(type: "fetch", listener: (event: Asked) => void): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
}

/** From the build: a name that follows from the content of all files, and those that are kept from the start. */
declare const VERSION: string;
declare const FILES: readonly string[];

const scope = globalThis as unknown as Scope;
const PREFIX = "bitgrad-site-";
const NAME = PREFIX + VERSION;
const HERE = new URL("./", location.href);
const SKIP = "take over";

scope.addEventListener("install", (event) => {
  const requests = FILES.map((file) => new Request(new URL(file, HERE), { cache: "no-cache" }));
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(requests)));
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith(PREFIX) && name !== NAME) await caches.delete(name);
      }
      await scope.clients.claim();
    })(),
  );
});

scope.addEventListener("message", ({ data }) => {
  if (data === SKIP) void scope.skipWaiting();
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const isOurs = request.url.startsWith(HERE.href);
  if (request.method === "GET" && isOurs) event.respondWith(answer(request));
});

async function answer(request: Request): Promise<Response> {
  if (request.mode === "navigate") {
    const { waiting } = scope.registration;
    if (waiting !== null && (await scope.clients.matchAll()).length < 2) {
      waiting.postMessage(SKIP);
      return new Response("", { headers: { refresh: "0" } }); // the new version answers then
    }
    const other = await otherOnThisMachine(request);
    if (other !== undefined) return other;
  }
  const cache = await caches.open(NAME);
  const { origin, pathname } = new URL(request.url);
  const address = origin + (pathname.endsWith("/") ? `${pathname}index.html` : pathname);
  const kept = await cache.match(address);
  if (kept !== undefined) return isolated(kept);
  try {
    const found = await fetch(request);
    if (found.ok && !found.redirected) await cache.put(address, found.clone()).catch(() => {}); // storage may be full
    return isolated(found);
  } catch {
    return new Response("There is no network, and this page was not opened before.\n", {
      status: 503,
      headers: { "content-type": "text/plain; charset=utf-8" },
    });
  }
}

/** What another program serves where `bitgrad lab` did before; then this worker is not wanted any more. */
async function otherOnThisMachine(request: Request): Promise<Response | undefined> {
  if (!/^(localhost|127\.0\.0\.1|\[::1\])$/.test(HERE.hostname)) return undefined;
  try {
    const found = await fetch(request.url, { headers: request.headers });
    if (found.headers.get("x-served-by") === "bitgrad") return undefined;
    await scope.registration.unregister();
    return found;
  } catch {
    return undefined; // nobody does
  }
}

function isolated(response: Response): Response {
  if (response.type === "opaque" || response.status === 0 || response.redirected) return response;
  const headers = new Headers(response.headers);
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-embedder-policy", "require-corp");
  headers.set("cross-origin-resource-policy", "same-origin");
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
