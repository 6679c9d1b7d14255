// The README's section on the peers, from a result: the best variant of each peer in f32, in f64 where it has only that.

import { markdownTable } from "../paragraphs.ts";
import type { Race } from "./result.ts";
import {
  bestOf,
  type Entrant,
  familiesOf,
  grouped,
  HOME,
  marked,
  OPPONENTS,
  outcomeOf,
  peerWins,
  type Result,
  ratio,
  shownOf,
} from "./result.ts";
import type { Start } from "./start-up.ts";
import { trouble } from "./table.ts";

const rounded = (value: number) => Number(value.toPrecision(3)).toLocaleString("en");
const megabytes = (bytes: number) => rounded(Math.round(bytes / 1e6));
const kilobytes = (bytes: number) => (bytes / 1e3).toFixed(0);
const listed = (items: readonly string[]) => items.join(", ");

const link = (path: string) => `[${path.split("/").at(-1)}](${path})`;

type Dated = readonly [result: Result, path: string];

interface Family {
  readonly name: string;
  readonly variants: readonly Entrant[];
}

/** Results with their paths, as the README links to them; cold starts are of the second, which may be the first. */
export function peersSection(
  measured: Result,
  json: string,
  [{ machine: startMachine, starts }, startsJson]: Dated,
): string {
  const result = { ...measured, starts };
  const { machine, training } = result;
  const present = result.contestants.filter(({ missing }) => missing === undefined);
  const families = [...familiesOf(present)].map(([name, entrants]) => ({ name, variants: shownOf(entrants) }));
  const remarks = [
    ["† trains another way. ", notesOf(present.filter(({ exact }) => exact !== true))],
    ["", notesOf(present.filter(({ exact }) => exact === true))],
    ["Not there: ", absencesOf(result.contestants)],
  ] as const;
  const opponents = OPPONENTS.filter(([, wanted]) => present.some(wanted));
  return `### Beside its peers

Samples trained a second beside other libraries, ${machine.date.slice(0, 10)}, ${machine.cpu}, Node ${machine.node}, one thread each:
the same data and initial weights, in f32 unless it says f64, the best variant of each. A time counts only where the mean
loss after training is that of \`bitgrad/reference\`. **Bold** is the best peer; ▲ is ahead of bitgrad.

${speeds(result, families)}

${sentences(remarks)}

![Training speed of each peer relative to bitgrad, a panel a workload](${json.replace(/json$/, "svg")})

How many times as fast bitgrad is, medians of one run:

${markdownTable(
  ["as", ...training.map(({ workload }) => workload)],
  opponents.map(([name, wanted]) => [
    name,
    ...training.map((race) => marked(times(ratio(result, race, wanted)), bestOf(result, race, wanted), race)),
  ]),
)}

Prediction with outputs read back; peak memory of the process training \`wide\` (a bare node: ${megabytes(machine.bareNodeBytes)} MB); the smallest
program that trains one step of 784-30-10, minified and gzipped, with the files that it fetches, and its cold start (${startMachine.date.slice(0, 10)}):

${others(result, families)}

${wins(result, families)}

Everything, every variant and round: ${[...new Set([json, startsJson])].map(link).join(", ")}; [how it is measured](bench/peers/README.md).`;
}

// those of whom the same is said together

function notesOf(entrants: readonly Entrant[]): string[] {
  const groups = grouped(entrants, ({ note }) => note ?? "");
  groups.delete("");
  return [...groups].map(([note, of]) => `${listed(of.map(({ name }) => name))}: ${note}`);
}

function absencesOf(entrants: readonly Entrant[]): string[] {
  const groups = grouped(entrants, ({ missing }) => missing ?? "");
  groups.delete("");
  return [...groups].map(([missing, of]) => `${listed([...familiesOf(of).keys()])} (${missing})`);
}

function sentences(beginnings: readonly (readonly [string, readonly string[]])[]): string {
  return beginnings
    .filter(([, parts]) => parts.length > 0)
    .map(([beginning, parts]) => `${beginning}${parts.join("; ")}.`)
    .join(" ");
}

function speeds(result: Result, families: readonly Family[]): string {
  const rows = families.map(({ name, variants }) => {
    const [{ dtype }] = variants as [Entrant, ...Entrant[]];
    const cells = result.training.map((race) => speed(result, race, variants));
    return [dtype === "f64" && !name.endsWith("f64") ? `${name} (f64)` : name, ...cells];
  });
  return markdownTable(["", ...result.training.map(({ workload }) => workload)], rows);
}

function speed(result: Result, race: Race, variants: readonly Entrant[]): string {
  const best = bestOf(result, race, (entrant) => variants.includes(entrant));
  if (best === undefined) {
    const reasons = variants.map(({ name }) => trouble(outcomeOf(race, name) ?? { contestant: name }));
    return reasons.find((reason) => reason !== undefined) ?? "–";
  }
  const text = marked(rounded(best.rate), best, race);
  const leader = bestOf(result, race, isShownPeer(result));
  if (best.entrant.name !== leader?.entrant.name) return text;
  return `**${text}**${best.rate > (outcomeOf(race, HOME)?.rate ?? 0) ? " ▲" : ""}`;
}

/** A peer in a row of the tables. */
function isShownPeer({ contestants }: Result): (entrant: Entrant) => boolean {
  const shown = [...familiesOf(contestants).values()].flatMap(shownOf);
  return (entrant) => entrant.kind !== "bitgrad" && shown.includes(entrant);
}

interface Figures {
  readonly one: number | undefined;
  readonly batch: number | undefined;
  readonly peak: number | undefined;
  /** The smallest program: with what it fetches, and that alone. */
  readonly program: number | undefined;
  readonly assets: number;
  readonly start: number | undefined;
}

const least = (values: readonly (number | undefined)[]) => {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
};

/** Of the variants the best in each column by itself. */
function figures({ inference, training, starts }: Result, variants: readonly Entrant[]): Figures {
  const rate = (task: Race["task"]) => {
    const race = inference.find((found) => found.task === task);
    const best = least(variants.map(({ name }) => invert(race && outcomeOf(race, name)?.rate)));
    return invert(best);
  };
  const wide = training.find(({ workload }) => workload === "wide");
  const started = starts.filter(({ contestant }) => variants.some(({ name }) => name === contestant));
  const whole = ({ gzippedBytes, assetBytes }: Start) => gzippedBytes + assetBytes;
  const smallest = [...started].sort((a, b) => whole(a) - whole(b))[0];
  return {
    one: rate("predict-one"),
    batch: rate("predict-batch"),
    peak: least(variants.map(({ name }) => wide && outcomeOf(wide, name)?.peakBytes)),
    program: smallest && whole(smallest),
    assets: smallest?.assetBytes ?? 0,
    start: least(started.map(({ milliseconds }) => milliseconds)),
  };
}

function invert(value: number | undefined): number | undefined {
  return value === undefined ? undefined : 1 / value;
}

function others(result: Result, families: readonly Family[]): string {
  const head = ["", "xor, one row: µs", "mlp, 10,000 rows: rows/s", "peak MB", "program KB", "cold start ms"];
  const show = (value: number | undefined, format: (value: number) => string) =>
    value === undefined ? "" : format(value);
  const rows = families.map(({ name, variants }) => {
    const { one, batch, peak, program, assets, start } = figures(result, variants);
    return [
      name,
      show(one, (rate) => rounded(1e6 / rate)),
      show(batch, rounded),
      show(peak, megabytes),
      show(program, (bytes) => `${kilobytes(bytes - assets)}${assets > 0 ? ` + ${kilobytes(assets)}` : ""}`),
      show(start, (milliseconds) => rounded(Math.round(milliseconds))),
    ];
  });
  return markdownTable(head, rows);
}

/** Plainly, where a peer is ahead. */
function wins(result: Result, families: readonly Family[]): string {
  const home = figures(
    result,
    result.contestants.filter(({ name }) => name === HOME),
  );
  const ahead = peerWins(result).map(({ race: { workload, task }, leaders }) => {
    const what = {
      train: `training ${workload}`,
      "predict-one": "predicting one row",
      "predict-batch": "predicting many",
    };
    return `in ${what[task]} ${listed(leaders.map(({ entrant, times }) => `${entrant.name} (${times.toFixed(1)} ×)`))}`;
  });
  const peers = families.filter(({ variants }) => variants[0]?.kind !== "bitgrad");
  const less = (key: "peak" | "start" | "program") => {
    const names = peers
      .filter(({ variants }) => {
        const value = figures(result, variants)[key];
        return value !== undefined && home[key] !== undefined && value < home[key];
      })
      .map(({ name }) => name);
    return names.length > 0 ? [listed(names)] : [];
  };
  return sentences([
    ["Ahead of bitgrad: ", ahead],
    ["Less memory: ", less("peak")],
    ["A smaller program: ", less("program")],
    ["Sooner started: ", less("start")],
  ]);
}

function times(value: number | undefined): string {
  if (value === undefined) return "";
  if (value < 1) return `**${value.toFixed(2)} ×**`;
  return `${value < 100 ? value.toFixed(1) : rounded(value)} ×`;
}
