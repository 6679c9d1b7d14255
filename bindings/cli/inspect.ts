// bitgrad inspect: what is in a model's file.

import type { Network, SavedColumn } from "bitgrad";
import Table from "cli-table3";
import type { Command } from "commander";
import { print, readBytes, visible } from "./input-output.ts";
import { isClassifying, networkOf } from "./models.ts";

export function addInspect(program: Command): void {
  program
    .command("inspect")
    .description("Describe a model's file.")
    .argument("<model>", "its file; - is standard input")
    .option("--json", "print it as JSON and nothing else")
    .action(async (path: string, { json }: { json?: true }) => {
      const bytes = await readBytes(path);
      const network = await networkOf(path, bytes);
      const contents = contentsOf(path, bytes.length, network);
      network.dispose();
      await print(`${json ? JSON.stringify(contents, null, 2) : visible(shown(contents))}\n`);
    });
}

function contentsOf(path: string, bytes: number, network: Network) {
  const { x, y } = network.encoders;
  const isClassifier = isClassifying(network);
  // what is left are the options; the numbers themselves are of no use to a reader
  const { format, version, parameters, digest, memory, sha256, encoders, epochs, layers, plateau, ...options } =
    network.toJSON();
  return {
    file: path,
    bytes,
    ...(isClassifier !== undefined && { task: isClassifier ? "classification" : "regression" }),
    ...(x !== undefined && { columns: x.columns }),
    ...(y !== undefined && { targets: y.columns }),
    layers,
    options,
    epochs,
    parameters: network.parameterCount,
    digest,
  };
}

function shown(contents: ReturnType<typeof contentsOf>): string {
  const { file, bytes, task, columns, targets, layers, options, epochs, parameters, digest } = contents;
  const sizes = layers.map(({ type, units, activation, rate }) =>
    type === undefined ? `${units} ${activation}` : type === "activation" ? activation : [type, rate].join(" ").trim(),
  );
  const { inputs, ...rest } = options;
  const settings = Object.entries(rest).map(([name, value]) => `  ${name.padEnd(12)} ${plain(value)}`);
  return [
    `${file}: ${bytes} bytes, a network${task === undefined ? "" : ` with its table, for ${task}`}`,
    `  layers       ${[inputs, ...sizes].join(" → ")}`,
    `  parameters   ${parameters}`,
    `  epochs       ${epochs}`,
    ...settings,
    `  digest       ${digest}`,
    ...(columns === undefined ? [] : ["", columnTable("column", columns)]),
    ...(targets === undefined ? [] : ["", columnTable("target", targets)]),
  ].join("\n");
}

/** An option's value in one line. */
function plain(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([name, part]) => (name === "type" ? String(part) : `${name} ${plain(part)}`))
    .join(", ");
}

const SHOWN = 10; // categories
const MOST_COLUMNS = 100;

function columnTable(title: string, columns: readonly SavedColumn[]): string {
  const table = new Table({ head: [title, "kind", "learned"], style: { head: [], border: [], compact: true } });
  columns.slice(0, MOST_COLUMNS).forEach(({ name, kind, ...learned }, i) => {
    table.push([name ?? String(i), kind, Object.entries(learned).map(learnedOf).join(", ")]);
  });
  const more = columns.length - MOST_COLUMNS;
  return more > 0 ? `${table.toString()}\nand ${more} more columns; --json has them` : table.toString();
}

function learnedOf([name, value]: [string, unknown]): string {
  if (value === true) return name;
  if (typeof value === "number") return `${name} ${Number(value.toPrecision(6))}`;
  if (!Array.isArray(value)) return `${name} ${value}`;
  const more = value.length > SHOWN ? ` and ${value.length - SHOWN} more` : "";
  return `${value.slice(0, SHOWN).join(", ")}${more}`;
}
