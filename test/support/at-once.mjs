// Runs scripts of package.json at once, shows what each printed in the order given, and fails where one failed:
//   node test/support/at-once.mjs lint:style lint:types

import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

const npm = process.env.npm_execpath; // set by npm, whose own program is a .cmd file on Windows

const ended = process.argv.slice(2).map(async (script) => {
  const child = spawn(process.execPath, [npm, "run", "--silent", script], { stdio: ["ignore", "pipe", "pipe"] });
  const exit = new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)));
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { script, printed: output + errors, code };
});

for (const { script, printed, code } of await Promise.all(ended)) {
  process.stdout.write(printed);
  if (code === 0) continue;
  console.log(`npm run ${script} failed: ${code}`);
  process.exitCode = 1;
}
