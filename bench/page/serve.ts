// Serves the rooms, which must be built, on this machine only; a page with ?post in its address posts here what it
// found.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { listenerOf } from "../../bindings/cli/static-server.ts";

export interface Served {
  readonly url: string;
  /** What the next run posts: its result, or its error. */
  posted<T>(): Promise<T>;
  close(): void;
}

/** On a free port unless told which. */
export async function servePages(port = 0): Promise<Served> {
  const serve = await listenerOf(fileURLToPath(new URL("../../dist/lab", import.meta.url)));
  let settle: { resolve(result: unknown): void; reject(error: Error): void } | undefined;
  const server = createServer(async (request, response) => {
    if (request.method !== "POST") return serve(request, response);
    const body = await text(request);
    if (request.url === "/result") settle?.resolve(JSON.parse(body));
    else settle?.reject(new Error(body));
    response.end();
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
