// Node: the one that runs this.

import { onKit, type Runtime } from "./runtime.ts";

export const node: Runtime = {
  name: "node",
  install: "https://nodejs.org",
  candidates: () => [process.execPath],
  run: (program, kit) => onKit(program, ["program.js"], kit),
};
