// bitgrad page: serves the page that verifies a browser.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { networkInterfaces } from "node:os";
import type { Command } from "commander";
import { renderUnicodeCompact } from "uqr";
import { wholeFrom } from "./arguments.ts";

export function addPage(program: Command): void {
  program
    .command("page")
    .description("Serve a page that verifies the browser, on this machine or on a phone.")
    .option("--port <number>", "where to listen; 0 for any", wholeFrom(0, 65535), 8017)
    .action(({ port }: { port: number }) => servePage(port));
}

async function servePage(port: number): Promise<void> {
  const page = await readFile(new URL("verify.html", import.meta.url));
  const server = createServer(({ url }, response) => {
    if (url !== "/") response.writeHead(404).end();
    else response.setHeader("content-type", "text/html; charset=utf-8").end(page);
  });
  server.on("error", (error) => {
    console.error(`port ${port}: ${error.message}`);
    process.exit(1);
  });
  server.listen(port, () => {
    const address = server.address();
    const found = typeof address === "object" && address !== null ? address.port : port;
    console.log(`here          http://localhost:${found}/`);
    for (const host of hosts()) {
      const url = `http://${host}:${found}/`;
      console.log(`same network  ${url}\n${renderUnicodeCompact(url)}`);
    }
    console.log("Ctrl+C ends it.");
  });
}

/** This machine's addresses on its networks. */
function hosts(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
}
