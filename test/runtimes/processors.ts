// Other processors: arm64 with npm's programs, and Debian's Node on s390x (big-endian), ppc64el (no SIMD in its
// WebAssembly) and i386. All but the last are emulated by QEMU, each on a root of Debian packages that install.sh
// unpacks.

import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Suite } from "../golden/suite.ts";
import { run } from "../support/processes.ts";
import { type Command, INSTALL_ALL, onPath } from "../support/programs.ts";
import { runBun } from "./bun.ts";
import { runDeno } from "./deno.ts";
import type { Kit } from "./kit.ts";
import { type Forms, installed, onKit, type Platform, RUN_LIMIT_MS } from "./platform.ts";
import { runWorkerd } from "./workerd.ts";

const EMULATORS = { arm64: "qemu-aarch64", s390x: "qemu-s390x", ppc64el: "qemu-ppc64le" } as const;

function emulated(
  processor: keyof typeof EMULATORS,
  name: string,
  program: string,
  options: Partial<Platform> = {},
): Platform {
  const root = installed(processor);
  return {
    name,
    processor,
    gate: false,
    install: INSTALL_ALL,
    candidates: () =>
      existsSync(join(root, program))
        ? onPath(EMULATORS[processor]).map((qemu) => [...qemu, "-L", root, join(root, program)])
        : [],
    run: (command, kit) => onKit(command, kit),
    ...options,
  };
}

/** Not emulated; its root is a root for chroot, and the kit goes into it. */
const i386: Platform = {
  name: "node 18",
  processor: "i386",
  gate: false,
  engines: "wasm, reference",
  install: INSTALL_ALL,
  candidates: () => [["/usr/sbin/chroot", installed("i386"), "/usr/bin/node"]],
  run: inRoot,
};

async function inRoot([chroot, root, node]: Command, kit: Kit): Promise<Forms> {
  await kit.bundle("program.ts", "program.js", { as: "bare" });
  const folder = join(root!, "kit");
  cpSync(kit.folder, folder, { recursive: true });
  try {
    const output = await run(chroot!, [root!, node!, "/kit/program.js"], { limitMs: RUN_LIMIT_MS });
    return { package: JSON.parse(output) as Suite[] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const processors: readonly Platform[] = [
  emulated("arm64", "node 20", "node-20/bin/node", { gate: true }),
  emulated("s390x", "node 18", "usr/bin/node", { gate: true, engines: "wasm, reference" }),
  emulated("ppc64el", "node 18", "usr/bin/node", { engines: "reference" }),
  i386,
  emulated("arm64", "node 18", "node-18/bin/node", { engines: "wasm, reference" }),
  emulated("arm64", "node 24", "node-24/bin/node"),
  emulated("arm64", "deno", "deno/deno", { run: (command, kit) => runDeno(command, kit) }),
  emulated("arm64", "bun", "bun/bin/bun", { run: (command, kit) => runBun(command, kit) }),
  emulated("arm64", "workerd", "workerd/bin/workerd", { run: runWorkerd, engines: "wasm, reference" }),
];
