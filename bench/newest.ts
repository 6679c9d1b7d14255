// Prints a table for the README from the newest committed result: `npm run bench:table`.

import { readdirSync, readFileSync } from "node:fs";
import type { Row } from "./rows.ts";
import { markdown } from "./table.ts";

const folder = new URL("results/", import.meta.url);
const newest = readdirSync(folder).sort().at(-1)!;
const { machine, rows } = JSON.parse(readFileSync(new URL(newest, folder), "utf8")) as {
  machine: { readonly date: string; readonly cpu: string; readonly node: string };
  rows: Row[];
};
console.log(`${markdown(rows)}\n\n${machine.date.slice(0, 10)}, ${machine.cpu}, Node ${machine.node}, one core, f32`);
