// The elementary functions on both engines against oracles that are not ours, on all cores: f32 for all 2^32 inputs
// (oracle.c), f64 at 1.3 · 10^8 points (oracle-f64.c). It can be stopped and started again: parts that are done are
// kept in a temporary folder until the end.
//
//   npm run test:exhaustive [-- --function exp] [--dtype f32] [--write]      --write: the dated results go to results/

import { execFileSync, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Presets, SingleBar } from "cli-progress";
import { DTYPES, type Finding, FUNCTIONS, type Part, type Worst } from "./worker.ts";

type Name = Part["name"];
type DType = Part["dtype"];

const PARTS: Record<DType, { readonly count: number; readonly firsts: readonly number[] }> = {
  f32: { count: 2 ** 22, firsts: Array.from({ length: 2 ** 10 }, (_, n) => n * 2 ** 22) },
  f64: { count: 2 ** 20, firsts: Array.from({ length: 128 }, (_, n) => n + 1) },
};
const ORACLES: Record<DType, { readonly source: string; readonly libraries: readonly string[] }> = {
  f32: { source: "oracle.c", libraries: ["-lmpfr", "-lgmp", "-lm"] },
  f64: { source: "oracle-f64.c", libraries: ["-lquadmath", "-lm"] },
};
/** A unit in the last place: what the contract promises. */
const LIMIT_ULP = 1;
const SAVE_EVERY = 16;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const sha256 = (...paths: string[]) =>
  paths.reduce((hash, path) => hash.update(readFileSync(path)), createHash("sha256")).digest("hex");

const { values } = parseArgs({
  options: {
    function: { type: "string" },
    dtype: { type: "string" },
    write: { type: "boolean", default: false },
  },
});

function chosen<T extends string>(option: "function" | "dtype", known: readonly T[]): readonly T[] {
  const all = known.filter((one) => values[option] === undefined || values[option] === one);
  if (all.length === 0) throw new Error(`--${option} is "${values[option]}"; ${known.join(", ")} are known`);
  return all;
}
const names = chosen("function", FUNCTIONS);
const dtypes = chosen("dtype", DTYPES);

// findings on other code must not be taken for findings on this code
const wasm = fileURLToPath(import.meta.resolve("bitgrad/bitgrad.wasm"));
const code = sha256(
  fileURLToPath(import.meta.resolve("bitgrad")),
  ...DTYPES.map((dtype) => here(ORACLES[dtype].source)),
);
const folder = join(tmpdir(), `bitgrad-exhaustive-${code.slice(0, 16)}`);
mkdirSync(folder, { recursive: true });
for (const dtype of dtypes) {
  const oracle = buildOracle(dtype);
  for (const name of names) report(name, dtype, await checkAll(name, dtype, oracle));
}
rmSync(folder, { recursive: true });

function buildOracle(dtype: DType): string {
  const { source, libraries } = ORACLES[dtype];
  const program = join(folder, `oracle-${dtype}`);
  try {
    execFileSync("cc", ["-O2", "-o", program, here(source), ...libraries], { stdio: "inherit" });
  } catch (cause) {
    const message = "the oracle can't be built: it needs a C compiler and MPFR (apt-get install gcc libmpfr-dev)";
    throw new Error(message, { cause });
  }
  return program;
}

/** Has workers check every part that no earlier run has checked. */
async function checkAll(name: Name, dtype: DType, oracle: string): Promise<Finding[]> {
  const { count, firsts } = PARTS[dtype];
  const statePath = join(folder, `${name}-${dtype}.json`);
  const findings: Finding[] = existsSync(statePath) ? JSON.parse(readFileSync(statePath, "utf8")) : [];
  const done = new Set(findings.map(({ first }) => first));
  const todo = firsts.filter((first) => !done.has(first));
  const bar = new SingleBar(
    { format: `${name} ${dtype} {bar} {percentage} %, {eta_formatted} left`, gracefulExit: false },
    Presets.shades_classic,
  );
  bar.start(firsts.length, findings.length);
  const work = async () => {
    const worker = fork(here("worker.ts"));
    const exit = once(worker, "exit");
    for (let first = todo.shift(); first !== undefined; first = todo.shift()) {
      worker.send({ name, dtype, first, count, oracle } satisfies Part);
      const [answer] = await Promise.race([once(worker, "message"), exit]);
      if (typeof answer !== "object" || answer === null) throw new Error(`a worker ended in part ${first}`);
      findings.push(answer as Finding);
      bar.update(findings.length);
      if (findings.length % SAVE_EVERY === 0) writeFileSync(statePath, JSON.stringify(findings));
    }
    worker.kill();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  bar.stop();
  return findings;
}

function report(name: Name, dtype: DType, findings: readonly Finding[]): void {
  const total = (count: (finding: Finding) => number) => findings.reduce((sum, finding) => sum + count(finding), 0);
  const wrong = total(({ wrongCount }) => wrongCount);
  const noted = total((finding) => finding.noted);
  const inputs = findings.length * PARTS[dtype].count;
  const worst = (kind: keyof Worst) => {
    const { ulp, input } = findings.map((finding) => finding.worst[kind]).reduce((a, b) => (b.ulp > a.ulp ? b : a));
    return ulp === 0 ? undefined : { ulp: Number(ulp.toFixed(4)), input };
  };
  const result = {
    function: `${name} ${dtype}`,
    date: new Date().toISOString().slice(0, 10),
    inputs,
    ...(dtype === "f32"
      ? { notCorrectlyRounded: wrong, decidedByMpfr: noted }
      : {
          worst: worst("normal"),
          worstSubnormal: worst("subnormal"),
          notNearestPercent: Number(((100 * noted) / inputs).toFixed(3)),
          enginesDiffer: wrong,
        }),
    wasmSha256: sha256(wasm),
    node: process.version,
    cpu: cpus()[0]?.model,
  };
  console.log(JSON.stringify(result, null, 2));
  for (const { engine, input, result, expected } of findings.flatMap((finding) => finding.wrong).slice(0, 20)) {
    console.log(`${engine}: ${name}(${input}) = ${result}; ${expected} is expected`);
  }
  const beyond = Math.max(worst("normal")?.ulp ?? 0, worst("subnormal")?.ulp ?? 0) > LIMIT_ULP;
  if (wrong > 0 || beyond) process.exitCode = 1;
  else if (values.write) {
    mkdirSync(here("results"), { recursive: true });
    writeFileSync(here(`results/${name}-${dtype}.json`), `${JSON.stringify(result, null, 2)}\n`);
  }
}
