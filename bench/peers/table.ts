// A run's result as tables for the terminal.

import { table } from "../table.ts";
import type { Outcome, Race } from "./result.ts";
import { bestOf, type Entrant, marked, OPPONENTS, outcomeOf, peerWins, type Result, ratio } from "./result.ts";

export function show(result: Result): string {
  const { machine, contestants, training, inference, starts } = result;
  const { cpu, node, v8, date, quick } = machine;
  const present = contestants.filter(({ missing }) => missing === undefined);
  const parts = [`${cpu}, Node ${node} (V8 ${v8}), ${date.slice(0, 10)}${quick ? ", --quick" : ""}`];
  if (training.length > 0) {
    parts.push(
      "Training, samples a second (median of the rounds)",
      raceTable(present, training, rateCell),
      "How many times as fast bitgrad f32 is",
      table(
        ["as", ...training.map(({ workload }) => workload)],
        OPPONENTS.map(([name, wanted]) => [
          name,
          ...training.map((race) => marked(times(ratio(result, race, wanted)), bestOf(result, race, wanted), race)),
        ]),
        1,
      ),
      "Mean loss after the training that is compared; exact ones must have the reference's",
      raceTable(present, training, lossCell),
      `Peak memory of the process, MB of 1,000,000 bytes (a bare node: ${megabytes(machine.bareNodeBytes)})`,
      raceTable(present, training, ({ peakBytes }) => (peakBytes === undefined ? "" : megabytes(peakBytes))),
    );
  }
  if (inference.length > 0) {
    const body = present.map((entrant) => [
      entrant.name,
      ...inference.map((race) => inferenceCell(race, outcomeOf(race, entrant.name), entrant)),
    ]);
    const heads = inference.map(({ task }) =>
      task === "predict-one" ? "xor, µs a call" : "mlp, 10,000 rows: samples/s",
    );
    parts.push("Inference, outputs read back", table(["contestant", ...heads], body, 1));
  }
  if (starts.length > 0) {
    const body = starts.map(({ contestant, gzippedBytes, assetBytes, milliseconds }) => [
      contestant,
      kilobytes(gzippedBytes),
      assetBytes > 0 ? kilobytes(assetBytes) : "",
      milliseconds.toFixed(1),
    ]);
    parts.push(
      "The smallest program that trains one step of 784-30-10: bundled, minified, gzip -9; cold start in a fresh process",
      table(["contestant", "KB", "and fetches KB", "cold start ms"], body, 1),
    );
  }
  parts.push(remarks(result));
  return parts.join("\n\n");
}

function raceTable(
  entrants: readonly Entrant[],
  races: readonly Race[],
  cell: (outcome: Outcome, race: Race, entrant: Entrant) => string,
): string {
  const body = entrants.map((entrant) => [
    entrant.name,
    entrant.dtype,
    ...races.map((race) => {
      const outcome = outcomeOf(race, entrant.name);
      return outcome === undefined ? "" : cell(outcome, race, entrant);
    }),
  ]);
  return table(["contestant", "dtype", ...races.map(({ workload }) => workload)], body, 2);
}

function rateCell(outcome: Outcome, race: Race, entrant: Entrant): string {
  return trouble(outcome) ?? marked(count(outcome.rate!), { entrant }, race);
}

function lossCell({ loss, expectedLoss }: Outcome, race: Race, entrant: Entrant): string {
  if (loss === undefined || expectedLoss === undefined) return "";
  return marked(loss.toPrecision(6), { entrant }, race);
}

function inferenceCell(race: Race, outcome: Outcome | undefined, entrant: Entrant): string {
  if (outcome === undefined) return "";
  const { rate } = outcome;
  if (rate === undefined) return trouble(outcome) ?? "";
  return race.task === "predict-one" ? count(1e6 / rate) : rateCell(outcome, race, entrant);
}

/** Why there is no rate. */
export function trouble({ unsupported, wrong, failed }: Outcome): string | undefined {
  if (unsupported !== undefined) return "–";
  if (wrong !== undefined) return "wrong result";
  return failed === undefined ? undefined : "failed";
}

/** Everything that a cell is too small for. */
function remarks(result: Result): string {
  const races = [...result.training, ...result.inference];
  const lines: string[] = [];
  const present = result.contestants.filter(({ missing }) => missing === undefined);
  for (const { name, note, exact } of present) {
    if (note !== undefined) lines.push(`${exact === true ? "" : "† "}${name}: ${note}`);
  }
  for (const { workload, task, outcomes } of races) {
    for (const { contestant, unsupported, wrong, failed } of outcomes) {
      const label = `${contestant}, ${workload}, ${task}`;
      if (unsupported !== undefined) lines.push(`– ${label}: ${unsupported}`);
      if (wrong !== undefined) lines.push(`wrong result: ${label}: ${wrong}`);
      if (failed !== undefined) lines.push(`failed: ${label}: ${failed}`);
    }
  }
  for (const { name, missing } of result.contestants) {
    if (missing !== undefined) lines.push(`not here: ${name} (${missing})`);
  }
  for (const { race, leaders } of peerWins(result)) {
    const names = leaders.map(({ entrant, times }) => `${entrant.name}, ${times.toFixed(2)} times bitgrad`);
    lines.push(`peers win ${race.workload}, ${race.task}: ${names.join("; ")}`);
  }
  return lines.join("\n");
}

function count(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en-US");
}

function times(value: number | undefined): string {
  return value === undefined ? "" : `${value.toFixed(2)}×`;
}

function kilobytes(bytes: number): string {
  return (bytes / 1e3).toFixed(1);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
