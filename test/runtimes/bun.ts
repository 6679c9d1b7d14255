// Bun, and so JavaScriptCore.

import { INSTALL_PACKAGES, inPackages, onKit, onPath, type Runtime } from "./runtime.ts";

export const bun: Runtime = {
  name: "bun",
  install: INSTALL_PACKAGES,
  candidates: () => [...inPackages("@oven", "bin/bun"), ...onPath("bun")],
  run: (program, kit) => onKit(program, ["run", "--no-install", "program.js"], kit, { DO_NOT_TRACK: "1" }),
};
