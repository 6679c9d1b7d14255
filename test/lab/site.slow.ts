// The whole site, as `npm run site` makes it: rooms, documents and reference. It installs what docs/site needs, so it
// is no part of `npm test`.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { brokenLinks, elsewhere, type Folder, folderOf, wrongPolicy } from "./pages.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
let site: Folder;

beforeAll(() => {
  const steps = [
    ["npm", "ci", "--prefix", "docs/site", "--silent"],
    [process.execPath, "--import", "tsx", "docs/site/build.ts"],
  ];
  for (const [program, ...args] of steps) {
    const { status, stdout, stderr } = spawnSync(program!, args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
    expect(status, `${stdout}\n${stderr}`).toBe(0);
  }
  site = folderOf(join(root, "dist/site"));
}, 600_000);

const all = (wrong: (folder: Folder, name: string) => string[], names: readonly string[]) =>
  names.flatMap((name) => wrong(site, name).map((what) => `${name}: ${what}`));

describe("every page", () => {
  it("has links that lead somewhere, in any folder", () => {
    expect(site.pages.length).toBeGreaterThan(100);
    expect(all(brokenLinks, site.pages)).toEqual([]);
  });

  it("has a policy that fits", () => {
    expect(all(wrongPolicy, site.pages)).toEqual([]);
  });

  it("asks no other place", () => {
    const names = site.files.filter((name) => /\.(js|css)$/.test(name) && !name.includes("pagefind"));
    expect(names.length).toBeGreaterThan(10);
    expect(all(elsewhere, names)).toEqual([]);
  });
});

it("every document of docs/ is a page, and the rooms lead to the first", () => {
  const documents = readdirSync(join(root, "docs")).filter((name) => /^(?!README).*\.md$/.test(name));
  for (const name of [...documents.map((name) => name.slice(0, -3).toLowerCase()), "numerics", "reference"]) {
    expect(site.pages).toContain(`docs/${name}/index.html`);
  }
  expect(readFileSync(join(site.root, "index.html"), "utf8")).toContain('<a href="docs/index.html">Docs</a>');
});

it("a reader can search", () => {
  expect(existsSync(join(site.root, "docs/pagefind/pagefind.js"))).toBe(true);
});
