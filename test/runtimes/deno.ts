// Deno: without any permission, which the library needs none of.

import { INSTALL_PACKAGES, inPackages, onKit, onPath, type Runtime } from "./runtime.ts";

export const deno: Runtime = {
  name: "deno",
  install: INSTALL_PACKAGES,
  candidates: () => [...inPackages("@deno", "deno"), ...onPath("deno")],
  run: (program, kit) =>
    onKit(program, ["run", "--node-modules-dir=manual", "--no-lock", "--no-remote", "--no-prompt", "program.js"], kit, {
      DENO_DIR: kit.folder,
      DENO_NO_UPDATE_CHECK: "1",
    }),
};
