// Every f32 function for all 2^32 inputs, both engines against an oracle that is not ours (oracle.c): on all cores, minutes
// a function. It can be stopped and started again: ranges that are done are kept in the oracle's folder until the end.
//
//   npm run test:exhaustive [-- --function sigmoid] [--write]        --write: the dated result goes to results/

import { execFileSync, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Presets, SingleBar } from "cli-progress";
import { type Finding, FUNCTIONS, type FunctionName, type Range } from "./worker.ts";

const RANGE = 2 ** 22;
const RANGES = 2 ** 32 / RANGE;
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const { values } = parseArgs({
  options: { function: { type: "string" }, write: { type: "boolean", default: false } },
});
const names = Object.keys(FUNCTIONS) as FunctionName[];
if (values.function !== undefined && !names.includes(values.function as FunctionName)) {
  throw new Error(`--function is "${values.function}"; ${names.join(", ")} are known`);
}

// results of other code must not be taken for this code's
const wasm = readFileSync(fileURLToPath(import.meta.resolve("bitgrad/bitgrad.wasm")));
const library = readFileSync(fileURLToPath(import.meta.resolve("bitgrad")));
const hash = createHash("sha256")
  .update(library)
  .update(readFileSync(here("oracle.c")))
  .digest("hex");
const folder = join(tmpdir(), `bitgrad-exhaustive-${hash.slice(0, 16)}`);
mkdirSync(folder, { recursive: true });
const oracle = join(folder, "oracle");
try {
  execFileSync("cc", ["-O2", "-o", oracle, here("oracle.c"), "-lmpfr", "-lgmp", "-lm"], { stdio: "inherit" });
} catch (cause) {
  throw new Error("the oracle can't be built: it needs a C compiler and MPFR (apt-get install gcc libmpfr-dev)", {
    cause,
  });
}

for (const name of names) if (values.function === undefined || values.function === name) await check(name);
rmSync(folder, { recursive: true });

async function check(name: FunctionName): Promise<void> {
  const statePath = join(folder, `${name}.json`);
  const findings: Finding[] = existsSync(statePath) ? JSON.parse(readFileSync(statePath, "utf8")) : [];
  const done = new Set(findings.map(({ first }) => first));
  const todo = Array.from({ length: RANGES }, (_, n) => n * RANGE).filter((first) => !done.has(first));
  const bar = new SingleBar(
    { format: `${name} {bar} {percentage} % of 2^32, {eta_formatted} left`, gracefulExit: false },
    Presets.shades_classic,
  );
  bar.start(RANGES, findings.length);
  const work = async () => {
    const worker = fork(here("worker.ts"));
    const exit = once(worker, "exit");
    for (let first = todo.shift(); first !== undefined; first = todo.shift()) {
      worker.send({ name, first, count: RANGE, oracle } satisfies Range);
      const [answer] = await Promise.race([once(worker, "message"), exit]);
      if (typeof answer !== "object" || answer === null) throw new Error(`a worker ended at input ${first}`);
      findings.push(answer as Finding);
      bar.update(findings.length);
      if (findings.length % 16 === 0) writeFileSync(statePath, JSON.stringify(findings));
    }
    worker.kill();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  bar.stop();

  const total = (count: (finding: Finding) => number) => findings.reduce((sum, finding) => sum + count(finding), 0);
  const wrong = total(({ wrongCount }) => wrongCount);
  const result = {
    function: `${name} f32`,
    date: new Date().toISOString().slice(0, 10),
    inputs: findings.length * RANGE,
    notCorrectlyRounded: wrong,
    decidedByMpfr: total(({ decided }) => decided),
    wasmSha256: createHash("sha256").update(wasm).digest("hex"),
    node: process.version,
    cpu: cpus()[0]?.model,
  };
  console.log(JSON.stringify(result, null, 2));
  for (const { engine, input, result, expected } of findings.flatMap((finding) => finding.wrong).slice(0, 20)) {
    console.log(`${engine}: ${name}(${input}) = ${result}; ${expected} is correctly rounded`);
  }
  if (wrong > 0) process.exitCode = 1;
  else if (values.write) {
    mkdirSync(here("results"), { recursive: true });
    writeFileSync(here(`results/${name}-f32.json`), `${JSON.stringify(result, null, 2)}\n`);
  }
}
