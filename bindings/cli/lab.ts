// bitgrad lab: serves the lab, and with it the pages that verify and measure a browser.

import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { renderUnicodeCompact } from "uqr";
import { wholeFrom } from "./arguments.ts";
import { Failure } from "./failures.ts";
import { listenerOf } from "./static-server.ts";

interface LabFlags {
  readonly port: number;
  readonly host?: string | true;
}

const HERE = "127.0.0.1";

export function addLab(program: Command): void {
  program
    .command("lab")
    .description("Serve pages that train, verify and measure in the browser, on this machine or for a phone.")
    .option("--port <number>", "where to listen; 0 for any", wholeFrom(0, 65535), 8017)
    .option("--host [address]", "listen on this address, or on all, so that others in the network can open it")
    .action(serve);
}

async function serve({ port, host }: LabFlags): Promise<void> {
  const folder = fileURLToPath(new URL("lab", import.meta.url));
  if (!existsSync(folder)) throw new Failure("the lab is missing from this installation; install bitgrad anew");
  const names = host === true ? [hostname(), `${hostname()}.local`] : host === undefined ? [] : [host];
  const server = createServer(
    await listenerOf(
      folder,
      names.map((name) => name.toLowerCase()),
    ),
  );
  server.keepAliveTimeout = 60_000; // a slow phone may think for a while
  server.listen({ port, ...(host !== true && { host: host ?? HERE }) });
  try {
    await once(server, "listening");
  } catch (error) {
    throw refused(error as NodeJS.ErrnoException, port, host);
  }
  const found = (server.address() as AddressInfo).port;
  const url = (name: string) => `http://${isIPv6(name) ? `[${name}]` : name}:${found}/`;
  if (host === undefined || host === true) console.log(`here          ${url(HERE)}`);
  for (const name of host === undefined ? [] : host === true ? addresses() : [host]) {
    console.log(`same network  ${url(name)}\n${renderUnicodeCompact(url(name))}`);
  }
  console.log("Ctrl+C ends it.");
}

function refused({ code, message }: NodeJS.ErrnoException, port: number, host: string | true | undefined): Failure {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} is in use; --port 0 takes one that is free`,
    EACCES: `port ${port} is not permitted; ports from 1024 on are`,
    EADDRNOTAVAIL: `--host ${host}: this machine has no such address`,
    ENOTFOUND: `--host ${host}: no address has that name`,
    EAI_AGAIN: `--host ${host}: no address has that name`,
  };
  return new Failure(reasons[code ?? ""] ?? `it can't be served: ${message}`);
}

/** Of this machine on its networks. */
function addresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
}
