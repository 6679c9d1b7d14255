// What some tests need and `npm ci` doesn't bring. Without it they are skipped, and the end of `npm test` names what
// was not seen and what installs it. With CI=true a gate's tests run all the same, and so fail.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buns } from "./runtimes/bun.ts";
import { denos } from "./runtimes/deno.ts";
import { INSTALL_PACKAGES, type Platform } from "./runtimes/platform.ts";
import { BROWSERS } from "./support/browsers.ts";
import { find, INSTALL_ALL, onPath } from "./support/programs.ts";

interface Need {
  /** What is seen with it. */
  readonly sees: string;
  /** The line that installs it. */
  readonly install: string;
  readonly gate: boolean;
  isHere(): Promise<boolean>;
}

export const MNIST = process.env.MNIST ?? fileURLToPath(new URL("../../shared/data/mnist", import.meta.url));

const browser = (name: keyof typeof BROWSERS): Need => ({
  sees: `the lab and the benchmark's pages in ${name}`,
  install: INSTALL_ALL,
  gate: true,
  isHere: async () => (await find(BROWSERS[name])) !== undefined,
});

const runtime = (name: string, [platform]: readonly Platform[]): Need => ({
  sees: `files, the command and the memory of dropped networks in ${name}`,
  install: INSTALL_PACKAGES,
  gate: true,
  isHere: async () => (await find(platform!)) !== undefined,
});

const compiler = (name: string, emulator: string | undefined, sees: string, packages: string): Need => ({
  sees: `networks as C ${sees}`,
  install: `apt-get install ${packages}`,
  gate: false,
  isHere: async () => {
    const programs = await Promise.all(
      [name, emulator ?? name].map((program) => find({ candidates: () => onPath(program) })),
    );
    return programs.every((program) => program !== undefined);
  },
});

const NEEDS = {
  cc: {
    sees: "the third implementation, in C",
    install: "apt-get install gcc libc6-dev",
    gate: true,
    isHere: async () => (await find({ candidates: () => onPath("cc") })) !== undefined,
  },
  clang: compiler("clang", undefined, "compiled by clang", "clang"),
  gccForArm64: compiler(
    "aarch64-linux-gnu-gcc",
    "qemu-aarch64",
    "on arm64",
    "gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user",
  ),
  gccForS390x: compiler(
    "s390x-linux-gnu-gcc",
    "qemu-s390x",
    "on s390x, which is big-endian",
    "gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user",
  ),
  deno: runtime("Deno", denos),
  bun: runtime("Bun", buns),
  unshare: {
    sees: "files of a process that is killed and started again under its id, as in a container",
    install: "Linux, and root: unshare --pid --fork true",
    gate: false,
    isHere: async () => spawnSync("unshare", ["--pid", "--fork", "true"]).status === 0,
  },
  chromium: browser("chromium"),
  firefox: browser("firefox"),
  webkit: browser("webkit"),
  drivers: {
    sees: "the lab as people use it, in Chromium, Firefox and WebKit",
    install: "npm ci --prefix test/browsers",
    gate: true,
    isHere: async () => existsSync(fileURLToPath(new URL("browsers/node_modules", import.meta.url))),
  },
  peers: {
    sees: "what other libraries read and write: brain.js, TensorFlow.js, ONNX Runtime",
    install: "npm ci --prefix bench/peers",
    gate: true,
    isHere: async () => existsSync(fileURLToPath(new URL("../bench/peers/node_modules", import.meta.url))),
  },
  onnx: {
    sees: "that ONNX models are well-formed, by Python's onnx",
    install: "apt-get install python3-onnx",
    gate: false,
    isHere: async () => spawnSync("/usr/bin/python3", ["-c", "import onnx"]).status === 0,
  },
  mnist: {
    sees: "MNIST fitted as by PyTorch",
    install: "MNIST=folder-of-the-IDX-files npm test",
    gate: false,
    isHere: async () => existsSync(MNIST),
  },
} as const satisfies Record<string, Need>;

export type NeedName = keyof typeof NEEDS;

/** For `skipIf`. */
export async function skippedWithout(name: NeedName): Promise<boolean> {
  const { gate, isHere } = NEEDS[name];
  return !(gate && process.env.CI === "true") && !(await isHere());
}

/** What vitest's tests could not see on this machine. */
export async function unseen(): Promise<Pick<Need, "sees" | "install">[]> {
  const here = await Promise.all(Object.values(NEEDS).map(({ isHere }) => isHere()));
  return Object.values(NEEDS).filter((_, index) => !here[index]);
}
