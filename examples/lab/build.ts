// Makes dist/lab: the rooms as static files, which any server serves from any folder, and most of which open from a
// disk. tsx examples/lab/build.ts [--out dist/site] [--docs docs/index.html]

import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { type BuildOptions, build, type Plugin, transform } from "esbuild";
import { packDigits } from "./data/digits.ts";
import { addOffline } from "./offline.ts";
import { escaped, type Page, pageOf } from "./page.ts";
import { drawFigures } from "./rooms/learn/figures.ts";
import { RECIPES } from "./rooms/learn/recipes.ts";
import { PAGES } from "./rooms/pages.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const { version, homepage } = JSON.parse(await readFile(here("../../package.json"), "utf8")) as Record<string, string>;
const { values } = parseArgs({
  options: {
    out: { type: "string", default: here("../../dist/lab") },
    docs: { type: "string", default: homepage! },
  },
});
const out = values.out!;

/** The scripts that pages run, by their names in scripts/. */
const SCRIPTS: Record<string, string> = {
  shell: "rooms/shell.ts",
  register: "rooms/register.ts",
  lab: "element/element.ts",
  bench: "rooms/bench.ts",
  frames: "rooms/frames.ts",
  verify: "rooms/verify.ts",
  perceptron: "rooms/learn/perceptron.ts",
  sameBits: "rooms/learn/same-bits.ts",
};
/**
 * Programs that a page runs in itself or in a worker. The file runs nothing: it gives the global of that name a
 * function, which gives what the program exports.
 */
const PROGRAMS: Record<string, { readonly path: string; readonly alias?: Record<string, string> }> = {
  bitgradContestant: { path: "../../bench/page/contestant-worker.ts" },
  bitgradTrainer: { path: "trainer/worker-main.ts" },
  bitgradThreads: { path: "trainer/worker-main.ts", alias: { bitgrad: "bitgrad/threads" } },
  bitgradTables: { path: "data/tables.ts" },
  bitgradTakeaway: { path: "takeaway/takeaway.ts" },
  bitgradCurves: { path: "element/curves.ts" },
  bitgradMore: { path: "element/more.ts" },
};

/** A script's own style sheets are text: they go into its shadow root, where the page's policy has no say. */
const asText: Plugin = {
  name: "style-as-text",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code, loader: "text" };
    });
  },
};

// a disk's pages can load neither modules nor workers' files, so each script is one classic file
const shared = {
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome91", "edge91", "firefox90", "safari16.4"],
  define: { BITGRAD_VERSION: JSON.stringify(version) },
  logLevel: "warning",
  plugins: [asText],
  outdir: join(out, "scripts"),
} satisfies BuildOptions;

/** Entries by the names that their files shall have. */
const entries = (paths: Record<string, string>) =>
  Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, here(path)]));

await rm(out, { recursive: true, force: true });
await build({ ...shared, entryPoints: entries(SCRIPTS) });
for (const [name, { path, alias = {} }] of Object.entries(PROGRAMS)) {
  await build({
    ...shared,
    alias,
    entryPoints: entries({ [name]: path }),
    globalName: "program",
    banner: { js: `globalThis.${name} = function () {` },
    footer: { js: "return program; };" },
  });
}

const csv = gunzipSync(await readFile(here("../digits/digits.csv.gz"))).toString();
const digits = packDigits(csv);
const ofDigits = `globalThis.bitgradDigits = function () { return { digits: "${digits}" }; };\n`;
await writeFile(join(out, "scripts/bitgradDigits.js"), ofDigits);

const theme = await build({ ...shared, entryPoints: [here("rooms/theme.ts")], write: false });
const shell = { theme: theme.outputFiles[0]!.text.trim(), docs: values.docs! };
const made: Record<string, string> = {
  ...drawFigures(digits),
  ...Object.fromEntries(
    Object.entries(RECIPES).map(([name, recipe]) => [`recipe ${name}`, escaped(JSON.stringify(recipe))]),
  ),
};
for (const { file, ...page } of PAGES) {
  const body = await readFile(here(`rooms/${file}`), "utf8");
  await writePage({ ...page, body: body.replace(/\{(\w+ \w+)\}/g, (_, name) => made[name]!) });
}
await writeFile(join(out, "style.css"), await styles("rooms/tokens.css", "rooms/style.css"));
if (values.docs !== homepage) await writeFile(join(out, "tokens.css"), await styles("rooms/tokens.css"));
for (const icon of ["icon.svg", "icon-192.png", "icon-512.png"]) await copyFile(here(`rooms/${icon}`), join(out, icon));
await addOffline(out);

async function writePage(page: Page): Promise<void> {
  const path = join(out, page.path, "index.html");
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, pageOf(page, shell));
}

async function styles(...paths: readonly string[]): Promise<string> {
  const texts = await Promise.all(paths.map((path) => readFile(here(path), "utf8")));
  return (await transform(byTheme(texts.join("\n")), { loader: "css", minify: true, target: shared.target })).code;
}

/** light-dark() as rules that older browsers know: for each theme, and for a page whose script didn't run. */
function byTheme(css: string): string {
  const declaration = /(--[\w-]+): light-dark\((.+), (.+)\);/g;
  const dark = [...css.matchAll(declaration)];
  const rules = `color-scheme: dark; ${dark.map(([, name, , value]) => `${name}: ${value};`).join(" ")}`;
  return `:root { color-scheme: light; }
${css.replace(declaration, "$1: $2;")}
@media (prefers-color-scheme: dark) { :root:not([data-theme]) { ${rules} } }
:root[data-theme="dark"] { ${rules} }`;
}
