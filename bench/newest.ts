// Prints Markdown from the newest committed results: `npm run bench:table` bitgrad beside its peers, for the README,
// `npm run bench:table -- adopters` the adopters' networks there, and `npm run bench:table -- training` a section of
// the bench or of its page.

import { readdirSync, readFileSync } from "node:fs";
import * as peers from "./peers/table.ts";
import * as bench from "./table.ts";

interface Result {
  // biome-ignore lint/suspicious/noExplicitAny: of the bench, its page or the peers
  readonly rows: any[];
}

/** The last of the folders' results that is wanted, by the date in a file's name. */
function newest(folders: readonly string[], isWanted: (result: Result) => boolean): Result | undefined {
  const files = folders.flatMap((folder) => readdirSync(new URL(folder, import.meta.url)).map((name) => folder + name));
  const date = (file: string) => /\d{4}-\d\d-\d\d/.exec(file)![0];
  return files
    .sort((a, b) => date(a).localeCompare(date(b)))
    .map((file) => JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")) as Result)
    .findLast(isWanted);
}

const section = process.argv[2];
const isAdopters = ({ workload }: { workload: string }) => workload.startsWith("adopters-");
const ofPeers = (wanted: boolean) =>
  newest(["peers/results/"], ({ rows }) => rows.some((row) => isAdopters(row) === wanted))?.rows ?? [];
if (section === undefined) console.log(peers.markdown(ofPeers(false).filter((row) => !isAdopters(row))));
else if (section === "adopters") console.log(peers.trainings(ofPeers(true).filter(isAdopters)));
else {
  const isOfIt = (row: { section: string }) => row.section === section;
  const result = newest(["page/results/", "results/"], ({ rows }) => rows.some(isOfIt));
  if (result === undefined) throw new Error(`no result has a section ${section}`);
  console.log(bench.markdown(result.rows.filter(isOfIt)));
}
