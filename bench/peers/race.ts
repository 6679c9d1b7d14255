// One workload, all contestants: started and checked one after another, then rounds in rotating order.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { DType } from "../../dist/index.js";
import { median, takeTurns } from "../race.ts";
import { rounded } from "../rows.ts";
import type { Workload } from "../workloads.ts";
import { Child, type Ready } from "./child.ts";
import { type Contestant, interpreterOf } from "./contestants.ts";
import { type Assignment, assign } from "./job.ts";

/** A contestant's result: a rate, or why there is none. */
export interface Outcome {
  readonly workload: string;
  readonly contestant: string;
  readonly family: string;
  readonly kind: Contestant["kind"];
  readonly dtype: DType;
  readonly version?: string;
  /** Samples a second: median over the rounds, the least and the most. */
  readonly rate?: number;
  readonly low?: number;
  readonly high?: number;
  /** It computes something else here. */
  readonly differs?: true;
  readonly peakMB?: number;
  readonly missing?: string;
  readonly unsupported?: string;
  readonly wrong?: string;
  readonly failed?: string;
}

// then a contestant counts as hanging and is killed
const READY_SECONDS = 600;
const ROUND_SECONDS = 120;

const TOLERANCE = { f32: 1e-4, f64: 1e-9 }; // relative
const FOLDER = fileURLToPath(new URL("contestants/", import.meta.url));

interface Runner {
  readonly child: Child;
  readonly rates: number[];
  outcome: Outcome;
}

export async function race(
  workload: Workload,
  contestants: readonly Contestant[],
  folder: string,
  quick: boolean,
  progress: (what: string) => void,
): Promise<Outcome[]> {
  const roundSeconds = quick ? 0.15 : 0.4;
  const jobs = {
    f32: await assign(workload, "f32", folder, roundSeconds),
    f64: await assign(workload, "f64", folder, roundSeconds),
  };
  const absent: Outcome[] = [];
  const runners: Runner[] = [];
  try {
    for (const contestant of contestants) {
      const { name, family, kind, dtype, command, exact } = contestant;
      progress(`${workload.name}: ${name} starts`);
      const differs = exact !== undefined && !exact.includes(workload.name) && { differs: true as const };
      const outcome = { workload: workload.name, contestant: name, family, kind, dtype, ...differs };
      const interpreter = interpreterOf(contestant);
      if ("missing" in interpreter) {
        absent.push({ ...outcome, missing: interpreter.missing });
        continue;
      }
      const [file, ...words] = command;
      const program = await bundled(file, folder);
      const child = new Child(interpreter.program, [program, ...words, jobs[dtype].file]);
      const runner: Runner = { child, rates: [], outcome };
      runners.push(runner);
      await attempt(runner, async () => {
        const ready = await child.answer<Ready>(READY_SECONDS);
        runner.outcome = { ...outcome, ...judge(outcome, ready, jobs[dtype]) };
      });
    }
    await takeTurns(runners, quick ? 3 : 7, async (runner, round) => {
      progress(`${workload.name}: round ${round + 1}`);
      await attempt(runner, async () => {
        const { samples, seconds } = await runner.child.round(ROUND_SECONDS);
        runner.rates.push(samples / seconds);
      });
    });
    for (const runner of runners.filter(isRunning)) {
      const { child, rates } = runner;
      const [rate, low, high] = [median(rates), Math.min(...rates), Math.max(...rates)].map(rounded);
      const peak = child.peakBytes();
      const memory = peak === undefined ? {} : { peakMB: rounded(peak / 1e6) };
      runner.outcome = { ...runner.outcome, rate: rate!, low: low!, high: high!, ...memory };
    }
  } finally {
    for (const { child } of runners) child.kill();
  }
  return [...runners.map(({ outcome }) => outcome), ...absent];
}

/** A time counts only of one that has computed what bitgrad/reference computes, or says that it trains another way. */
export function judge(
  { differs }: Pick<Outcome, "differs">,
  { unsupported, loss = Number.NaN, version }: Ready,
  { job, expectedLoss }: Pick<Assignment, "expectedLoss"> & { readonly job: Pick<Assignment["job"], "dtype"> },
): Pick<Outcome, "version" | "unsupported" | "wrong"> {
  const told = { ...(version !== undefined && { version }) };
  if (unsupported !== undefined) return { ...told, unsupported };
  const isRight = Math.abs(loss - expectedLoss) <= TOLERANCE[job.dtype] * Math.abs(expectedLoss);
  return differs || isRight ? told : { ...told, wrong: `loss ${loss} instead of ${expectedLoss}` };
}

const isRunning = ({ outcome: { unsupported, wrong, failed } }: Runner) =>
  unsupported === undefined && wrong === undefined && failed === undefined;

async function attempt(runner: Runner, step: () => Promise<void>): Promise<void> {
  if (!isRunning(runner)) return;
  try {
    await step();
  } catch (error) {
    runner.outcome = { ...runner.outcome, failed: error instanceof Error ? error.message : String(error) };
  }
  if (!isRunning(runner)) runner.child.kill();
}

/** plain-js.mjs imports TypeScript, whose loader would count as its memory. */
async function bundled(file: string, folder: string): Promise<string> {
  if (file !== "plain-js.mjs") return join(FOLDER, file);
  const outfile = join(folder, file);
  await build({ entryPoints: [join(FOLDER, file)], bundle: true, platform: "node", format: "esm", outfile });
  return outfile;
}
