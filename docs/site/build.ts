// Makes dist/site: the rooms, and below docs/ the documents and the reference. `npm run site` builds the library and
// installs the tools before.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { addOffline } from "../../examples/lab/offline.ts";
import { finishDocument, StylesOfAttributes } from "./finish.ts";
import { convert } from "./markdown.ts";
import { GROUPS, REPOSITORY } from "./pages.ts";

const HERE = "docs/site";
const OUT = "dist/site";
const CONTENT = join(HERE, "src/content/docs");

function run(program: string, ...args: string[]): void {
  const { status } = spawnSync(process.execPath, [program, ...args], {
    stdio: "inherit",
    env: { ...process.env, ASTRO_TELEMETRY_DISABLED: "1" },
  });
  if (status !== 0) throw new Error(`${program} ended with ${status}`);
}

const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\.\w+$/.test(name));

rmSync(CONTENT, { recursive: true, force: true });
rmSync(join(HERE, "out"), { recursive: true, force: true });
run("node_modules/tsx/dist/cli.mjs", "examples/lab/build.ts", "--out", OUT, "--docs", "docs/index.html");
run(join(HERE, "node_modules/typedoc/bin/typedoc"), "--options", join(HERE, "typedoc.json"));

// documents as they lie in the repository, and TypeDoc's: Starlight has the title apart, and addresses end with a slash
const pages = GROUPS.flatMap(({ pages }) => pages);
const addresses = new Map(pages.map(({ name, file }) => [file, `/docs/${name}/`]));
for (const { name, file } of pages) write(name, convert(file, addresses, REPOSITORY));
const reference = filesOf(join(CONTENT, "reference")).map((name) => {
  const path = posix.join(CONTENT, "reference", name.split(sep).join("/"));
  return { path, place: placeOf(path) };
});
for (const { path, place } of reference) {
  const all = new Map(reference.map(({ path, place }) => [path, `/docs/${place}/`]));
  writeFileSync(path, convert(path, all, REPOSITORY, place));
}
write("index", convert("docs/README.md", addresses, REPOSITORY));

/** Of "classes/index.Network.md", without the entry's name. */
function placeOf(path: string): string {
  const parts = path
    .slice(CONTENT.length + 1, -".md".length)
    .toLowerCase()
    .split("/");
  const name = parts.pop()!.replace(/^(?:index|predict|files|verify)\./, "");
  return [...parts, ...(name === "index" ? [] : [name])].join("/");
}

function write(name: string, text: string): void {
  mkdirSync(CONTENT, { recursive: true });
  writeFileSync(join(CONTENT, `${name}.md`), text);
}

run(join(HERE, "node_modules/astro/astro.js"), "build", "--root", HERE);
cpSync(join(HERE, "out"), join(OUT, "docs"), { recursive: true });

const styles = new StylesOfAttributes();
const tokens = readFileSync(join(OUT, "tokens.css"), "utf8");
for (const name of filesOf(join(OUT, "docs"))) {
  const path = join(OUT, "docs", name);
  if (!/\.(html|js|css)$/.test(name) || /pagefind/.test(name)) continue;
  const place = relative(OUT, path).split(sep).join("/");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, finishDocument(place, readFileSync(path, "utf8"), styles));
}
writeFileSync(join(OUT, "docs/attributes.css"), `${tokens}\n${styles.css()}`);
await addOffline(OUT);
