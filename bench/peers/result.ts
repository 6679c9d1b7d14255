// A run's result as it is written to a file, and what is worked out from it.

import { existsSync, readFileSync } from "node:fs";
import type { DType } from "../../dist/index.js";
import type { Round } from "./child.ts";
import type { Contestant } from "./contestants.ts";
import type { Task } from "./job.ts";
import type { Start } from "./start-up.ts";

/** A contestant's result: a rate, or why there is none. */
export interface Outcome {
  readonly contestant: string;
  /** Samples or calls a second: median over the rounds. */
  readonly rate?: number;
  readonly rounds?: readonly Round[];
  readonly loss?: number;
  readonly expectedLoss?: number;
  readonly version?: string;
  readonly peakBytes?: number;
  readonly unsupported?: string;
  readonly wrong?: string;
  readonly failed?: string;
}

export interface Race {
  readonly workload: string;
  readonly task: Task;
  readonly outcomes: readonly Outcome[];
}

export interface Entrant extends Pick<Contestant, "name" | "kind" | "what" | "exact" | "note"> {
  readonly family: string;
  readonly dtype: DType;
  readonly version?: string;
  /** Not installed: what to do about it. */
  readonly missing?: string;
}

export interface Result {
  readonly machine: {
    readonly date: string;
    readonly cpu: string;
    readonly platform: string;
    readonly node: string;
    readonly v8: string;
    readonly quick: boolean;
    /** Peak resident memory of a node process that does nothing. */
    readonly bareNodeBytes: number;
  };
  readonly contestants: readonly Entrant[];
  readonly training: readonly Race[];
  readonly inference: readonly Race[];
  readonly starts: readonly Start[];
}

/** What its process told, else the installed package's. */
export function versionOf(contestant: Contestant, races: readonly Race[]): { version?: string } {
  const told = races
    .flatMap(({ outcomes }) => outcomes)
    .find(({ contestant: name, version }) => name === contestant.name && version !== undefined);
  if (told !== undefined) return { version: told.version! };
  const file = new URL(`node_modules/${contestant.package}/package.json`, import.meta.url);
  if (contestant.package === undefined || !existsSync(file)) return {};
  return { version: (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version };
}

export function outcomeOf(race: Race, name: string): Outcome | undefined {
  return race.outcomes.find(({ contestant }) => contestant === name);
}

/** Whether it computes something else there. Who only trains otherwise has the same network: it must predict the same. */
export function differs(
  { exact }: Pick<Contestant, "exact">,
  { workload, task }: Pick<Race, "workload" | "task">,
): boolean {
  if (typeof exact === "boolean") return !exact;
  return task === "train" && !exact.includes(workload);
}

/** With a † if it is of one that computes something else there. */
export function marked(text: string, of: Pick<Best, "entrant"> | undefined, race: Race): string {
  return of !== undefined && differs(of.entrant, race) ? `${text}†` : text;
}

/** What ratios are taken of: bitgrad in f32. */
export const HOME = "bitgrad f32";

export interface Best {
  readonly entrant: Entrant;
  readonly rate: number;
}

/** The fastest of those asked for; who computes something else counts too, to bitgrad's disadvantage. */
export function bestOf(result: Result, race: Race, wanted: (entrant: Entrant) => boolean): Best | undefined {
  let best: Best | undefined;
  for (const entrant of result.contestants.filter(wanted)) {
    const rate = outcomeOf(race, entrant.name)?.rate;
    if (rate !== undefined && rate > (best?.rate ?? 0)) best = { entrant, rate };
  }
  return best;
}

/** How many times as fast as the best of those asked for bitgrad is: both medians of one run. */
export function ratio(result: Result, race: Race, wanted: (entrant: Entrant) => boolean): number | undefined {
  const home = outcomeOf(race, HOME)?.rate;
  const best = bestOf(result, race, wanted);
  return home === undefined || best === undefined ? undefined : home / best.rate;
}

/** Those that bitgrad is compared with. */
export const OPPONENTS: readonly (readonly [string, (entrant: Entrant) => boolean])[] = [
  ["best plain JS", ({ kind }) => kind === "plain"],
  ["best JS or WebAssembly library", ({ kind }) => kind === "library"],
  ["PyTorch, one thread", ({ family }) => family.startsWith("PyTorch")],
  ["best native", ({ kind }) => kind === "native"],
];

/** Races in which peers are ahead of bitgrad: the best variant of each, the fastest first. */
export function peerWins(result: Result): { race: Race; leaders: (Best & { times: number })[] }[] {
  const peers = [...familiesOf(result.contestants.filter(({ kind }) => kind !== "bitgrad")).values()];
  return [...result.training, ...result.inference].flatMap((race) => {
    const home = outcomeOf(race, HOME)?.rate ?? Number.POSITIVE_INFINITY;
    const leaders = peers
      .flatMap((family) => bestOf(result, race, (entrant) => family.includes(entrant)) ?? [])
      .map((best) => ({ ...best, times: best.rate / home }))
      .filter(({ times }) => times > 1)
      .sort((a, b) => b.times - a.times);
    return leaders.length > 0 ? [{ race, leaders }] : [];
  });
}

/** Entrants by family, in order. */
export function familiesOf(entrants: readonly Entrant[]): Map<string, Entrant[]> {
  return grouped(entrants, ({ family }) => family);
}

export function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** Of a family's variants those that short tables and the chart take: in f32 where it has that. */
export function shownOf(entrants: readonly Entrant[]): readonly Entrant[] {
  const single = entrants.filter(({ dtype }) => dtype === "f32");
  return single.length > 0 ? single : entrants;
}
