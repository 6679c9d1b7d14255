// Whether a contestant has computed what bitgrad/reference computes: before that its time does not count.

import type { Ready } from "./child.ts";
import type { Contestant } from "./contestants.ts";
import type { Expected, Job } from "./job.ts";
import type { Outcome } from "./result.ts";
import { differs } from "./result.ts";

const TOLERANCE = { f32: 1e-4, f64: 1e-9 }; // relative

export function judge(contestant: Contestant, job: Job, ready: Ready, expected: Expected): Outcome {
  const { unsupported, loss, outputs = [], version } = ready;
  const told = { contestant: contestant.name, ...(version !== undefined && { version }) };
  if (unsupported !== undefined) return { ...told, unsupported };
  const outcome = job.task === "train" ? { ...told, loss: loss ?? Number.NaN, expectedLoss: expected.loss } : told;
  if (differs(contestant, job)) return outcome;
  const [results, right] = job.task === "train" ? [[loss], [expected.loss]] : [outputs, expected.outputs];
  const off = right.findIndex((value, n) => {
    const error = Math.abs((results[n] ?? Number.NaN) - value);
    return !(error <= TOLERANCE[job.dtype] * Math.abs(value));
  });
  return off < 0 ? outcome : { ...outcome, wrong: `${results[off]} instead of ${right[off]}` };
}
