// An empty project in which the packed library is installed, as npm would publish it.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../support/repository.ts";

const npm = process.platform === "win32" ? "npm.cmd" : "npm";

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

export interface Project {
  readonly folder: string;
  /** Of the library in it. */
  readonly installed: string;
  readonly packed: Packed;
  readonly tarball: string;
  /** What a program prints; its errors are in the exception where it fails. */
  run(command: string, ...args: readonly string[]): string;
  /** A command of one of this repository's packages, or of those in another folder. */
  tool(name: string, args: readonly string[], modules?: string): string;
  /** Writes a script and runs it in Node. */
  script(name: string, lines: readonly string[]): string;
  remove(): void;
}

export function createProject(): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "bitgrad-package-")));
  const runIn = (cwd: string, command: string, args: readonly string[]) =>
    execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const run = (command: string, ...args: readonly string[]) => runIn(folder, command, args);

  const output = runIn(root, npm, ["pack", "--json", "--ignore-scripts", "--pack-destination", folder]);
  const [packed] = JSON.parse(output) as [Packed];
  const tarball = join(folder, packed.filename);
  writeFileSync(join(folder, "package.json"), '{ "name": "project", "private": true, "type": "module" }');
  run(npm, "install", "--no-save", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", tarball);
  return {
    folder,
    installed: join(folder, "node_modules", "bitgrad"),
    packed,
    tarball,
    run,
    tool(name, args, modules = join(root, "node_modules")) {
      const place = join(modules, name);
      const { bin } = JSON.parse(readFileSync(join(place, "package.json"), "utf8")) as {
        bin: string | Record<string, string>;
      };
      const program = typeof bin === "string" ? bin : Object.values(bin)[0]!;
      return run(process.execPath, join(place, program), ...args);
    },
    script(name, lines) {
      writeFileSync(join(folder, name), lines.join("\n"));
      return run(process.execPath, name);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
