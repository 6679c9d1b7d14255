// Temporary files: of threads and processes that write one path at once, of those that are killed, and whose it is that
// is left.

import { execFile, spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Network } from "bitgrad";
import { readNetwork, writeNetwork } from "bitgrad/files";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { skippedWithout } from "../needs.ts";
import { buns } from "../runtimes/bun.ts";
import { denos } from "../runtimes/deno.ts";
import { find } from "../support/programs.ts";
import { howMany } from "../support/slow.ts";

const root = mkdtempSync(join(tmpdir(), "bitgrad-"));
afterAll(() => rmSync(root, { recursive: true }));

const WRITER = fileURLToPath(new URL("writer.mjs", import.meta.url));
const file = Network.createSync({ inputs: 1, layers: [{ units: 1 }] }).save();
const host = hostname()
  .replace(/[^0-9A-Za-z.-]/g, "")
  .slice(-40);
let folder = "";
let path = "";
let count = 0;

beforeEach(() => {
  folder = join(root, String(count++));
  mkdirSync(folder);
  path = join(folder, "model.safetensors");
});

const DENO = ["run", "--no-lock"];
const RUNTIMES = [
  { runtime: "Node", without: false, platform: undefined, args: [] },
  { runtime: "Deno", without: await skippedWithout("deno"), platform: denos[0], args: [...DENO, "--allow-all"] },
  {
    runtime: "Deno without permissions",
    without: await skippedWithout("deno"),
    platform: denos[0],
    args: [...DENO, "--no-prompt", "--allow-read", "--allow-write"],
  },
  { runtime: "Bun", without: await skippedWithout("bun"), platform: buns[0], args: [] },
] as const;

const ROUNDS = String(howMany(20, 8));

const all = (place: string) => readdirSync(place, { recursive: true }).map(String);

describe.each(RUNTIMES)("$runtime", ({ without, platform, args }) => {
  let command: readonly string[] = [];
  beforeAll(async () => {
    command = [...(platform === undefined ? [process.execPath] : ((await find(platform))?.command ?? [])), ...args];
  });
  const run = (...rest: string[]) => promisify(execFile)(command[0]!, [...command.slice(1), WRITER, ...rest]);

  it.skipIf(without)("threads and processes that write one path", async () => {
    const ends = await Promise.all([run(path, ROUNDS, "3"), run(path, ROUNDS, "1")]);
    expect(ends.map(({ stdout }) => stdout.trim())).toEqual(["done", "done"]);
    expect((await run(path, "0", "check")).stdout.trim()).toBe("whole");
    expect(all(folder)).toEqual(["model.safetensors"]);
  });

  it.skipIf(without)("killed again and again: whole, and nothing piles up", async () => {
    await run(path, "1", "0");
    let most = 0;
    for (let n = 0; n < howMany(12, 3); n++) {
      const child = spawn(command[0]!, [...command.slice(1), WRITER, path, "1000000", "1"], { stdio: "ignore" });
      const ended = new Promise((resolve) => child.once("exit", resolve));
      const before = readFileSync(path);
      while (readFileSync(path).equals(before)) await new Promise((resolve) => setTimeout(resolve, 2));
      await new Promise((resolve) => setTimeout(resolve, n * 3));
      child.kill("SIGKILL");
      await ended;
      expect(["whole"]).toContain((await run(path, "0", "check")).stdout.trim());
      most = Math.max(most, all(folder).length);
    }
    if (args.some((flag) => flag === "--no-prompt")) return; // it may not ask which processes there are, and waits for ten minutes
    await run(path, "1", "0");
    expect(all(folder)).toEqual(["model.safetensors"]);
    expect(most).toBeLessThanOrEqual(3); // two of the last that was killed
  });
});

const oneProcess = ["--pid", "--fork", "--kill-child"]; // 1 in a space of its own, as in a container

it.skipIf(await skippedWithout("unshare"))("killed and started again under the same process id", async () => {
  for (let n = 0; n < howMany(8, 3); n++) {
    const args = [...oneProcess, process.execPath, WRITER, path, "1000000", "0"];
    const child = spawn("unshare", args, { stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const before = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    while (!existsSync(path) || readFileSync(path).equals(before)) {
      expect(child.exitCode).toBe(null);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    child.kill("SIGKILL");
    await ended;
  }
  expect(all(folder).length).toBeLessThanOrEqual(2);
  const last = spawnSync("unshare", [...oneProcess, process.execPath, WRITER, path, "1", "0"]);
  expect(last.status).toBe(0);
  expect(all(folder)).toEqual(["model.safetensors"]);
});

describe("whose it is", () => {
  const dead = 2 ** 22 + 1; // more than Linux has
  it.each([
    ["a process that has ended", `model.safetensors.${dead}-0-0-${host}.bitgrad.tmp`, 0, true],
    ["the same, of another file", `other.${dead}-7-3-${host}.bitgrad.tmp`, 0, true],
    ["a process that lives", `model.safetensors.${process.ppid}-0-0-${host}.bitgrad.tmp`, 0, false],
    ["this process", `model.safetensors.${process.pid}-9-0-${host}.bitgrad.tmp`, 0, false],
    ["another machine", `model.safetensors.${dead}-0-0-another.bitgrad.tmp`, 0, false],
    ["a machine of no name", `model.safetensors.${dead}-0-0-.bitgrad.tmp`, 0, false],
    ["another machine, eleven minutes ago", "model.safetensors.1-0-0-another.bitgrad.tmp", 11, true],
    ["a process that lives, nine minutes ago", `m.${process.ppid}-0-0-${host}.bitgrad.tmp`, 9, false],
    ["anybody", "model.safetensors.tmp", 60, false],
    ["anybody's backup", "model.safetensors.1-0-0-x.bitgrad.tmp.bak", 60, false],
    ["another program", "model.safetensors.123-0.tmp", 60, false],
  ] as const)("%s", (_, name, minutes, removed) => {
    const place = join(folder, name);
    writeFileSync(place, "x");
    const time = Date.now() / 1000 - minutes * 60;
    utimesSync(place, time, time);
    writeNetwork(path, file);
    expect(existsSync(place)).toBe(!removed);
    expect(readNetwork(path)).toEqual(file);
  });

  it("a folder of that name stays", () => {
    const place = join(folder, `x.${dead}-0-0-${host}.bitgrad.tmp`);
    mkdirSync(place);
    utimesSync(place, 0, 0);
    writeNetwork(path, file);
    expect(existsSync(place)).toBe(true);
  });

  it("a folder is looked through once a minute", () => {
    const place = join(folder, `x.${dead}-0-0-${host}.bitgrad.tmp`);
    writeNetwork(path, file);
    writeFileSync(place, "x");
    writeNetwork(path, file);
    expect(existsSync(place)).toBe(true);
    const later = process.uptime() + 61;
    const uptime = vi.spyOn(process, "uptime").mockReturnValue(later);
    writeNetwork(path, file);
    uptime.mockRestore();
    expect(existsSync(place)).toBe(false);
  });
});
