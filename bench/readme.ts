// Writes the newest committed results into the README: bench/results/ and those of bench/page/results/ with frames between its
// bench marks, bench/peers/results/ between its peers marks:
//   npm run bench -- --json bench/results/$(date +%F).json
//   npm run bench -- --only trainers --json bench/results/trainers-$(date +%F).json      where newer, likewise calls
//   npm run bench:page -- --browser all --only frames --json bench/page/results/frames-$(date +%F).json
//   npm run bench:peers -- --json bench/peers/results/$(date +%F).json
//   npm run bench:peers -- --only start-up --json bench/peers/results/start-up-$(date +%F).json
//   npm run bench:readme

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { BrowserResult } from "./page/browsers.ts";
import { callsText, cyclesText, framesText, markdownTable, trainersText } from "./paragraphs.ts";
import { peersSection } from "./peers/readme.ts";
import type { Result as PeersResult } from "./peers/result.ts";
import { HEADS, NAMES, type Row, rate, wonByPlain } from "./rows.ts";
import type { Results } from "./table.ts";

/** Older results have none of these. */
type Newer = "trainers" | "calls" | "cycles" | "frames";
interface Result extends Required<Omit<Results, Newer>>, Pick<Results, Newer> {
  readonly machine: { readonly date: string; readonly cpu: string; readonly node: string };
}

const root = new URL("../", import.meta.url);
const readme = new URL("README.md", root);

/** The newest result in a folder by the files' names, and its path from the root. */
function newestIn<T>(folder: string, prefix = ""): [result: T, path: string] | undefined {
  const url = new URL(folder, root);
  const files = existsSync(url) ? readdirSync(url) : [];
  const newest = files
    .filter((name) => name.startsWith(prefix) && name.endsWith(".json"))
    .sort()
    .at(-1);
  if (newest === undefined) return undefined;
  return [JSON.parse(readFileSync(new URL(folder + newest, root), "utf8")) as T, folder + newest];
}

/** The newest result of a part measured by itself, where it is newer than the whole. */
function newerIn<T extends { readonly machine: { readonly date: string } }>(
  [whole]: [T, string],
  folder: string,
  prefix: string,
): [T, string] | undefined {
  const part = newestIn<T>(folder, prefix);
  return part !== undefined && part[0].machine.date > whole.machine.date ? part : undefined;
}

const [result, path] = newestIn<Result>("bench/results/", "2")!;

const rounded = (value: number) => Number(value.toPrecision(3)).toLocaleString("en");
const times = (ratio: number) => (ratio < 1 ? `**${ratio.toFixed(1)} ×**` : `${ratio.toFixed(1)} ×`);

function table(head: readonly string[], rows: readonly Row[]): string {
  const cells = rows.map(({ label, timings }) => {
    const [wasm, plain, reference] = [rate(timings, "wasm"), rate(timings, "plain"), rate(timings, "reference")];
    return [...label, ...[wasm, plain, reference].map(rounded), times(wasm / plain), times(wasm / reference)];
  });
  const columns = [...head, "wasm", "plain JS", "reference", "wasm : plain JS", "wasm : reference"];
  return markdownTable(columns, cells, head.length);
}

const { machine, training, kernels, matrix, threads, startUp, sizes, memory, cycles } = result;
const plainWins = wonByPlain(kernels).map(({ label: [kernel, , dtype] }) => `${kernel} (${dtype})`);
const ELEMENTARY = ["sigmoid", "tanh", "exp", "log"];
const elementary = kernels
  .filter(({ label: [kernel] }) => ELEMENTARY.includes(String(kernel)))
  .map(({ label: [kernel, , dtype], timings }) => ({ label: [kernel!, dtype!], timings }));
const milliseconds = startUp
  .map(({ contestant, milliseconds: ms }) => `${NAMES[contestant]} ${ms.toFixed(1)}`)
  .join(", ");
const kilobytes = sizes.map(({ what, bytes }) => `${what} ${(bytes / 1000).toFixed(1)} KB`).join(", ");
const megabytes = memory.map(({ dtype, wasmBytes }) => `${(wasmBytes / 1e6).toFixed(0)} MB in ${dtype}`).join(", ");

const shares = (shapes: RegExp) => {
  const found = matrix.rows
    .filter(({ dtype, shape }) => dtype === "f32" && shapes.test(shape))
    .map(({ share }) => share);
  return `${(100 * Math.min(...found)).toFixed(0)} to ${(100 * Math.max(...found)).toFixed(0)} %`;
};
const peak = matrix.peak.find(({ dtype }) => dtype === "f32")!.gflops.toFixed(0);
const count = threads[0]?.threads;
const faster = threads
  .filter((row) => row.threads === count && row.dtype === "f32")
  .map(({ workload, ratio }) => `${workload} ${ratio.toFixed(1)} ×`);

const frames = newestIn<Record<string, BrowserResult>>("bench/page/results/", "frames-");
const paragraphs = [
  sectionText("trainers", ({ trainers }) => trainersText(trainers)),
  sectionText("calls", ({ calls }) => callsText(calls)),
  cyclesText(cycles),
  ...(frames ? [framesParagraph(...frames)] : []),
];

/** Of the run of that section alone, where that is newer. */
function sectionText(section: string, text: (result: Result) => string): string {
  const alone = newerIn([result, path], "bench/results/", `${section}-`);
  if (alone === undefined) return text(result);
  const [{ machine }, json] = alone;
  return `${text(alone[0])}\n\nMeasured on ${machine.date.slice(0, 10)}, ${machine.cpu}: [every number](${json}).`;
}

function framesParagraph(browsers: Record<string, BrowserResult>, json: string): string {
  const rows = Object.values(browsers).map(({ machine, frames = [] }) => [machine.browser, frames] as const);
  const { machine } = Object.values(browsers)[0]!;
  return `${framesText(Object.fromEntries(rows))}\n\nMeasured on ${machine.date.slice(0, 10)}, medians of the longest of each turn: [every turn](${json}).`;
}

const section = `Samples trained a second on one core, ${machine.date.slice(0, 10)}, ${machine.cpu}, Node ${machine.node}: medians of
interleaved runs, each contestant in a process of its own. *Plain JS* is [the same training written for
speed](bench/plain-js.ts), flat typed arrays and register tiles; *reference* is \`bitgrad/reference\`. The machine is shared and noisy: compare columns,
not days. In digits, mlp and wide a fifth of x is not 0, as in pictures; bitgrad leaves zeros out, and no bit changes. Everything is in
[${path.split("/").at(-1)}](${path}).

${table(HEADS.training, training)}

${count === undefined ? "" : `With ${count} threads instead of one, f32: ${faster.join(", ")}.\n`}The products of matrices reach ${shares(/^(\d\d)×\1×\1$/)} of the ${peak} GFLOP/s that the
core adds and multiplies at most (f32, 24³ to 64³), ${shares(/^256×256×256$|^128×/)} at 256³ and in the layers of \`wide\`:
[how near the limit that is](bench/README.md#how-near-the-limit-the-products-are).

The elementary functions in one call of \`Operations\` on 65,536 numbers, against a loop over \`Math.exp\`, \`Math.tanh\` and
\`Math.log\` (which are less exact); calls a second:

${table(["function", "dtype"], elementary)}

Where plain JavaScript wins: a single call of \`Operations\` on WebAssembly copies its arrays in and out, which can cost more
than a simple loop over them. In that run plain JS was ahead in ${plainWins.join(", ")}.

Import, compile and first step, in ms: ${milliseconds}. Sizes: ${kilobytes}. WebAssembly's memory at its peak in \`wide\` with
4,096 samples: ${megabytes}.${paragraphs.map((text) => (text === "" ? "" : `\n\n${text}`)).join("")}`;

// programs and cold starts change with every feature, and are measured in minutes: a file of their own may be newer
const peers = newestIn<PeersResult>("bench/peers/results/", "2");
const peersText = peers && peersSection(...peers, newerIn(peers, "bench/peers/results/", "start-up-") ?? peers);

let text = readFileSync(readme, "utf8");
for (const [mark, content] of [
  ["bench", section],
  ["peers", peersText],
] as const) {
  const marked = new RegExp(`(<!-- ${mark} -->\\n).*(<!-- /${mark} -->)`, "s");
  if (!marked.test(text)) throw new Error(`the README has no ${mark} marks`);
  text = text.replace(
    marked,
    (_, start: string, end: string) => `${start}${content === undefined ? "" : `\n${content}\n\n`}${end}`,
  );
}
writeFileSync(readme, text);
