// The built command as a process, in Node, Deno and Bun.

import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const CLI = here("../../dist/cli.js");

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Given {
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
}

export function run(command: readonly string[], args: readonly string[], { cwd, input }: Given = {}): Promise<Ended> {
  const [program, ...first] = command;
  return new Promise((resolve) => {
    const env = { ...process.env, DENO_NO_UPDATE_CHECK: "1" };
    const options = { env, maxBuffer: 2 ** 24, ...(cwd !== undefined && { cwd }) };
    const child = execFile(program!, [...first, CLI, ...args], options, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
    child.stdin!.on("error", () => {}); // it ended without reading
    child.stdin!.end(input);
  });
}

export const NODE = [process.execPath];

/** A program among the packages of test/runtimes; in CI it must be there. */
function packaged(scope: string, path: string): string | undefined {
  const folder = here(`../runtimes/node_modules/${scope}`);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => !name.endsWith("-musl")) : [];
  const program = names.map((name) => `${folder}/${name}/${path}`).find(existsSync);
  if (program === undefined && process.env.CI === "true")
    throw new Error(`${scope} is missing: npm ci --prefix test/runtimes`);
  return program;
}

export const deno = () => [packaged("@deno", "deno") ?? "deno", "run", "-A", "--no-lock"];
export const bun = () => [packaged("@oven", "bin/bun") ?? "bun", "run"];
