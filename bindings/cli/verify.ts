// bitgrad verify: runs bitgrad/verify and prints what came out.

import { type EngineReport, type Group, type Report, verify } from "bitgrad/verify";
import Table from "cli-table3";
import { type Command, Option } from "commander";

interface VerifyFlags {
  readonly engine: "both" | "wasm" | "reference";
  readonly contrast: boolean;
  readonly json?: boolean;
}

const CONTRAST_NOTE = `The platform's own functions, for contrast: another engine's digests may differ. bitgrad calls none of them.`;

export function addVerify(program: Command): void {
  program
    .command("verify")
    .description("Check that this platform gives the bits that every platform must give.")
    .addOption(new Option("--engine <name>", "which to run").choices(["both", "wasm", "reference"]).default("both"))
    .option("--no-contrast", "leave out the platform's own functions")
    .option("--json", "print the whole report as JSON and nothing else")
    .action(async (flags: VerifyFlags) => {
      const report = await run(flags);
      console.log(flags.json ? JSON.stringify(report, null, 2) : describe(report));
      process.exitCode = report.passed ? 0 : 1;
    });
}

async function run({ engine, contrast }: VerifyFlags): Promise<Report> {
  const { stderr } = process;
  let shown = "";
  const show = (text: string) => {
    if (!stderr.isTTY || text === shown) return;
    stderr.write(`\r\u001b[K${text}`);
    shown = text;
  };
  const engines = engine === "both" ? (["wasm", "reference"] as const) : [engine];
  const onProgress = (done: number, what: string) => show(`${Math.round(done * 100)} % ${what}`);
  const report = await verify({ engines, contrast, onProgress });
  show("");
  return report;
}

function describe(report: Report): string {
  const { platform, version, engines, passed } = report;
  const failures = engines.flatMap(({ engine, failures }) =>
    failures.map((failure) => `✗ ${engine}, ${failure.case}:\n  ${failure.message}`),
  );
  return [
    casesTable(engines),
    ...failures,
    ...(report.contrast.length > 0 ? [contrastTable(report), CONTRAST_NOTE] : []),
    "",
    `${passed ? "passed" : "FAILED"}: bitgrad ${version} on ${platform.runtime}, ${platform.engine}, ${platform.processor}`,
    `WebAssembly: ${platform.wasmFeatures.join(", ") || "none"}; ${platform.littleEndian ? "little" : "big"}-endian`,
    `fingerprint: ${engines.find(({ fingerprint }) => fingerprint !== "")?.fingerprint ?? "none"}`,
  ].join("\n");
}

/** Of every group of cases, how many passed on each engine. */
function casesTable(engines: readonly EngineReport[]): string {
  const ran = engines.filter(({ unavailable }) => unavailable === undefined);
  const head = ["passed of", ...ran.map(({ engine }) => engine)];
  const table = new Table({ head, style: { head: [], border: [], compact: true } });
  const share = ({ cases, failed }: Group) => `${cases - failed}/${cases}${failed > 0 ? " ✗" : ""}`;
  for (const [index, { name }] of (ran[0]?.groups ?? []).entries()) {
    table.push([name, ...ran.map(({ groups }) => share(groups[index]!))]);
  }
  table.push(["all", ...ran.map(({ cases, failures }) => share({ name: "", cases, failed: failures.length }))]);
  const missing = engines.filter(({ unavailable }) => unavailable !== undefined);
  return [table.toString(), ...missing.map(({ engine, unavailable }) => `${engine} did not run: ${unavailable}`)].join(
    "\n",
  );
}

function contrastTable({ contrast }: Report): string {
  const head = ["function", "inputs", "not the nearest", "worst", "digest"];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { name, inputs, count, notNearest, worstUlp, digest } of contrast) {
    const share = `${notNearest.toLocaleString("en")} of ${count.toLocaleString("en")}`;
    table.push([name, inputs, share, `${worstUlp} off`, `${digest.slice(0, 16)}…`]);
  }
  return table.toString();
}
