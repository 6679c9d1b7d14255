// The outcomes of all races as a table for the terminal, and as a short one in Markdown.

import { count, ratio, table } from "../table.ts";
import { ADOPTERS } from "./adopters.ts";
import { HOME } from "./contestants.ts";
import type { Outcome } from "./race.ts";

const unique = <T>(values: readonly T[]) => [...new Set(values)];

/** Rates by contestant and workload, each with how many times as fast as that bitgrad is. */
export function show(outcomes: readonly Outcome[]): string {
  const workloads = unique(outcomes.map(({ workload }) => workload));
  const home = (workload: string) => find(outcomes, workload, ({ contestant }) => contestant === HOME)?.rate;
  const names = unique(outcomes.filter(({ missing }) => missing === undefined).map(({ contestant }) => contestant));
  const body = names.map((name) => [
    name,
    ...workloads.map((workload) => {
      const outcome = find(outcomes, workload, ({ contestant }) => contestant === name);
      if (outcome?.rate === undefined) return trouble(outcome);
      const times = ratio((home(workload) ?? Number.NaN) / outcome.rate);
      return `${count(outcome.rate)}${outcome.differs ? "†" : ""}${name === HOME ? "" : `  ${times}`}`;
    }),
  ]);
  return [table(["samples a second", ...workloads], body, 1), ...remarks(outcomes)].join("\n");
}

function find(outcomes: readonly Outcome[], workload: string, wanted: (outcome: Outcome) => boolean) {
  return outcomes.find((outcome) => outcome.workload === workload && wanted(outcome));
}

function trouble(outcome: Outcome | undefined): string {
  return outcome?.wrong ? "wrong result" : outcome?.failed ? "failed" : "–";
}

/** What a cell is too small for. */
function remarks(outcomes: readonly Outcome[]): string[] {
  const lines = outcomes.flatMap(({ workload, contestant, differs, missing, unsupported, wrong, failed }) => {
    if (missing !== undefined) return `not here: ${contestant} (${missing})`;
    if (differs) return `† ${contestant} trains another way`;
    const reason = unsupported ?? wrong ?? failed;
    return reason === undefined ? [] : `${contestant}, ${workload}: ${reason}`;
  });
  return unique(lines);
}

/**
 * A row for each workload, a column for each family with a rate: its fastest variant, † where that trains another way.
 */
export function markdown(outcomes: readonly Outcome[]): string {
  const rated = outcomes.filter(({ rate, dtype }) => rate !== undefined && dtype === "f32");
  const families = unique(rated.map(({ family }) => family));
  const body = unique(rated.map(({ workload }) => workload)).map((workload) => [
    workload,
    ...families.map((family) => {
      const variants = rated.filter((outcome) => outcome.workload === workload && outcome.family === family);
      const best = variants.sort((a, b) => b.rate! - a.rate!)[0];
      return best === undefined ? "" : `${count(best.rate)}${best.differs ? "†" : ""}`;
    }),
  ]);
  return lines(families, body);
}

/** The adopters' networks: milliseconds of a training by each contestant, and how many times as fast bitgrad is. */
export function trainings(outcomes: readonly Outcome[]): string {
  const names = unique(outcomes.filter(({ rate }) => rate !== undefined).map(({ contestant }) => contestant));
  const body = ADOPTERS.map(({ name, rows, epochs }) => {
    const rateOf = (wanted: string) => find(outcomes, name, ({ contestant }) => contestant === wanted)?.rate;
    const cells = names.map((contestant) => {
      const rate = rateOf(contestant);
      if (rate === undefined) return "";
      const times = contestant === HOME ? "" : ` (${ratio((rateOf(HOME) ?? Number.NaN) / rate)})`;
      return `${count((1000 * rows * epochs) / rate)}${times}`;
    });
    return [name, ...cells];
  });
  return lines(names, body);
}

function lines(columns: readonly string[], body: readonly (readonly string[])[]): string {
  const rules = ["---", ...columns.map(() => "---:")];
  return [["", ...columns], rules, ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
