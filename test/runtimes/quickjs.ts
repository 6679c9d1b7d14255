// QuickJS as a shell: `quickjs.ts --version`, or `quickjs.ts script.js`, which may call print.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { getQuickJS } from "quickjs-emscripten";

const [path = ""] = process.argv.slice(2);
if (path === "--version") {
  console.log(createRequire(import.meta.url)("quickjs-emscripten/package.json").version);
} else {
  const context = (await getQuickJS()).newContext();
  const print = context.newFunction("print", (line) => console.log(context.getString(line)));
  context.setProp(context.global, "print", print);
  context.unwrapResult(context.evalCode(readFileSync(path, "utf8"), path)).dispose();
  context.runtime.executePendingJobs().unwrap();
}
