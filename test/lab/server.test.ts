// bitgrad lab as a process: what it serves, to whom, and what it says where it can't.

import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLI, NODE, run } from "../support/command.ts";

const folder = fileURLToPath(new URL("../../dist/lab/", import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => extname(name) !== "");

async function start(...args: string[]): Promise<{ server: ChildProcess; url: string }> {
  const server = spawn(process.execPath, [CLI, "lab", "--port", "0", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface(server.stdout!)) {
    const [url] = /http:\S+/.exec(line) ?? [];
    if (url !== undefined) return { server, url };
  }
  throw new Error("it ended");
}

let server: ChildProcess;
let url = "";
beforeAll(async () => {
  ({ server, url } = await start());
});
afterAll(() => server.kill());

/** Bytes as they are, since fetch mends paths and sets Host itself. */
function raw(...lines: string[]): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.end([...lines, "Connection: close", "", ""].join("\r\n"));
  return text(socket);
}

const asked = (path: string) => raw(`GET ${path} HTTP/1.1`, `Host: ${new URL(url).host}`);

describe("what is served", () => {
  it("is on this machine only", () => {
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  });

  const TYPES = {
    html: "text/html",
    js: "text/javascript",
    css: "text/css",
    svg: "image/svg+xml",
    png: "image/png",
    webmanifest: "application/manifest+json",
  };

  it.each(files)("%s", async (name) => {
    const response = await fetch(new URL(name.replaceAll("\\", "/"), url));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain(TYPES[extname(name).slice(1) as keyof typeof TYPES]);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(readFileSync(join(folder, name)));
  });

  it("the start page for the folder, and a way into a folder whose slash is missing", async () => {
    const start = await (await fetch(url)).text();
    expect(start).toBe(readFileSync(join(folder, "index.html"), "utf8"));
    const nested = files.find((name) => /^\w+.index\.html$/.test(name))!.slice(0, -"/index.html".length);
    const response = await fetch(new URL(nested, url));
    expect(response.url).toBe(new URL(`${nested}/`, url).href);
    expect(response.status).toBe(200);
  });

  it("pages are isolated, so that they may have threads", async () => {
    const { headers } = await fetch(url);
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(headers.get("cross-origin-embedder-policy")).toBe("require-corp");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("a file that the browser has already isn't sent again", async () => {
    const etag = (await fetch(url)).headers.get("etag")!;
    const again = await fetch(url, { headers: { "if-none-match": etag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  it("texts are compressed for those who take gzip, and have another tag", async () => {
    const of = async (accepted: string) => {
      const { headers } = await fetch(url, { headers: { "accept-encoding": accepted }, method: "HEAD" });
      return [headers.get("content-encoding"), headers.get("etag"), Number(headers.get("content-length"))] as const;
    };
    const [plain, compressed, refused] = await Promise.all([of("identity"), of("br, gzip"), of("gzip;q=0, br")]);
    expect([plain[0], compressed[0], refused[0]]).toEqual([null, "gzip", null]);
    expect(compressed[1]).not.toBe(plain[1]);
    expect(compressed[2]).toBeLessThan(plain[2] / 2);
    const text = await (await fetch(url)).text(); // fetch takes gzip, and unpacks it
    expect(Buffer.byteLength(text)).toBe(plain[2]);
  });

  it("HEAD has no body; POST and others are refused", async () => {
    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect(Number(head.headers.get("content-length"))).toBeGreaterThan(1000);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      expect((await fetch(url, { method })).status).toBe(405);
    }
  });
});

describe("hostile requests", () => {
  it.each([
    "/../package.json",
    "/../../package.json",
    "/..%2f..%2fpackage.json",
    "/%2e%2e/%2e%2e/package.json",
    "/scripts/../../cli.js",
    "/..\\cli.js",
    "//etc/passwd",
    "/%",
    "/%00",
    "/index.html/",
    "/index.html%00.js",
    "/scripts", // a folder without a page shows no list
    "/__proto__",
    "http://127.0.0.1/../cli.js",
  ])("%s", async (path) => {
    const answer = await asked(path);
    expect(answer).toMatch(/^HTTP\/1\.1 404/);
    expect(answer).not.toMatch(/"bitgrad"|root:|commander/);
  });

  it("a path of 20,000 characters", async () => {
    expect(await asked(`/${"a/".repeat(10_000)}`)).toMatch(/^HTTP\/1\.1 (404|431)/);
  });

  it.each(["bytes=9-2", "bytes=-", "bytes=99999999999999999999-", "x"])("a range: %s", async (range) => {
    const response = await fetch(url, { headers: { range } });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("</html>");
  });

  it("a page of another name that is led here (DNS rebinding) gets nothing", async () => {
    for (const host of ["evil.example", "evil.example:8017", "localhost.evil.example", "127.0.0.1.evil.example", ""]) {
      const answer = await raw("GET / HTTP/1.1", `Host: ${host}`);
      expect(answer).toMatch(/^HTTP\/1\.1 403/);
      expect(answer).not.toContain("<html");
    }
    expect(await raw("GET / HTTP/1.1")).toMatch(/^HTTP\/1\.1 400/); // Host is asked for
    for (const host of ["localhost", "LOCALHOST:1", "[::1]:8017", "192.168.1.7:8017"]) {
      expect(await raw("GET / HTTP/1.1", `Host: ${host}`)).toMatch(/^HTTP\/1\.1 200/);
    }
  });

  it("what is no request at all ends the connection, not the server", async () => {
    expect(await raw("\0\0\0")).toMatch(/^HTTP\/1\.1 400/);
    expect((await fetch(url)).status).toBe(200);
  });
});

describe("for others in the network", () => {
  it("--host shows a QR code of each address", async () => {
    const all = await start("--host");
    const named = await start("--host", "127.0.0.1");
    try {
      expect(all.url).toMatch(/^http:\/\/127/);
      expect((await fetch(all.url)).status).toBe(200);
      expect((await fetch(named.url)).status).toBe(200);
    } finally {
      all.server.kill();
      named.server.kill();
    }
    const shown = spawn(process.execPath, [CLI, "lab", "--port", "0", "--host", "127.0.0.1"]);
    let output = "";
    for await (const line of createInterface(shown.stdout)) {
      output += `${line}\n`;
      if (line.startsWith("Ctrl+C")) break;
    }
    shown.kill();
    expect(output).toMatch(/^same network {2}http:\/\/127\.0\.0\.1:\d+\/$/m);
    expect(output.match(/[█▀▄]/g)!.length).toBeGreaterThan(100);
  });
});

describe("what it refuses", () => {
  it.each([
    [["--port", "65536"], 2, "a whole number from 0 to 65535 is expected"],
    [["--port", "-1"], 2, "a whole number from 0 to 65535 is expected"],
    [["--port", "80a"], 2, "a whole number from 0 to 65535 is expected"],
    [["--port", "0", "--host", "203.0.113.1"], 1, "--host 203.0.113.1: this machine has no such address"],
    [["--port", "0", "--host", "no.such.invalid"], 1, "--host no.such.invalid: no address has that name"],
    [["nonsense"], 2, "too many arguments"],
  ] as const)("%j", async (args, status, message) => {
    const ended = await run(NODE, ["lab", ...args]);
    expect(ended).toMatchObject({ status, stdout: "" });
    expect(ended.stderr).toContain(message);
    expect(ended.stderr).not.toMatch(/^ +at /m);
  });

  it("a port in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const ended = await run(NODE, ["lab", "--port", String(port)]);
    other.close();
    expect(ended.status).toBe(1);
    expect(ended.stderr).toBe(`bitgrad: port ${port} is in use; --port 0 takes one that is free\n`);
  });
});
