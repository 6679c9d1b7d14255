// Cloudflare's workerd, which refuses to compile bytes: the package's files as modules of their own, found by the
// export condition "workerd", bitgrad.wasm among them.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Suite } from "../golden/suite.ts";
import { type Started, start } from "../support/processes.ts";
import { type Command, onPath } from "../support/programs.ts";
import { type Kit, modulesIn } from "./kit.ts";
import { type Forms, INSTALL_PACKAGES, inPackages, type Platform, RUN_LIMIT_MS } from "./platform.ts";

const DIST = "node_modules/bitgrad/dist";

const config = (modules: readonly string[]) => `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "golden", worker = .golden)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "golden")],
);

const golden :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
${modules.map((name) => `    (name = "${DIST}/${name}", esModule = embed "${DIST}/${name}"),`).join("\n")}
    (name = "${DIST}/bitgrad.wasm", wasm = embed "${DIST}/bitgrad.wasm"),
  ],
  compatibilityDate = "2023-01-01",
);
`;

export const workerd: Platform = {
  name: "workerd",
  gate: true,
  engines: "wasm, reference",
  install: INSTALL_PACKAGES,
  candidates: () => [...inPackages("@cloudflare", "bin/workerd"), ...onPath("workerd")],
  run: runWorkerd,
};

export async function runWorkerd([program, ...args]: Command, kit: Kit): Promise<Forms> {
  await kit.bundle("worker.ts", "worker.js", { as: "files", conditions: ["workerd", "worker", "browser"] });
  const modules = modulesIn(kit.folder).filter((name) =>
    /^((?:estimators-)?workerd|reference|chunks\/\w+)\.js$/.test(name),
  );
  writeFileSync(join(kit.folder, "config.capnp"), config(modules));
  const server = start(program!, [...args, "serve", "--control-fd=3", "config.capnp"], {
    cwd: kit.folder,
    limitMs: RUN_LIMIT_MS,
  });
  try {
    return { modules: await ask(server) };
  } finally {
    await server.stop();
  }
}

async function ask(server: Started): Promise<Suite[]> {
  for await (const line of createInterface({ input: server.control })) {
    const { event, port } = JSON.parse(line) as { event: string; port: number };
    if (event !== "listen") continue;
    const response = await fetch(`http://127.0.0.1:${port}/`).catch(async (error: unknown) => {
      await server.ended; // if it died, what it said is the better error
      throw error;
    });
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as Suite[];
  }
  throw new Error(`it ended before it listened: ${await server.ended}`);
}
