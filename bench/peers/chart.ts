// The chart of a result: for each workload how fast each peer is, bitgrad in f32 being 1. By itself:
//   tsx bench/peers/chart.ts RESULT.json CHART.svg

import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { bestOf, differs, type Entrant, familiesOf, HOME, outcomeOf, type Result, shownOf } from "./result.ts";

export interface Point {
  readonly workload: string;
  readonly peer: string;
  readonly kind: Entrant["kind"];
  /** Rate, relative to bitgrad's. */
  readonly speed: number;
  /** Computes something else here. */
  readonly differs: boolean;
}

/** The best variant of each family, in order of the geometric mean of its speeds. */
export function pointsOf(result: Result): Point[] {
  const families = familiesOf(result.contestants.filter(({ name }) => name !== HOME));
  const groups = [...families].map(([peer, entrants]) => {
    const shown = shownOf(entrants);
    return result.training.flatMap((race): Point[] => {
      const best = bestOf(result, race, (entrant) => shown.includes(entrant));
      const home = outcomeOf(race, HOME)?.rate;
      if (best === undefined || home === undefined) return [];
      const { kind } = best.entrant;
      const { workload } = race;
      return [{ workload, peer, kind, speed: best.rate / home, differs: differs(best.entrant, race) }];
    });
  });
  const mean = (points: readonly Point[]) => points.reduce((sum, p) => sum + Math.log(p.speed), 0) / points.length;
  return groups
    .filter(({ length }) => length > 0)
    .sort((a, b) => mean(b) - mean(a))
    .flat();
}

/** Imported where it is needed: its libraries are those of this folder. */
export async function drawChart(result: Result): Promise<string> {
  const { draw } = (await import(new URL("draw.mjs", import.meta.url).href)) as {
    draw: (points: readonly Point[], caption: string) => string;
  };
  const { date, cpu, node } = result.machine;
  return draw(pointsOf(result), `${cpu}, one core, Node ${node}, ${date.slice(0, 10)}`);
}

const [, program, file, out] = process.argv;
if (program !== undefined && import.meta.url === pathToFileURL(program).href) {
  await writeFile(out!, await drawChart(JSON.parse(await readFile(file!, "utf8")) as Result));
}
